// SPDX-License-Identifier: MIT
#include "config/template.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace kvrun::config {
namespace {

std::string filtered(std::string_view value, const std::vector<Filter>& filters) {
  return std::string(apply_filters(value, filters).reveal());
}

std::string every_byte() {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) {
    all += static_cast<char>(byte);
  }
  return all;
}

TEST(Filters, LeaveTheBytesWhenThereIsNone) {
  EXPECT_EQ(filtered(every_byte(), {}), every_byte());
}

TEST(Filters, UriLeavesOnlyWhatIsUnreserved) {
  EXPECT_EQ(filtered("AZaz09-._~!*'()+ ", {Filter::uri}), "AZaz09-._~%21%2A%27%28%29%2B%20");
  EXPECT_EQ(filtered("p@ss/w:r d?#&=%\xC3\xBC\n", {Filter::uri}),
            "p%40ss%2Fw%3Ar%20d%3F%23%26%3D%25%C3%BC%0A");
  EXPECT_EQ(filtered(std::string(1, '\0'), {Filter::uri}), "%00");
}

TEST(Filters, JsonIsAQuotedString) {
  EXPECT_EQ(filtered("", {Filter::json}), "\"\"");
  EXPECT_EQ(filtered("a\"b\\c/\n\r\t\x01\x1f\x7f\xC3\xBC", {Filter::json}),
            "\"a\\\"b\\\\c/\\n\\r\\t\\u0001\\u001f\x7f\xC3\xBC\"");
  EXPECT_EQ(filtered(std::string(1, '\0'), {Filter::json}), "\"\\u0000\"");
}

TEST(Filters, ShellIsOneSingleQuotedWord) {
  EXPECT_EQ(filtered("", {Filter::shell}), "''");
  EXPECT_EQ(filtered("a b$c`d\\\n", {Filter::shell}), "'a b$c`d\\\n'");
  EXPECT_EQ(filtered("it's''", {Filter::shell}), "'it'\\''s'\\'''\\'''");
}

TEST(Filters, Base64IsStandardPaddedAndOneLine) {
  EXPECT_EQ(filtered("", {Filter::base64}), "");
  EXPECT_EQ(filtered("a", {Filter::base64}), "YQ==");
  EXPECT_EQ(filtered("\xfb\xff\xbf", {Filter::base64}), "+/+/");
  EXPECT_EQ(filtered(std::string(300, 'a'), {Filter::base64}).find('\n'), std::string::npos);
}

TEST(Filters, TrimTakesAsciiWhiteSpaceFromBothEnds) {
  EXPECT_EQ(filtered(" \t\r\n\v\fa b\n", {Filter::trim}), "a b");
  EXPECT_EQ(filtered("\xC2\xA0"
                     "a\xC2\xA0",
                     {Filter::trim}),
            "\xC2\xA0"
            "a\xC2\xA0");
  EXPECT_EQ(filtered(" \n", {Filter::trim}), "");
}

TEST(Filters, ApplyFromLeftToRight) {
  EXPECT_EQ(filtered(" a\n", {Filter::trim, Filter::base64}), "YQ==");
  EXPECT_EQ(filtered(" a\n", {Filter::base64, Filter::trim}), "IGEK");
  EXPECT_EQ(filtered("a b", {Filter::json, Filter::uri}), "%22a%20b%22");
  EXPECT_EQ(filtered("a b", {Filter::uri, Filter::json}), "\"a%20b\"");
}

} // namespace
} // namespace kvrun::config
