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
    *room_for(1) = byte;
    wrote(1);
  }
  // Where `size` bytes may be written, of which wrote() tells how many were.
  char* room_for(std::size_t size) {
    if (count_ + size > waiting_.size()) {
      flush();
    }
    return waiting_.data() + count_;
  }
  void wrote(std::size_t size) { count_ += size; }
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

// Digits in a row, four at a time, as a line of base64 has them: how many were taken.
std::size_t take_row(std::string_view text, Output& bytes, std::uint32_t& seen) {
  constexpr std::size_t line = 64;
  char* out = bytes.room_for(line / 4 * 3);
  std::size_t taken = 0;
  for (; taken < line && taken + 4 <= text.size(); taken += 4) {
    const char* const four = text.data() + taken;
    const std::uint32_t a = digit_of(four[0]);
    const std::uint32_t b = digit_of(four[1]);
    const std::uint32_t c = digit_of(four[2]);
    const std::uint32_t d = digit_of(four[3]);
    const std::uint32_t all = a | b | c | d;
    if ((all & k_no_digit) != 0) {
      break;
    }
    seen |= all;
    *out++ = static_cast<char>(a << 2 | (b & k_value) >> 4);
    *out++ = static_cast<char>(b << 4 | (c & k_value) >> 2);
    *out++ = static_cast<char>(c << 6 | (d & k_value));
  }
  bytes.wrote(taken / 4 * 3);
  return taken;
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
    if (have == 0 && padding == 0) {
      while (const std::size_t row = take_row(text.substr(i), bytes, seen)) {
        digits += row;
        i += row;
      }
      if (i == text.size()) {
        break;
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
