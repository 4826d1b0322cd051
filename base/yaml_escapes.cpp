// SPDX-License-Identifier: MIT
#include "base/yaml_escapes.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace kvrun::yaml {

namespace {

constexpr char k_hidden = '\xF8';
constexpr std::size_t k_escape = 6; // \uXXXX

// The code unit of the `\uXXXX` that a text begins with; 0 when it begins otherwise.
unsigned code_unit(std::string_view text, char backslash) {
  if (text.size() < k_escape || text[0] != backslash || text[1] != 'u') {
    return 0;
  }
  unsigned unit = 0;
  const char* const end = text.data() + k_escape;
  return std::from_chars(text.data() + 2, end, unit, 16).ptr == end ? unit : 0;
}

// The code point of the pair that a text begins with; 0 when it begins otherwise.
unsigned surrogate_pair(std::string_view text, char backslash) {
  const unsigned high = code_unit(text, backslash);
  if (high < 0xD800 || high > 0xDBFF) {
    return 0;
  }
  const unsigned low = code_unit(text.substr(k_escape), backslash);
  if (low < 0xDC00 || low > 0xDFFF) {
    return 0;
  }
  return 0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00);
}

// From U+10000.
std::string utf8_of_four_bytes(unsigned code_point) {
  return {static_cast<char>(0xF0U | (code_point >> 18U)),
          static_cast<char>(0x80U | ((code_point >> 12U) & 0x3FU)),
          static_cast<char>(0x80U | ((code_point >> 6U) & 0x3FU)),
          static_cast<char>(0x80U | (code_point & 0x3FU))};
}

} // namespace

std::string hide_surrogate_pairs(std::string_view text) {
  std::string hidden(text);
  for (std::size_t i = text.find('\\'); i < text.size(); i = text.find('\\', i)) {
    if (surrogate_pair(text.substr(i), '\\') == 0) {
      i += 2; // an escaped backslash escapes nothing
    } else {
      hidden[i] = hidden[i + k_escape] = k_hidden;
      i += 2 * k_escape;
    }
  }
  return hidden;
}

std::string unescape_hidden(std::string_view scalar) {
  std::string text;
  for (std::size_t bad = find_bad_utf8(scalar); bad != std::string_view::npos;
       bad = find_bad_utf8(scalar)) {
    text += scalar.substr(0, bad);
    scalar.remove_prefix(bad);
    if (const unsigned code_point = surrogate_pair(scalar, k_hidden); code_point != 0) {
      text += utf8_of_four_bytes(code_point);
      scalar.remove_prefix(2 * k_escape);
    } else { // of "\N" and "\_"
      text += '\xC2';
      text += scalar.front();
      scalar.remove_prefix(1);
    }
  }
  text += scalar;
  return text;
}

std::string unhide(std::string scalar) {
  std::replace(scalar.begin(), scalar.end(), k_hidden, '\\');
  return scalar;
}

} // namespace kvrun::yaml
