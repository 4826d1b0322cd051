// SPDX-License-Identifier: MIT
#include "config/reader.hpp"
#include "config_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::config {
namespace {

TEST(TextCursor, FindsALineAndColumnInCharacters) {
  TextCursor cursor("ab\n\xC3\xA4\xE2\x82\xAC"
                    "c\n\nd");
  EXPECT_EQ(cursor.from(1, 1).substr(0, 2), "ab");
  EXPECT_EQ(cursor.from(1, 2).substr(0, 1), "b");
  EXPECT_EQ(cursor.from(2, 1).substr(0, 2), "\xC3\xA4");
  EXPECT_EQ(cursor.from(2, 2).substr(0, 3), "\xE2\x82\xAC");
  EXPECT_EQ(cursor.from(2, 3).substr(0, 1), "c");
  EXPECT_EQ(cursor.from(4, 1), "d");
}

TEST(TextCursor, GoesBack) {
  TextCursor cursor("ab\ncd");
  EXPECT_EQ(cursor.from(2, 2), "d");
  EXPECT_EQ(cursor.from(2, 1), "cd");
  EXPECT_EQ(cursor.from(1, 2), "b\ncd");
}

TEST(TextCursor, EndsWithTheText) {
  TextCursor cursor("ab");
  EXPECT_EQ(cursor.from(7, 1), "");
  EXPECT_EQ(cursor.from(1, 3), "");
  TextCursor empty("");
  EXPECT_EQ(empty.from(1, 1), "");
}

TEST(TextCursor, PassesOverAByteOrderMark) {
  TextCursor cursor("\xEF\xBB\xBF"
                    "ab");
  EXPECT_EQ(cursor.from(1, 1), "ab");
}

TEST(Reader, FindsATemplateHoweverItIsWritten) {
  const std::array<std::pair<std::string_view, std::string_view>, 7> texts{
      {{"env: { A: { value: \xC3\xA4\xE2\x82\xAC }, B: { template: '{{' } }", "1:42"},
       {"env:\n  A:\n    template: | # note\n        {{\n", "4:9"},
       {"env:\n  A:\n    template: |+\n     a\n     {{\n\n\n", "5:6"},
       {"env:\n  A:\n    template: |\n\n     a\n\n      b {{\n     c\n", "7:9"},
       {"env:\n  A:\n    template: |1\n      {{\n", "3:15"}, // the text begins with a blank
       {"env:\n  A:\n    template: 'a\n      {{'\n", "3:15"},
       {"env:\n  A: { template: &x '{{' }\n", "2:18"}}};
  for (const auto& [text, place] : texts) {
    EXPECT_EQ(places_of(text), std::vector<std::string>{std::string(place)}) << text;
  }
}

TEST(Reader, TakesAnEmptyBlock) {
  EXPECT_EQ(problems_of("env:\n  A:\n    template: |\n"), std::vector<std::string>{});
}

TEST(Reader, ListsWordsInASentence) {
  const std::array<std::string_view, 3> words{"a", "b", "c"};
  EXPECT_EQ(one_of(words, "or"), "'a', 'b' or 'c'");
  EXPECT_EQ(one_of(std::span(words).first(2), "and"), "'a' and 'b'");
  EXPECT_EQ(one_of(std::span(words).first(1), "and"), "'a'");
}

} // namespace
} // namespace kvrun::config
