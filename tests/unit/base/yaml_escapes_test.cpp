// SPDX-License-Identifier: MIT
#include "base/yaml.hpp"
#include "base/yaml_escapes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace kvrun::yaml {
namespace {

constexpr std::string_view k_emoji = "\xF0\x9F\x98\x80";

// The value of the first member, or what is wrong.
std::string first_value(std::string_view text) {
  Problems problems;
  const std::optional<Node> root = parse(text, "f", problems);
  if (!problems.empty()) {
    return problems.all().front().message();
  }
  return root->members.at(0).value.text;
}

TEST(YamlEscapes, MakeOneCharacterOfASurrogatePair) {
  EXPECT_EQ(first_value(R"({"a": "\ud83d\ude00"})"), k_emoji);
  EXPECT_EQ(first_value(R"(a: "\uD83D\uDE00")"), k_emoji);
  EXPECT_EQ(first_value(R"(a: "<\ud83d\ude00\ud83d\ude00>")"),
            "<" + std::string(k_emoji) + std::string(k_emoji) + ">");
  EXPECT_EQ(first_value(R"(a: "\ud800\udc00\udbff\udfff")"), "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
  EXPECT_EQ(first_value(R"(a: "\\\ud83d\ude00")"), "\\" + std::string(k_emoji));
  EXPECT_EQ(first_value("a: \"\xC3\xBC\\ud83d\\ude00\\u00fc\\U0001f600\""),
            "\xC3\xBC" + std::string(k_emoji) + "\xC3\xBC" + std::string(k_emoji));
}

TEST(YamlEscapes, StayInKeysAndAliases) {
  EXPECT_EQ(first_value(R"(a: &x "\ud83d\ude00")"), k_emoji);
  EXPECT_EQ(first_value("a: &x # it's\n  \"\\ud83d\\ude00\""), k_emoji);
  Problems problems;
  const std::optional<Node> root = parse("? &x \"\\ud83d\\ude00\"\n: 1\nb: *x\n", "f", problems);
  ASSERT_TRUE(root && problems.empty());
  EXPECT_EQ(root->members.at(0).key, k_emoji);
  EXPECT_EQ(root->members.at(1).value.text, k_emoji);
  EXPECT_EQ(first_value("\"\\ud83d\\ude00\": 1\n\xF0\x9F\x98\x80: 2\n"),
            "f:2:1: duplicate key '" + std::string(k_emoji) + "', first in line 1");
}

TEST(YamlEscapes, AreTextOutsideDoubleQuotes) {
  constexpr std::array texts{R"(a: \ud83d\ude00)",
                             R"(a: '\ud83d\ude00')",
                             R"(a: &x '\ud83d\ude00')",
                             "a: |-\n  \\ud83d\\ude00",
                             "a: >-\n  \\ud83d\\ude00",
                             R"(a: "\\ud83d\\ude00")",
                             R"(a: "\\ud83d\u005cude00")",
                             "# \\ud83d\\ude00\na: \\ud83d\\ude00 # \\ud83d\\ude00"};
  for (const char* text : texts) {
    EXPECT_EQ(first_value(text), R"(\ud83d\ude00)") << text;
  }
}

TEST(YamlEscapes, LeaveTheColumnsAsTheyAre) {
  EXPECT_EQ(first_value(R"({"a": "\ud83d\ude00", "b": !t x})"), "f:1:28: a tag is not taken");
  EXPECT_EQ(first_value("a: ['\\ud83d\\ude00', \xC3\xBC, !t x]"), "f:1:24: a tag is not taken");
}

TEST(YamlEscapes, RefuseALoneSurrogate) {
  for (const char* text : {R"(a: "\ud83d")",
                           R"(a: "\ude00\ud83d")",
                           R"(a: "\ud83d\ud83d\ude00")",
                           R"(a: "\ud83d \ude00")",
                           R"(a: "\ud83d\\ude00")"}) {
    EXPECT_NE(first_value(text).find("not YAML: invalid unicode"), std::string::npos) << text;
  }
}

TEST(YamlEscapes, MakeUtf8OfTheShortFormsOfTheLatinOnes) {
  EXPECT_EQ(first_value(R"(a: "\N\_x\_")"), "\xC2\x85\xC2\xA0x\xC2\xA0");
  EXPECT_EQ(first_value("a: \"\xC3\xA0\\_\xC3\x85\\N\""), "\xC3\xA0\xC2\xA0\xC3\x85\xC2\x85");
  EXPECT_EQ(first_value(R"(a: '\N\_')"), R"(\N\_)");
}

TEST(YamlEscapes, AreNotMadeOfAControlCharacter) {
  EXPECT_EQ(first_value(R"(a: "\x01ud83d\x01ude00")"), "\x01ud83d\x01ude00");
  EXPECT_EQ(first_value(R"(a: "\xf8ud83d\xf8ude00")"), "\xC3\xB8ud83d\xC3\xB8ude00");
}

TEST(YamlEscapes, HideNothingButPairs) {
  for (const std::string_view text : {"",
                                      "\\",
                                      "\\\\",
                                      "\\u",
                                      "\\ud83d",
                                      "\\ud83d\\",
                                      "\\ud83d\\u",
                                      "\\ud83d\\ude0",
                                      "\\ud83d\\ude0g",
                                      "\\ud83d\\u0041",
                                      R"(\\ud83d\ude00)",
                                      "\\U0001f600"}) {
    EXPECT_EQ(hide_surrogate_pairs(text), text);
  }
  const std::string pair = R"(\\\ud83d\ude00\)";
  EXPECT_NE(hide_surrogate_pairs(pair), pair);
  EXPECT_EQ(hide_surrogate_pairs(pair).size(), pair.size());
  EXPECT_EQ(unhide(hide_surrogate_pairs(pair)), pair);
}

} // namespace
} // namespace kvrun::yaml
