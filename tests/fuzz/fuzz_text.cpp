// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>

namespace kvrun::fuzz {

// What a service says is printed by one_line, and what a secret holds is decoded.
void run(std::string_view text) {
  const std::string line = one_line(text);
  require(line.size() <= 300);
  require(find_bad_utf8(line) == std::string_view::npos);
  require(
      std::none_of(line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }));
  for (const std::string_view sign :
       {"::", "##", "%0A", "%0a", "%0D", "%0d", "%25", "%3A", "%3a"}) {
    require(line.find(sign) == std::string::npos);
  }
  require(one_line(line) == line);

  require(decode_base64(encode_base64(text).reveal())->reveal() == text);
  require(decode_base64(encode_base64url(text))->reveal() == text);
  if (const auto bytes = decode_base64(text)) {
    require(decode_base64(encode_base64(bytes->reveal()).reveal())->reveal() == bytes->reveal());
  }
  if (const auto bytes = decode_hex(text)) {
    require(bytes->size() * 2 == text.size());
  }
  require(matches_glob(text, text));
  static_cast<void>(find_bad_utf8(text));
}

} // namespace kvrun::fuzz
