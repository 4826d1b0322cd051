// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace kvrun::emulator {

inline constexpr std::size_t k_largest_value = 25'600; // bytes of a secret's value

[[nodiscard]] constexpr bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// 1 to 127 letters, digits and hyphens.
[[nodiscard]] constexpr bool is_secret_name(std::string_view text) {
  return !text.empty() && text.size() <= 127 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

// 32 hexadecimal digits.
[[nodiscard]] constexpr bool is_version(std::string_view text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), is_hex_digit);
}

[[nodiscard]] constexpr bool is_uuid(std::string_view text) {
  if (text.size() != 36) {
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex_digit(text[i])) {
      return false;
    }
  }
  return true;
}
static_assert(is_uuid("11111111-1111-1111-1111-111111111111") && !is_uuid("1111"));

} // namespace kvrun::emulator
