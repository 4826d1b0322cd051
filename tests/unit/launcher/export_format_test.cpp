// SPDX-License-Identifier: MIT
// The dialects of `export`, as their readers were measured: interop.md §9, rules A43.
#include "launcher/export_format.hpp"
#include "launcher/option_table.hpp"
#include "tests/unit/launcher/shell.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

namespace kvrun::launcher {
namespace {

using namespace std::string_literals;

std::string exported(ExportFormat format, std::string_view name, std::string_view value) {
  ExportText text(format);
  text.add(name, value);
  return std::string(text.finish().reveal());
}

bool can_hold(ExportFormat format, std::string_view value, std::string_view name = "A") {
  return obstacle_to(format, name, value).empty();
}

// Values out of the characters that quoting is about.
std::vector<std::string> awkward_values() {
  std::vector<std::string> values{
      "",     "plain", " x ", "it's", "a\nb\n", "\r\n",      "$HOME",
      "`id`", "\\",    "a\\", "\"",   "#x",     "a=b",       "\xC3\xA9",
      "${A}", "'",     "''",  "\n",   "\t",     "%0A%AZP25", "##vso[task.complete]",
      "!!",   "~",     "*"};
  std::minstd_rand random(20261125);
  constexpr std::string_view alphabet = "aB \n\r\t'\"`${}\\#=;!n%";
  for (int i = 0; i < 200; ++i) {
    std::string value;
    for (std::size_t left = random() % 12; left > 0; --left) {
      value += alphabet[random() % alphabet.size()];
    }
    values.push_back(std::move(value));
  }
  return values;
}

TEST(ExportFormat, IsFoundByEachWordThatTheOptionTakes) {
  std::set<ExportFormat> found;
  for (const std::string_view name : k_export_formats) {
    const auto format = find_export_format(name);
    ASSERT_TRUE(format) << name;
    found.insert(*format);
  }
  EXPECT_EQ(found.size(), k_export_formats.size());
  EXPECT_FALSE(find_export_format("SH"));
  EXPECT_FALSE(find_export_format(""));
}

class ShellReads : public testing::TestWithParam<const char*> {};

TEST_P(ShellReads, EveryValueByteForByte) {
  ExportText text(ExportFormat::sh);
  std::vector<std::string> values = awkward_values();
  values.emplace_back("\xFF\x80 no UTF-8");
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_TRUE(can_hold(ExportFormat::sh, values[i]));
    text.add("V" + std::to_string(i), values[i]);
  }
  const auto read = variables_after(GetParam(), text.finish().reveal());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(read.at("V" + std::to_string(i)), values[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(, ShellReads, testing::Values("dash", "bash"));

TEST(ExportForSh, RefusesNamesThatAShellSetsItself) {
  EXPECT_FALSE(can_hold(ExportFormat::sh, "a[$(id)]", "RANDOM"));
  EXPECT_FALSE(can_hold(ExportFormat::sh, "x", "UID"));
  EXPECT_TRUE(can_hold(ExportFormat::docker, "x", "UID"));
}

TEST(ExportForDotenv, HoldsOnlyWhatAllReadersReadAlike) {
  EXPECT_EQ(exported(ExportFormat::dotenv, "A", "a $HOME \\ \"q\"\nb #c"),
            "A='a $HOME \\ \"q\"\nb #c'\n");
  for (const char* value : {"it's", "a\rb", "${A}", "a\\", R"(\\host\share)"}) {
    EXPECT_FALSE(can_hold(ExportFormat::dotenv, value)) << value;
  }
  for (const char* value : {"", "$A", "{}", "\\a", "a\nb\n", "`x`"}) {
    EXPECT_TRUE(can_hold(ExportFormat::dotenv, value)) << value;
  }
}

TEST(ExportForDocker, HoldsOneLineThatIsNotQuoted) {
  EXPECT_EQ(exported(ExportFormat::docker, "A", " it's \"x\" #y "), "A= it's \"x\" #y \n");
  EXPECT_FALSE(can_hold(ExportFormat::docker, "a\nb"));
  EXPECT_FALSE(can_hold(ExportFormat::docker, "a\r"));
  EXPECT_TRUE(can_hold(ExportFormat::docker, "a\rb"));
  EXPECT_TRUE(can_hold(ExportFormat::docker, std::string(65533, 'x')));
  EXPECT_FALSE(can_hold(ExportFormat::docker, std::string(65534, 'x')));
}

TEST(ExportForSystemd, EscapesInDoubleQuotesAndKeepsLines) {
  EXPECT_EQ(exported(ExportFormat::systemd, "A", "it's \"$HOME\" `x` \\\nb"),
            "A=\"it's \\\"\\$HOME\\\" \\`x\\` \\\\\nb\"\n");
}

TEST(ExportForSystemd, RefusesNoncharactersOfEveryPlane) {
  for (const char* value : {"\xEF\xBF\xBE",
                            "\xEF\xBF\xBF",
                            "\xEF\xB7\x90",
                            "x\xEF\xB7\xAF",
                            "\xF0\x9F\xBF\xBE",
                            "\xF4\x8F\xBF\xBF"}) {
    EXPECT_FALSE(can_hold(ExportFormat::systemd, value));
    EXPECT_TRUE(can_hold(ExportFormat::json, value));
  }
  for (const char* value : {"\xEF\xBF\xBD", "\xEF\xB7\x8F", "\xEF\xB7\xB0", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(can_hold(ExportFormat::systemd, value));
  }
}

TEST(ExportForJson, IsOneObject) {
  ExportText text(ExportFormat::json);
  text.add("A", "q\"\n\x01");
  text.add("B", "");
  EXPECT_EQ(text.finish().reveal(), "{\n  \"A\": \"q\\\"\\n\\u0001\",\n  \"B\": \"\"\n}\n");
  EXPECT_EQ(ExportText(ExportFormat::json).finish().reveal(), "{}\n");
}

TEST(ExportForGitHub, PutsAValueBetweenDelimitersThatItCannotHold) {
  const std::string first = exported(ExportFormat::github, "A", "a\nB<<x\n");
  const std::string delimiter = first.substr(3, first.find('\n') - 3);
  EXPECT_EQ(first, "A<<" + delimiter + "\na\nB<<x\n\n" + delimiter + "\n");
  EXPECT_GE(delimiter.size(), 32U);
  EXPECT_NE(first, exported(ExportFormat::github, "A", "a\nB<<x\n")); // nobody can know it
  EXPECT_FALSE(can_hold(ExportFormat::github, "--require=/x.js", "NODE_OPTIONS"));
}

TEST(ExportForPipelines, EncodesWhatWouldEndTheCommand) {
  EXPECT_EQ(exported(ExportFormat::pipelines, "A", "50%\r\n##vso[task.complete]%0A"),
            "##vso[task.setvariable variable=A;issecret=true]"
            "50%AZP25%0D%0A##vso[task.complete]%AZP250A\n");
}

TEST(ExportFormat, RefusesWhatIsNotUtf8WhereTheReaderWantsIt) {
  for (const ExportFormat format : {ExportFormat::dotenv,
                                    ExportFormat::docker,
                                    ExportFormat::systemd,
                                    ExportFormat::json,
                                    ExportFormat::github,
                                    ExportFormat::pipelines}) {
    EXPECT_FALSE(can_hold(format, "a\xFF"));
  }
}

TEST(ExportFormat, DoesNotTellTheValueInAnObstacle) {
  for (const std::string_view name : k_export_formats) {
    const std::string why = obstacle_to(*find_export_format(name), "A", "s3cret'\r${\xFF\n\\");
    EXPECT_EQ(why.find("s3cret"), std::string::npos) << why;
  }
}

} // namespace
} // namespace kvrun::launcher
