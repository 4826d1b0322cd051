// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace kvrun {

namespace {

constexpr std::string_view k_blanks = " \t\n\v\f\r";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_letter(char c) {
  return lower(c) >= 'a' && lower(c) <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether a runner decodes what stands there to a line end, a '%' or a ':'.
bool is_encoded_command_byte(std::string_view text) {
  constexpr std::array<std::string_view, 4> decoded{"%0a", "%0d", "%25", "%3a"};
  return std::any_of(decoded.begin(), decoded.end(), [&](std::string_view form) {
    return equal_without_case(text.substr(0, form.size()), form);
  });
}

// The length of the character a text begins with; 0 when it is no UTF-8: an overlong form, a
// surrogate and what is over U+10FFFF are none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  if (first < 0xC2 || first > 0xF4) {
    return 0;
  }
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() < length) {
    return 0;
  }
  const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < least || byte(1) > most) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) {
      return 0;
    }
  }
  return length;
}

// Of a character of UTF-8.
unsigned code_point(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  unsigned code = character.size() == 1 ? first : first & (0x7FU >> character.size());
  for (const char c : character.substr(1)) {
    code = code << 6U | (static_cast<unsigned char>(c) & 0x3FU);
  }
  return code;
}

// Neither a control character, nor an end of a line, nor one that turns the text around it
// (Unicode's Bidi_Control), nor one of no width that hides in it.
bool is_printable(std::string_view character) {
  const unsigned code = code_point(character);
  const auto within = [code](unsigned first, unsigned last) {
    return code >= first && code <= last;
  };
  return code >= ' ' && !within(0x7F, 0x9F) && code != 0x61C && code != 0xFEFF && code != 0xAD &&
         !within(0x200B, 0x200F) && !within(0x2060, 0x2064) && !within(0x2028, 0x202E) &&
         !within(0x2066, 0x2069);
}

// The optimal string alignment distance: inserts, deletes, replacements and swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::swap(before_last, last);
    std::swap(last, row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before_last[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

// The one candidate that a word of two letters or more begins.
std::optional<std::string_view> abbreviated(std::string_view word,
                                            std::span<const std::string_view> candidates) {
  std::optional<std::string_view> whole;
  for (const std::string_view candidate : candidates) {
    if (word.size() >= 2 && kvrun::lower(candidate).starts_with(word)) {
      if (whole) {
        return std::nullopt;
      }
      whole = candidate;
    }
  }
  return whole;
}

} // namespace

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
  return result;
}

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(
      a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(k_blanks);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(k_blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0;
  for (std::size_t end = text.find(separator); end != std::string_view::npos;
       end = text.find(separator, begin)) {
    pieces.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  pieces.push_back(text.substr(begin));
  return pieces;
}

std::string one_line(std::string_view text, std::size_t limit) {
  std::string line;
  text = trim(text);
  std::size_t length = 1;
  for (std::size_t i = 0; i < text.size() && line.size() < limit; i += length) {
    length = std::max<std::size_t>(1, utf8_length(text.substr(i)));
    const std::string_view character = text.substr(i, length);
    const char c = text[i];
    const char previous = line.empty() ? '\0' : line.back();
    if (k_blanks.find(c) != std::string_view::npos) {
      if (previous != ' ') {
        line += ' ';
      }
    } else if (utf8_length(character) == 0 || !is_printable(character)) {
      if (previous != '?') {
        line += '?';
      }
    } else if (c == '%' && is_encoded_command_byte(text.substr(i))) {
      line += '?';
    } else {
      if ((c == ':' || c == '#') && previous == c) { // "::error", "##vso[", "##[error]"
        line += ' ';
      }
      if (line.size() + length > limit) {
        break;
      }
      line += character;
    }
  }
  line.resize(trim(line).size()); // it does not begin with a blank
  return line;
}

std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates) {
  std::optional<std::string_view> best;
  std::size_t best_distance = 0;
  const std::string folded = lower(word);
  if (const auto whole = abbreviated(folded, candidates)) {
    return whole;
  }
  for (const std::string_view candidate : candidates) {
    const std::size_t longer = std::max(word.size(), candidate.size());
    const std::size_t shorter = std::min(word.size(), candidate.size());
    const std::size_t allowed = longer < 2 ? 0 : std::max<std::size_t>(1, longer / 3);
    if (longer - shorter > allowed) {
      continue;
    }
    const std::size_t found = distance(folded, lower(candidate));
    if (found <= allowed && (!best || found < best_distance)) {
      best = candidate;
      best_distance = found;
    }
  }
  return best;
}

bool matches_glob(std::string_view glob, std::string_view text) {
  std::size_t g = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos; // the last `*`, and how far it reaches
  std::size_t reach = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      reach = t;
    } else if (g < glob.size() && glob[g] == text[t]) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++reach;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

std::size_t find_bad_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) {
      return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

bool is_variable_name(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '_';
         });
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view marks = "-._~";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_letter(c) || is_digit(c) || marks.find(c) != std::string_view::npos) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += digits[byte >> 4U];
      encoded += digits[byte & 0xFU];
    }
  }
  return encoded;
}

} // namespace kvrun
