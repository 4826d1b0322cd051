// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace kvrun {
namespace {

using Views = std::vector<std::string_view>;
constexpr std::size_t k_none = std::string_view::npos;

TEST(Lower, ChangesAsciiLettersOnly) {
  EXPECT_EQ(lower("DB-Password_\xC3\x84Z[@`{"), "db-password_\xC3\x84z[@`{");
}

TEST(EqualWithoutCase, ComparesWholeTexts) {
  EXPECT_TRUE(equal_without_case("Vault.Azure.NET", "vault.azure.net"));
  EXPECT_TRUE(equal_without_case("", ""));
  EXPECT_FALSE(equal_without_case("vault", "vaults"));
  EXPECT_FALSE(equal_without_case("@", "`"));
  EXPECT_FALSE(equal_without_case("[", "{"));
}

TEST(Trim, TakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\n\v\f a b \n"), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\xC2\xA0"), "\xC2\xA0");
}

TEST(Split, KeepsEmptyPieces) {
  EXPECT_EQ(split("a,b,c", ','), (Views{"a", "b", "c"}));
  EXPECT_EQ(split(",a,,", ','), (Views{"", "a", "", ""}));
  EXPECT_EQ(split("a", ','), (Views{"a"}));
  EXPECT_EQ(split("", ','), (Views{""}));
}

struct Line {
  std::string_view text;
  std::string_view printed;
};

TEST(OneLine, IsOneLineOfPrintableCharacters) {
  constexpr std::array lines{
      Line{"Caller is not authorized.\r\nCaller: appid=1",
           "Caller is not authorized. Caller: appid=1"},
      Line{"  a \t\v\f  b\n\n", "a b"},
      Line{"\x1b[31mred\x1b[0m", "?[31mred?[0m"},
      Line{"a\x7f\x80\xffz", "a?z"},
      Line{"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"},
      Line{"\xE2\x82\xAC \xF0\x9F\x98\x80", "\xE2\x82\xAC \xF0\x9F\x98\x80"},
      Line{std::string_view("a\0b", 3), "a?b"},
      Line{"", ""},
      Line{"\r\n", ""},
      Line{"100% of 5%", "100% of 5%"},
  };
  for (const Line& line : lines) {
    EXPECT_EQ(one_line(line.text), line.printed);
  }
}

// Two or three bytes of UTF-8.
std::string utf8(unsigned code_point) {
  const auto last = static_cast<char>(0x80U | (code_point & 0x3FU));
  const auto middle = static_cast<char>(0x80U | (code_point >> 6U & 0x3FU));
  if (code_point < 0x800) {
    return {static_cast<char>(0xC0U | code_point >> 6U), last};
  }
  return {static_cast<char>(0xE0U | code_point >> 12U), middle, last};
}

TEST(OneLine, HoldsNothingThatMovesTheTextAroundIt) {
  for (const unsigned code_point : {0x80U,   // C1: PAD
                                    0x85U,   // next line
                                    0x9BU,   // C1: CSI
                                    0x61CU,  // Arabic letter mark
                                    0xADU,   // soft hyphen
                                    0x200BU, // zero width space
                                    0xFEFFU, // byte order mark
                                    0x200EU, // left-to-right mark
                                    0x200FU,
                                    0x2028U, // line separator
                                    0x2029U,
                                    0x202AU, // left-to-right embedding
                                    0x202EU, // right-to-left override
                                    0x2066U, // left-to-right isolate
                                    0x2069U}) {
    EXPECT_EQ(one_line("a" + utf8(code_point) + "z"), "a?z") << code_point;
  }
  for (const unsigned code_point : {0xA0U, 0xC4U, 0x61DU, 0x2010U, 0x2027U, 0x2030U, 0x2070U}) {
    EXPECT_EQ(one_line(utf8(code_point)), utf8(code_point)) << code_point;
  }
}

TEST(OneLine, HoldsNothingThatIsNoUtf8) {
  for (const std::string_view bytes : {"\xC3", "\xE2\x82", "\xED\xA0\x80", "\xF8", "\x80"}) {
    EXPECT_EQ(one_line("a" + std::string(bytes) + "z"), "a?z");
    EXPECT_EQ(one_line("a" + std::string(bytes)), "a?");
  }
}

TEST(OneLine, HoldsNoCommandForARunner) {
  constexpr std::array commands{
      "::error::x",
      "\n::add-mask::x",
      "a::b:::c::::d",
      ":\x1b:stop-commands\x1b::",
      "##vso[task.setvariable variable=x]y",
      "###vso[x]",
      "##[error]x",
      "#\n##[add-path]x",
      "%0A::set-env name=x::y",
      "%0a%0D%0d::x",
      "%250A::x",
      "%3A%3Aerror%3a%3a",
      ":%3A:",
  };
  constexpr std::array forbidden{"::", "##", "\n", "\r", "\x1b", "%0", "%25", "%3"};
  for (const char* command : commands) {
    const std::string line = one_line(command);
    for (const char* sign : forbidden) {
      EXPECT_EQ(line.find(sign), std::string::npos) << line;
    }
  }
  EXPECT_EQ(one_line("fe80::1"), "fe80: :1");
  EXPECT_EQ(one_line("50%20off"), "50%20off");
}

TEST(OneLine, IsCutToTheLimit) {
  EXPECT_EQ(one_line(std::string(1000, 'x')), std::string(300, 'x'));
  EXPECT_EQ(one_line("abc def", 4), "abc");
  EXPECT_EQ(one_line("::::::", 4), ": :");
  EXPECT_EQ(one_line("abc", 0), "");
  EXPECT_EQ(one_line("a\xC3\xBC\xE2\x82\xAC", 3), "a\xC3\xBC"); // no half a character
  EXPECT_EQ(one_line("a\xC3\xBC\xE2\x82\xAC", 5), "a\xC3\xBC");
  EXPECT_EQ(one_line("a\xC3\xBC\xE2\x82\xAC", 6), "a\xC3\xBC\xE2\x82\xAC");
  // What is dropped does not count.
  EXPECT_EQ(one_line(std::string(1000, '\n') + "abc", 3), "abc");
}

TEST(Nearest, FindsTheWordThatWasMeant) {
  constexpr std::array<std::string_view, 6> known{
      "env", "vault", "inherit", "keep-existing", "profiles", "parallel"};
  EXPECT_EQ(nearest("vualt", known), "vault");
  EXPECT_EQ(nearest("envs", known), "env");
  EXPECT_EQ(nearest("ENV", known), "env");
  EXPECT_EQ(nearest("keep_existing", known), "keep-existing");
  EXPECT_EQ(nearest("keepexisting", known), "keep-existing");
  EXPECT_EQ(nearest("profile", known), "profiles");
  EXPECT_EQ(nearest("paralell", known), "parallel");
  EXPECT_EQ(nearest("keep-e", known), "keep-existing");
}

TEST(Nearest, FindsNothingForAStranger) {
  constexpr std::array<std::string_view, 3> known{"env", "vault", "c"};
  EXPECT_EQ(nearest("secrets", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest("x", known), std::nullopt);
  EXPECT_EQ(nearest("vault", {}), std::nullopt);
  EXPECT_EQ(nearest(std::string(1'000'000, 'v'), known), std::nullopt);
}

TEST(Nearest, TakesTheFirstOfTwoEquallyNear) {
  constexpr std::array<std::string_view, 3> known{"unset", "reset", "upset"};
  EXPECT_EQ(nearest("inset", known), "unset");
  EXPECT_EQ(nearest("reser", known), "reset");
}

TEST(MatchesGlob, KnowsTheStarOnly) {
  EXPECT_TRUE(matches_glob("LC_*", "LC_ALL"));
  EXPECT_TRUE(matches_glob("LC_*", "LC_"));
  EXPECT_TRUE(matches_glob("*_PASSWORD", "DB_PASSWORD"));
  EXPECT_TRUE(matches_glob("A*B*C", "AxBBxxBC"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("**", "x"));
  EXPECT_TRUE(matches_glob("a?[b]\\", "a?[b]\\"));
  EXPECT_TRUE(matches_glob("", ""));
  EXPECT_FALSE(matches_glob("", "a"));
  EXPECT_FALSE(matches_glob("LC_*", "lc_all"));
  EXPECT_FALSE(matches_glob("LC_*", "XLC_ALL"));
  EXPECT_FALSE(matches_glob("*_PASSWORD", "DB_PASSWORD_FILE"));
  EXPECT_FALSE(matches_glob("a?c", "abc"));
  EXPECT_FALSE(matches_glob("A*B", "A"));
  EXPECT_FALSE(matches_glob("A", "AA"));
}

TEST(MatchesGlob, IsQuickWithManyStars) {
  std::string glob;
  for (int i = 0; i < 1000; ++i) {
    glob += "a*";
  }
  EXPECT_FALSE(matches_glob(glob + 'b', std::string(10'000, 'a')));
}

TEST(FindBadUtf8, TellsWhereItStands) {
  struct Case {
    std::string_view text;
    std::size_t bad;
  };
  constexpr std::array cases{
      Case{"", k_none},
      Case{"a\x7F", k_none},
      Case{"\xC2\x80\xDF\xBF", k_none},
      Case{"\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF", k_none},
      Case{"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", k_none},
      Case{"ab\x80", 2},           // a continuation alone
      Case{"\xC0\x80", 0},         // overlong
      Case{"\xC1\xBF", 0},         // overlong
      Case{"\xE0\x9F\xBF", 0},     // overlong
      Case{"\xF0\x8F\xBF\xBF", 0}, // overlong
      Case{"\xED\xA0\x80", 0},     // a surrogate
      Case{"\xF4\x90\x80\x80", 0}, // over U+10FFFF
      Case{"\xF5\x80\x80\x80", 0},
      Case{"\xFF\xFE", 0},
      Case{"a\xC3", 1},
      Case{"\xC3(", 0},
      Case{"\xE2\x82", 0},
      Case{"\xE2\x82(", 0},
      Case{"\xF0\x9F\x98", 0},
      Case{"\xF0\x9F\x98(", 0},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(find_bad_utf8(c.text), c.bad) << testing::PrintToString(c.text);
  }
}

TEST(IsVariableName, TakesWhatEveryShellTakes) {
  for (const char* name : {"A", "_", "a1", "DB_PASSWORD", "_0"}) {
    EXPECT_TRUE(is_variable_name(name)) << name;
  }
  for (const char* name :
       {"", "1A", "A-B", "A B", "A=", "A\n", "\xC3\x84", "A.B", "BASH_FUNC_x%%"}) {
    EXPECT_FALSE(is_variable_name(name)) << name;
  }
  EXPECT_FALSE(is_variable_name(std::string_view("A\0", 2)));
}

TEST(PercentEncode, LeavesTheUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encode("p@ss w\xC3\xB6rd/?#%+&="), "p%40ss%20w%C3%B6rd%2F%3F%23%25%2B%26%3D");
  EXPECT_EQ(percent_encode(std::string_view("\0\n\xFF", 3)), "%00%0A%FF");
}

} // namespace
} // namespace kvrun
