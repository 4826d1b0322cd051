// SPDX-License-Identifier: MIT
// rules A4, A5, A9
#include "launcher/option_table.hpp"
#include "launcher/options.hpp"
#include "launcher/subcommand/subcommand.hpp"
#include "tests/unit/launcher/call.hpp"

#include <set>

namespace kvrun::launcher {
namespace {

struct Parsed {
  Options options;
  std::vector<Error> problems;
};

Parsed parse(const Texts& words) {
  std::vector<const char*> pointers;
  for (const std::string& word : words) {
    pointers.push_back(word.c_str());
  }
  Problems problems;
  Parsed parsed;
  parsed.options = parse_options(pointers, problems);
  parsed.problems = problems.all();
  return parsed;
}

Options good(const Texts& words) {
  Parsed parsed = parse(words);
  for (const Error& error : parsed.problems) {
    ADD_FAILURE() << error.message();
  }
  return std::move(parsed.options);
}

std::string bad(const Texts& words) {
  const Parsed parsed = parse(words);
  EXPECT_FALSE(parsed.problems.empty()) << fmt::format("{}", fmt::join(words, " "));
  return parsed.problems.empty() ? std::string()
                                 : fmt::format("{} ({})",
                                               parsed.problems.front().message(),
                                               parsed.problems.front().hint());
}

TEST(CommandLine, StopsAtTheCommandsOwnName) {
  const Options options = good({"-v", "sh", "-c", "true", "--vault", "x"});
  EXPECT_EQ(options.operands, (Texts{"sh", "-c", "true", "--vault", "x"}));
  EXPECT_EQ(options.verbosity, Verbosity::verbose);
  EXPECT_FALSE(options.config.has_value());
}

TEST(CommandLine, TakesEverythingBehindADoubleDash) {
  EXPECT_EQ(good({"--", "check", "-v"}).operands, (Texts{"check", "-v"}));
  EXPECT_EQ(good({"--", "check"}).verb, Verb::run);
  EXPECT_EQ(good({"--", "--", "x"}).operands, (Texts{"--", "x"}));
  EXPECT_EQ(good({"-q", "--", "-c"}).operands, Texts{"-c"});
}

TEST(CommandLine, TellsOfAnotherSubcommandsOptionAloneAndNotOfItsValue) {
  for (const Texts& words : {Texts{"list", "-o", "x"},
                             Texts{"list", "-vo", "x"},
                             Texts{"list", "--format", "json", "--output", "x"},
                             Texts{"read", "--format", "json", "db-password"},
                             Texts{"read", "--format=json", "db-password"},
                             Texts{"list", "--from-env"}}) {
    const Parsed parsed = parse(words);
    ASSERT_EQ(parsed.problems.size(), 1U) << fmt::format("{}", fmt::join(words, " "));
    expect_holds(parsed.problems[0].message(), "unknown option");
  }
}

TEST(CommandLine, TakesADashAndAnEmptyWordForCommands) {
  EXPECT_EQ(good({"-", "x"}).operands, (Texts{"-", "x"}));
  EXPECT_EQ(good({"", "x"}).operands, (Texts{"", "x"}));
}

TEST(CommandLine, TakesAValueInEveryForm) {
  for (const Texts& words : {Texts{"--config", "f", "x"},
                             Texts{"--config=f", "x"},
                             Texts{"-c", "f", "x"},
                             Texts{"-cf", "x"},
                             Texts{"-vc", "f", "x"},
                             Texts{"-vcf", "x"}}) {
    const Options options = good(words);
    EXPECT_EQ(options.config, "f") << words[0];
    EXPECT_EQ(options.operands, Texts{"x"});
  }
  EXPECT_EQ(good({"--vault=a=b", "x"}).vault, "a=b");
}

TEST(CommandLine, TakesTheNextWordEvenIfItBeginsWithADash) {
  const Options options = good({"--vault", "--config", "-p", "-v", "x"});
  EXPECT_EQ(options.vault, "--config");
  EXPECT_EQ(options.profile, "-v");
  EXPECT_EQ(options.verbosity, Verbosity::normal);
  EXPECT_EQ(good({"-c", "--", "x"}).config, "--");
}

TEST(CommandLine, AccumulatesListsAndTakesTheLastOfTheRest) {
  const Options options = good({"-e",
                                "A=a",
                                "--env=B=b",
                                "--only",
                                "A,B",
                                "--only=C",
                                "--keep",
                                "K",
                                "--keep",
                                "L",
                                "--unset",
                                "U,V",
                                "--unset",
                                "W",
                                "--resolve",
                                "R",
                                "--resolve",
                                "S",
                                "--trust-host",
                                "h1",
                                "--trust-host",
                                "h2",
                                "--connect-to",
                                "::a:1",
                                "--connect-to",
                                "::b:2",
                                "--env-file",
                                "1",
                                "--env-file",
                                "2",
                                "-c",
                                "one",
                                "-c",
                                "two",
                                "--timeout",
                                "1s",
                                "--timeout",
                                "2s",
                                "x"});
  EXPECT_EQ(options.env, (Texts{"A=a", "B=b"}));
  EXPECT_EQ(options.only, (Texts{"A", "B", "C"}));
  EXPECT_EQ(options.keep, (Texts{"K", "L"}));
  EXPECT_EQ(options.unset, (Texts{"U", "V", "W"}));
  EXPECT_EQ(options.resolve, (Texts{"R", "S"}));
  EXPECT_EQ(options.trust_host, (Texts{"h1", "h2"}));
  EXPECT_EQ(options.connect_to, (Texts{"::a:1", "::b:2"}));
  EXPECT_EQ(options.env_file, (Texts{"1", "2"}));
  EXPECT_EQ(options.config, "two");
  EXPECT_EQ(options.timeout, "2s");
}

TEST(CommandLine, TakesTheLastOfQuietAndVerbose) {
  EXPECT_EQ(good({"-v", "x"}).verbosity, Verbosity::verbose);
  EXPECT_EQ(good({"-vv", "x"}).verbosity, Verbosity::very_verbose);
  EXPECT_EQ(good({"-vvv", "x"}).verbosity, Verbosity::very_verbose);
  EXPECT_EQ(good({"-v", "-q", "x"}).verbosity, Verbosity::quiet);
  EXPECT_EQ(good({"-q", "-v", "x"}).verbosity, Verbosity::verbose);
}

TEST(CommandLine, SetsEveryFlag) {
  const Options options = good({"--clean-env",
                                "--drop-identity",
                                "--keep-existing",
                                "--wait-for-access",
                                "--mask-ci",
                                "--timings",
                                "x"});
  EXPECT_TRUE(options.clean_env && options.drop_identity && options.keep_existing &&
              options.wait_for_access && options.mask_ci && options.timings);
}

TEST(CommandLine, IsNeverAbbreviated) {
  for (const char* word : {"--conf", "--con", "--verb", "--he"}) {
    expect_holds(bad({word, "x"}), fmt::format("'{}'", word));
  }
  expect_holds(bad({"--confg", "f", "x"}), "--config");
  expect_holds(bad({"--time-out=5", "x"}), "--timeout");
  expect_holds(bad({"--prof", "x"}), "did you mean '--profile'?");
  expect_holds(bad({"--keep-e", "x"}), "did you mean '--keep-existing'?");
}

TEST(CommandLine, RefusesWhatIsWrong) {
  for (const Texts& words : {Texts{},
                             Texts{"-v"},
                             Texts{"--"},
                             Texts{"-x", "y"},
                             Texts{"-vx", "y"},
                             Texts{"--no-such", "y"},
                             Texts{"--clean-env=yes", "y"},
                             Texts{"--config"},
                             Texts{"-c"},
                             Texts{"--config=", "y"},
                             Texts{"-c", "", "y"},
                             Texts{"--only", "A,,B", "y"},
                             Texts{"--only=,", "y"}}) {
    EXPECT_FALSE(parse(words).problems.empty()) << fmt::format("{}", fmt::join(words, " "));
    EXPECT_EQ(parse(words).options.verb, Verb::run);
  }
}

TEST(CommandLine, TellsEverythingThatIsWrongAtOnce) {
  EXPECT_EQ(parse({"--nope", "--config=", "--only=A,,B", "--clean-env=x", "y"}).problems.size(),
            4U);
}

TEST(CommandLine, NeverShowsAValue) {
  for (const Texts& words : {Texts{"--vault-token=s3cret", "x"},
                             Texts{"--clean-env=s3cret", "x"},
                             Texts{"-es3cret"},
                             Texts{"list", "s3cret"},
                             Texts{"completion", "s3cret"}}) {
    for (const Error& error : parse(words).problems) {
      expect_lacks(error.message() + error.hint(), "s3cret");
    }
  }
}

// design.md §2
TEST(CommandLine, OfASubcommandTakesOptionsOnBothSides) {
  const Options options = good({"-v", "read", "-o", "f", "db-password", "--vault", "kv1"});
  EXPECT_EQ(options.verb, Verb::read);
  EXPECT_EQ(options.operands, Texts{"db-password"});
  EXPECT_EQ(options.output, "f");
  EXPECT_EQ(options.vault, "kv1");
}

TEST(CommandLine, KnowsASubcommandBehindTheValueOfAnOption) {
  EXPECT_EQ(good({"-c", "read", "list"}).verb, Verb::list);
  EXPECT_EQ(good({"-vc", "read", "list"}).verb, Verb::list);
  EXPECT_EQ(good({"--vault", "check", "sh"}).verb, Verb::run);
}

TEST(CommandLine, OfCheckTakesACommandWithOrWithoutTheDash) {
  for (const Texts& words :
       {Texts{"check", "--", "sh", "-c", "x"}, Texts{"check", "sh", "-c", "x"}}) {
    const Options options = good(words);
    EXPECT_EQ(options.verb, Verb::check);
    EXPECT_EQ(options.operands, (Texts{"sh", "-c", "x"}));
  }
  EXPECT_TRUE(good({"check"}).operands.empty());
}

TEST(CommandLine, OfASubcommandIsWrongWithStatusTwo) {
  for (const Texts& words : {Texts{"read"},
                             Texts{"read", "a", "b"},
                             Texts{"list", "x"},
                             Texts{"doctor", "x"},
                             Texts{"init", "x"},
                             Texts{"export", "--format", "sh", "x"},
                             Texts{"render", "a", "b"},
                             Texts{"completion"},
                             Texts{"completion", "tcsh"},
                             Texts{"list", "--force"},
                             Texts{"check", "-o", "f"}}) {
    const Parsed parsed = parse(words);
    EXPECT_FALSE(parsed.problems.empty()) << fmt::format("{}", fmt::join(words, " "));
    EXPECT_EQ(subcommand_status(parsed.problems), 2);
  }
}

TEST(CommandLine, KnowsOptionsOfSubcommandsNowhereElse) {
  expect_holds(bad({"-o", "f", "x"}), "-o");
  expect_holds(bad({"--force", "x"}), "--force");
  expect_holds(bad({"--format", "json", "x"}), "--format");
  expect_holds(bad({"--force", "x"}), "'--force' is for export, init");
  expect_holds(parse({"check", "-o", "f"}).problems.at(0).hint(),
               "'-o' is for read, export, render");
}

TEST(CommandLine, TakesNoBlanksAroundANameInAList) {
  EXPECT_EQ(good({"--unset", "A, B ,C", "x"}).unset, (Texts{"A", "B", "C"}));
  EXPECT_FALSE(parse({"--unset", "A, ,B", "x"}).problems.empty());
}

TEST(CommandLine, NeedsNoCommandForHelpAndVersion) {
  EXPECT_TRUE(good({"--help"}).help);
  EXPECT_TRUE(good({"-h"}).help);
  EXPECT_TRUE(good({"--version"}).version);
  EXPECT_TRUE(good({"read", "--help"}).help);
  EXPECT_EQ(good({"sh", "--help"}).operands, (Texts{"sh", "--help"}));
}

TEST(OptionTable, HasEveryNameAndLetterOnce) {
  std::set<std::string_view> names;
  std::set<char> letters;
  for (const OptionSpec& option : k_options) {
    EXPECT_TRUE(names.insert(option.name).second) << option.name;
    EXPECT_TRUE(option.letter == '\0' || letters.insert(option.letter).second) << option.letter;
    EXPECT_EQ(option.argument.empty(), option.value == ValueKind::none) << option.name;
    EXPECT_NE(help_text().find(fmt::format("--{}", option.name)), std::string::npos);
  }
  for (const VerbSpec& verb : k_verbs) {
    EXPECT_NE(help_text().find(fmt::format("kvrun {} ", verb.name)), std::string::npos);
  }
}

} // namespace
} // namespace kvrun::launcher
