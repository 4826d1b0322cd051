// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"

#include <string.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace kvrun {

namespace {

constexpr std::string_view k_standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view k_url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Up to three bytes as they come or go, wiped when done.
class Group {
public:
  Group() = default;
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  ~Group() {
    ::explicit_bzero(&bits_, sizeof bits_);
    ::explicit_bzero(text_.data(), text_.size());
  }

  void push(std::uint32_t bits, unsigned count) {
    bits_ = (bits_ << count) | bits;
    have_ += count;
  }
  [[nodiscard]] unsigned have() const noexcept { return have_; }
  // The highest `count` bits of what is there.
  std::uint32_t take(unsigned count) {
    have_ -= count;
    const std::uint32_t taken = bits_ >> have_;
    bits_ &= (1U << have_) - 1;
    return taken;
  }
  // What is left over; all of it zero in a canonical text.
  [[nodiscard]] std::uint32_t rest() const noexcept { return bits_; }

  // Four base64 digits on their way out.
  std::array<char, 4>& text() noexcept { return text_; }

private:
  std::uint32_t bits_ = 0;
  unsigned have_ = 0;
  std::array<char, 4> text_{};
};

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// The digits of a base64 text go to `out`, four at a time.
template <typename Out>
void encode(std::string_view bytes, std::string_view alphabet, bool padded, Out& out) {
  Group group;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view part = bytes.substr(i, 3);
    for (std::size_t k = 0; k < 3; ++k) {
      group.push(k < part.size() ? static_cast<unsigned char>(part[k]) : 0U, 8);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint32_t digit = group.take(6);
      group.text()[k] = k <= part.size() ? alphabet[digit] : '=';
    }
    out.append(std::string_view(group.text().data(), padded ? 4 : part.size() + 1));
  }
}

} // namespace

std::optional<SecretString> decode_base64(std::string_view text) {
  SecretString bytes;
  Group group;
  std::size_t digits = 0;
  std::size_t padding = 0;
  bool standard = false;
  bool url = false;
  for (const char c : text) {
    if (is_blank(c)) {
      continue;
    }
    if (c == '=') {
      ++padding;
      continue;
    }
    standard = standard || c == '+' || c == '/';
    url = url || c == '-' || c == '_';
    const std::size_t digit = (url ? k_url : k_standard).find(c);
    if (padding > 0 || digit == std::string_view::npos || (standard && url)) {
      return std::nullopt;
    }
    ++digits;
    group.push(static_cast<std::uint32_t>(digit), 6);
    if (group.have() >= 8) {
      group.text()[0] = static_cast<char>(group.take(8));
      bytes.append(std::string_view(group.text().data(), 1));
    }
  }
  const bool whole = padding == 0 || (padding <= 2 && (digits + padding) % 4 == 0);
  if (digits % 4 == 1 || !whole || group.rest() != 0) {
    return std::nullopt;
  }
  return bytes;
}

std::optional<SecretString> decode_hex(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  SecretString bytes;
  Group group;
  for (const char c : text) {
    const std::size_t digit = digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c);
    if (digit == std::string_view::npos) {
      return std::nullopt;
    }
    group.push(static_cast<std::uint32_t>(digit), 4);
    if (group.have() == 8) {
      group.text()[0] = static_cast<char>(group.take(8));
      bytes.append(std::string_view(group.text().data(), 1));
    }
  }
  return bytes;
}

SecretString encode_base64(std::string_view bytes) {
  SecretString text;
  encode(bytes, k_standard, true, text);
  return text;
}

std::string encode_base64url(std::string_view bytes) {
  std::string text;
  encode(bytes, k_url, false, text);
  return text;
}

} // namespace kvrun
