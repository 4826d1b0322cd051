// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"

#include <string.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace kvrun {

namespace {

constexpr std::string_view k_standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view k_url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Bytes on their way into a SecretString, many at a time; wiped when done.
class Output {
public:
  explicit Output(std::size_t expected) { bytes_.reserve(expected); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { ::explicit_bzero(waiting_.data(), waiting_.size()); }

  void push(char byte) {
    waiting_[count_++] = byte;
    if (count_ == waiting_.size()) {
      flush();
    }
  }
  SecretString release() {
    flush();
    return std::move(bytes_);
  }

private:
  void flush() { bytes_.append({waiting_.data(), std::exchange(count_, 0)}); }

  SecretString bytes_;
  std::array<char, 192> waiting_{};
  std::size_t count_ = 0;
};

// What a character is in base64: the value of a digit, and which alphabet has it if only one does.
enum Digit : std::uint16_t {
  k_value = 0x3f,
  k_standard_only = 0x40,
  k_url_only = 0x80,
  k_no_digit = 0x100,
};
constexpr std::array<std::uint16_t, 256> k_digit_of = [] {
  std::array<std::uint16_t, 256> digits{};
  digits.fill(k_no_digit);
  for (std::uint16_t i = 0; i < 64; ++i) {
    const bool same = k_standard[i] == k_url[i];
    digits[static_cast<unsigned char>(k_standard[i])] = same ? i : i | k_standard_only;
    digits[static_cast<unsigned char>(k_url[i])] = same ? i : i | k_url_only;
  }
  return digits;
}();

std::uint16_t digit_of(char c) {
  return k_digit_of[static_cast<unsigned char>(c)];
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

SecretString encode(std::string_view bytes, std::string_view alphabet, bool padded) {
  Output text((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view part = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < part.size() ? static_cast<unsigned char>(part[k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= part.size()) {
        text.push(alphabet[bits >> (18 - 6 * k) & 0x3f]);
      } else if (padded) {
        text.push('=');
      }
    }
  }
  return text.release();
}

} // namespace

std::optional<SecretString> decode_base64(std::string_view text) {
  Output bytes(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  unsigned have = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  std::uint32_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (have == 0 && padding == 0 && text.size() - i >= 4) { // four digits in a row, mostly
      const std::uint32_t a = digit_of(text[i]);
      const std::uint32_t b = digit_of(text[i + 1]);
      const std::uint32_t c = digit_of(text[i + 2]);
      const std::uint32_t d = digit_of(text[i + 3]);
      const std::uint32_t all = a | b | c | d;
      if ((all & k_no_digit) == 0) {
        bytes.push(static_cast<char>((a & k_value) << 2 | (b & k_value) >> 4));
        bytes.push(static_cast<char>((b & k_value) << 4 | (c & k_value) >> 2));
        bytes.push(static_cast<char>((c & k_value) << 6 | (d & k_value)));
        seen |= all;
        digits += 4;
        i += 3;
        continue;
      }
    }
    const std::uint32_t digit = digit_of(text[i]);
    if (digit != k_no_digit) {
      if (padding > 0) {
        return std::nullopt;
      }
      seen |= digit;
      ++digits;
      bits = bits << 6 | (digit & k_value);
      have += 6;
      if (have >= 8) {
        have -= 8;
        bytes.push(static_cast<char>(bits >> have));
        bits &= (1U << have) - 1;
      }
    } else if (text[i] == '=') {
      ++padding;
    } else if (!is_blank(text[i])) {
      return std::nullopt;
    }
  }
  const bool whole = padding == 0 || (padding <= 2 && (digits + padding) % 4 == 0);
  const bool one_alphabet = (seen & k_standard_only) == 0 || (seen & k_url_only) == 0;
  if (digits % 4 == 1 || !whole || bits != 0 || !one_alphabet) {
    return std::nullopt;
  }
  return bytes.release();
}

std::optional<SecretString> decode_hex(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  const auto value_of = [&](char c) {
    return digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c | 0x20) : c);
  };
  if (text.size() % 2 != 0) {
    return std::nullopt;
  }
  Output bytes(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const std::size_t high = value_of(text[i]);
    const std::size_t low = value_of(text[i + 1]);
    if (high == std::string_view::npos || low == std::string_view::npos) {
      return std::nullopt;
    }
    bytes.push(static_cast<char>(high << 4 | low));
  }
  return bytes.release();
}

SecretString encode_base64(std::string_view bytes) {
  return encode(bytes, k_standard, true);
}

std::string encode_base64url(std::string_view bytes) {
  return std::string(encode(bytes, k_url, false).reveal());
}

} // namespace kvrun
