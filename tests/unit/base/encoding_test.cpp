// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace kvrun {
namespace {

std::string revealed(const std::optional<SecretString>& bytes) {
  return bytes ? std::string(bytes->reveal()) : "nothing";
}

struct Vector {
  std::string_view bytes;
  std::string_view standard;
  std::string_view url;
};

// RFC 4648 §10, and the bytes for which the alphabets differ.
constexpr std::array k_vectors{
    Vector{"", "", ""},
    Vector{"f", "Zg==", "Zg"},
    Vector{"fo", "Zm8=", "Zm8"},
    Vector{"foo", "Zm9v", "Zm9v"},
    Vector{"foob", "Zm9vYg==", "Zm9vYg"},
    Vector{"fooba", "Zm9vYmE=", "Zm9vYmE"},
    Vector{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    Vector{"\xFB\xFF\xBF\xFE", "+/+//g==", "-_-__g"},
    Vector{std::string_view("\0\0\xFF", 3), "AAD/", "AAD_"},
};

TEST(Base64, EncodesInBothAlphabets) {
  for (const Vector& vector : k_vectors) {
    EXPECT_EQ(encode_base64(vector.bytes).reveal(), vector.standard);
    EXPECT_EQ(encode_base64url(vector.bytes), vector.url);
  }
}

TEST(Base64, DecodesEitherAlphabetWithOrWithoutPadding) {
  for (const Vector& vector : k_vectors) {
    EXPECT_EQ(revealed(decode_base64(vector.standard)), vector.bytes);
    EXPECT_EQ(revealed(decode_base64(vector.url)), vector.bytes);
  }
  EXPECT_EQ(revealed(decode_base64("-_-__g==")), "\xFB\xFF\xBF\xFE");
}

TEST(Base64, SkipsAsciiWhiteSpaceWhereverItStands) {
  EXPECT_EQ(revealed(decode_base64(" Z m\t8\r\n=\n")), "fo");
  EXPECT_EQ(revealed(decode_base64("Zg= =")), "f");
  EXPECT_EQ(revealed(decode_base64(" \n")), "");
}

TEST(Base64, RefusesEverythingElse) {
  constexpr std::array texts{
      "Z",        // no whole byte
      "Zm9vY",    // no whole byte
      "Zg=",      // half a padding
      "Zg===",    // too much of it
      "Zm9v=",    // none wanted
      "Zm9v====", // none wanted
      "=",
      "====",
      "Z=g=",     // in the middle
      "Zg==Zg==", // two texts
      "Zh==",     // bits that no byte has
      "Zm9=",     // bits that no byte has
      "+/-_",     // both alphabets
      "Zm9v!",
      "Zm9\xC2\xA0v",
      "Zm9v.",
      "\"Zm9v\"",
  };
  for (const char* text : texts) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
  EXPECT_FALSE(decode_base64(std::string_view("Zm9v\0", 5)));
}

TEST(Base64, RoundTripsEveryByteAndLength) {
  std::string bytes;
  for (int i = 0; i < 512; ++i) {
    EXPECT_EQ(revealed(decode_base64(encode_base64(bytes).reveal())), bytes);
    EXPECT_EQ(revealed(decode_base64(encode_base64url(bytes))), bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64, IsDecodedAlikeWhereverALineEnds) {
  std::string bytes;
  for (int i = 0; i < 500; ++i) {
    bytes += static_cast<char>(i * 7);
  }
  const std::string text = encode_base64url(bytes);
  for (std::size_t at = 0; at <= text.size(); ++at) {
    EXPECT_EQ(revealed(decode_base64(std::string(text).insert(at, "\n"))), bytes) << at;
  }
}

TEST(Hex, DecodesPairsInEitherCase) {
  EXPECT_EQ(revealed(decode_hex("")), "");
  EXPECT_EQ(revealed(decode_hex("00ff7F0aA0")), std::string("\0\xFF\x7F\x0A\xA0", 5));
}

TEST(Hex, RefusesEverythingElse) {
  for (const char* text :
       {"0", "000", "0g", "g0", "0x00", "00 00", "00\n", "0@", "0G", "0`", "-1"}) {
    EXPECT_FALSE(decode_hex(text)) << text;
  }
}

} // namespace
} // namespace kvrun
