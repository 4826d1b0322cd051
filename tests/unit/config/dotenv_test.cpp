// SPDX-License-Identifier: MIT
#include "config/dotenv.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace kvrun::config {
namespace {

// "NAME=VALUE" of each entry: the values of these tests are no secrets.
std::vector<std::string> entries(std::string_view text) {
  std::vector<std::string> all;
  for (const DotenvEntry& entry : parse_dotenv(text).entries) {
    all.push_back(entry.name + '=' + std::string(entry.value.reveal()));
  }
  return all;
}

std::vector<std::string> problems(std::string_view text) {
  std::vector<std::string> all;
  for (const DotenvProblem& problem : parse_dotenv(text).problems) {
    all.push_back(std::to_string(problem.line) + ": " + problem.message);
  }
  return all;
}

using List = std::vector<std::string>;

TEST(Dotenv, HasAnEntryALineWithItsPlace) {
  const Dotenv parsed = parse_dotenv("A=1\n\nB='2\n3'\nC=4");
  ASSERT_EQ(parsed.entries.size(), 3U);
  EXPECT_TRUE(parsed.problems.empty());
  EXPECT_EQ(parsed.entries[0].line, 1);
  EXPECT_EQ(parsed.entries[1].line, 3);
  EXPECT_EQ(parsed.entries[2].line, 5);
}

TEST(Dotenv, MayBeEmpty) {
  for (const std::string_view text : {"", "\n\n", "# a\n  # b\n \t\n", "\xEF\xBB\xBF", "\r\n"}) {
    EXPECT_EQ(entries(text), List{}) << text;
    EXPECT_EQ(problems(text), List{}) << text;
  }
}

TEST(Dotenv, AllowsExportAndBlanksBeforeAName) {
  EXPECT_EQ(entries("export A=1\n  B=2\n\texport\t C=3\nexport=4\nexporter=5\n"),
            (List{"A=1", "B=2", "C=3", "export=4", "exporter=5"}));
}

TEST(Dotenv, AllowsCarriageReturnsAndAByteOrderMark) {
  EXPECT_EQ(entries("\xEF\xBB\xBF"
                    "A=1\r\n\r\nB='2'\r\nC=\"3\" # x\r\nD=\r\nE=4\r"),
            (List{"A=1", "B=2", "C=3", "D=", "E=4"}));
}

TEST(Dotenv, TrimsAnUnquotedValueAndEndsItAtABlankAndAHash) {
  EXPECT_EQ(entries("A=  padded  \nB=a#b\nC=a #b\nD=a\t# b\nE=#b\nF= # b\nG=\nH=a b c\nI=a#b #c\n"),
            (List{"A=padded", "B=a#b", "C=a", "D=a", "E=#b", "F=", "G=", "H=a b c", "I=a#b"}));
}

TEST(Dotenv, ExpandsNothing) {
  EXPECT_EQ(
      entries("A=$HOME ${B} `c`\nB=\\n\\\\\nC='$HOME'\nD=\"$HOME ${X}\"\nE=it's\nF=a\"b\"\nG==\n"),
      (List{"A=$HOME ${B} `c`",
            "B=\\n\\\\",
            "C=$HOME",
            "D=$HOME ${X}",
            "E=it's",
            "F=a\"b\"",
            "G=="}));
}

TEST(Dotenv, TakesSingleQuotesLiterally) {
  EXPECT_EQ(entries("A='a \\n \"b\" # c '\nB=''\nC= 'x' # note\n"),
            (List{"A=a \\n \"b\" # c ", "B=", "C=x"}));
}

TEST(Dotenv, KnowsSixEscapesInDoubleQuotes) {
  EXPECT_EQ(entries(R"(A="\n\r\t\"\\\$"
B="\x \' \a"
C="it's"
)"),
            (List{"A=\n\r\t\"\\$", "B=\\x \\' \\a", "C=it's"}));
}

TEST(Dotenv, KeepsTheLineEndsInsideQuotes) {
  EXPECT_EQ(entries("A='x\ny'\nB=\"x\r\ny\n\"\nC=3\n"), (List{"A=x\ny", "B=x\r\ny\n", "C=3"}));
}

TEST(Dotenv, TellsAllProblemsWithTheirLines) {
  const List found = problems("1A=x\nA\nB='x' y\nC=1\nC=2\nD = 3\nE=ok\nF='open\n");
  ASSERT_EQ(found.size(), 6U);
  EXPECT_EQ(found[0], "1: what stands before '=' is no variable's name");
  EXPECT_EQ(found[1], "2: there is no '=' after a variable's name");
  EXPECT_EQ(found[2], "3: there is text after the closing quote of 'B'");
  EXPECT_EQ(found[3], "5: 'C' is there twice, first on line 4");
  EXPECT_EQ(found[4], "6: there is a blank before '='");
  EXPECT_EQ(found[5], "8: the quote of 'F' is not closed");
}

TEST(Dotenv, ShowsABadNameOnlyWhereItLooksLikeOne) {
  const Dotenv parsed = parse_dotenv("a.b=x\nMY-KEY=x\n2FA=x\nMIIEv/+Q==\nA B=x\n=x\nC =x\nD\n");
  List names;
  for (const DotenvProblem& problem : parsed.problems) {
    names.push_back(std::to_string(problem.line) + ": " + problem.bad_name.value_or("none"));
  }
  EXPECT_EQ(names,
            (List{"1: a.b", "2: MY-KEY", "3: 2FA", "4: ", "5: ", "6: ", "7: none", "8: none"}));
}

TEST(Dotenv, NeedsABlankBetweenAClosingQuoteAndAComment) {
  EXPECT_EQ(problems("A='x'#y\n").size(), 1U);
  EXPECT_EQ(problems("A='x''y'\n").size(), 1U);
  EXPECT_EQ(problems("A='x' #y\n").size(), 0U);
}

TEST(Dotenv, CountsTheLinesOfAQuotedValueThatIsWrong) {
  EXPECT_EQ(problems("A='1\n2\n3' x\nB\n"),
            (List{"3: there is text after the closing quote of 'A'",
                  "4: there is no '=' after a variable's name"}));
  EXPECT_EQ(problems("A=\"\\\n"), (List{"1: the quote of 'A' is not closed"}));
}

TEST(Dotenv, RefusesABadName) {
  for (const std::string_view text : {"=x",
                                      "A-B=x",
                                      "A.B=x",
                                      "A B=x",
                                      "1A=x",
                                      "\xC3\x84=x",
                                      "export =x",
                                      "'A'=x",
                                      "export A B=x"}) {
    EXPECT_EQ(problems(text).size(), 1U) << text;
    EXPECT_EQ(entries(text), List{}) << text;
  }
}

TEST(Dotenv, ShowsNoValueInAProblem) {
  for (const std::string_view text : {"hunter2\n",
                                      "hunter2/+==\n",
                                      "A-B=hunter2\n",
                                      "A='hunter2\n",
                                      "A='x' hunter2\n",
                                      "A=1\nA=hunter2\n",
                                      "A=\"x\" hunter2\n"}) {
    const List found = problems(text);
    ASSERT_EQ(found.size(), 1U) << text;
    EXPECT_EQ(found[0].find("hunter2"), std::string::npos) << found[0];
  }
}

TEST(Dotenv, KeepsTheFirstOfADuplicate) {
  EXPECT_EQ(entries("A=1\nA=2\n"), (List{"A=1"}));
}

TEST(Dotenv, KeepsANulForItsReaderToRefuse) {
  EXPECT_EQ(entries(std::string_view("A=x\0y\n", 6)), (List{std::string("A=x\0y", 5)}));
}

} // namespace
} // namespace kvrun::config
