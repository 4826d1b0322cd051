// SPDX-License-Identifier: MIT
#include "launcher/pem_blocks.hpp"

#include <algorithm>
#include <cstddef>

namespace kvrun::launcher {

namespace {

constexpr std::string_view k_begin = "-----BEGIN ";
constexpr std::string_view k_end = "-----END ";

std::string_view label_behind(std::string_view line, std::string_view mark) {
  const std::string_view rest = line.substr(line.find(mark) + mark.size());
  return rest.substr(0, rest.find("-----"));
}

} // namespace

std::vector<PemBlock> pem_blocks(std::string_view text) {
  std::vector<PemBlock> blocks;
  std::size_t begin = std::string_view::npos; // of the block that is open
  std::string_view label;
  const auto close = [&](std::size_t end) {
    blocks.push_back({text.substr(begin, end - begin), label});
    begin = std::string_view::npos;
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string_view line = text.substr(at, next - at);
    const bool is_open = begin != std::string_view::npos;
    if (line.starts_with(k_begin)) {
      if (is_open) {
        close(at);
      }
      begin = at;
      label = label_behind(line, k_begin);
    } else if (line.find(k_end) != std::string_view::npos) {
      begin = is_open ? begin : at;
      label = label_behind(line, k_end);
      close(next);
    }
    at = next;
  }
  if (begin != std::string_view::npos) {
    close(text.size());
  }
  return blocks;
}

} // namespace kvrun::launcher
