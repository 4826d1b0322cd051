// SPDX-License-Identifier: MIT
#include "base/error.hpp"
#include "emulator/options.hpp"

#include <gtest/gtest.h>

namespace kvrun::emulator {
namespace {

Options parse(std::vector<std::string> words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size());
  for (std::string& word : words) {
    pointers.push_back(word.data());
  }
  return parse_options(pointers);
}

// The message and the hint of the error that these words are.
std::string error_of(const std::vector<std::string>& words) {
  try {
    parse(words);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.message() + "; " + error.hint();
  }
  return {};
}

TEST(EmulatorOptions, EndAtTheFirstOperandAndAtTwoDashes) {
  const Options options = parse({"--seed", "s.yaml", "--host=vm", "sh", "-c", "true", "--help"});
  EXPECT_EQ(options.seed, "s.yaml");
  EXPECT_EQ(options.kind(), HostKind::vm);
  EXPECT_FALSE(options.help);
  EXPECT_EQ(options.command, (std::vector<std::string>{"sh", "-c", "true", "--help"}));
  EXPECT_EQ(parse({"--", "--seed"}).command, std::vector<std::string>{"--seed"});
}

TEST(EmulatorOptions, DefaultToCloudShellAndNoCommand) {
  const Options options = parse({});
  EXPECT_EQ(options.kind(), HostKind::cloud_shell);
  EXPECT_TRUE(options.command.empty());
}

TEST(EmulatorOptions, NameTheNearestOfWhatIsUnknown) {
  EXPECT_EQ(error_of({"--sead", "x"}), "unknown option '--sead'; did you mean '--seed'?");
  EXPECT_EQ(error_of({"--host", "app-servise"}),
            "unknown host 'app-servise'; did you mean 'app-service'?");
}

TEST(EmulatorOptions, AreNeverAbbreviated) {
  EXPECT_NE(error_of({"--as-prox"}), "");
  EXPECT_NE(error_of({"-s"}), "");
}

TEST(EmulatorOptions, NeedTheirValueAndNoOther) {
  EXPECT_EQ(error_of({"--seed"}), "option '--seed' needs FILE; ");
  EXPECT_EQ(error_of({"--seed="}), "option '--seed' needs FILE; ");
  EXPECT_EQ(error_of({"--as-proxy=yes"}), "option '--as-proxy' takes no value; ");
}

TEST(EmulatorOptions, AreAllInTheHelp) {
  const std::string help = help_text();
  for (const char* word : {"--seed FILE",
                           "--host KIND",
                           "--counts FILE",
                           "--as-proxy",
                           "--as-hosts",
                           "-h, --help",
                           "--version",
                           "service-fabric"}) {
    EXPECT_NE(help.find(word), std::string::npos) << word;
  }
}

} // namespace
} // namespace kvrun::emulator
