// SPDX-License-Identifier: MIT
#include "tests/cli/subcommand/subcommand.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace kvrun::cli {
namespace {

TEST_F(Subcommand, WrongCommandLinesAreToldBeforeAnythingIsContacted) {
  const Call call(emulator, k_config);
  for (const auto& [words, text] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"export"}, "needs '--format FORMAT'"},
           {{"export", "--format", "dotnev"}, "did you mean 'dotenv'?"},
           {{"export", "--format", ""}, "empty value"},
           {{"check", "--format", "jsn"}, "did you mean 'json'?"},
           {{"list", "--format", "yaml"}, "there is no format 'yaml'"},
           {{"read"}, "takes one REFERENCE"},
           {{"read", "a", "b"}, "takes one REFERENCE"},
           {{"read", "a_b"}, "no secret reference"},
           {{"render", "a", "b"}, "takes one FILE"},
           {{"list", "x"}, "takes no operand"},
           {{"doctor", "x"}, "takes no operand"},
           {{"init", "x"}, "takes no operand"},
           {{"completion"}, "bash, zsh and fish"},
           {{"completion", "tcsh"}, "bash, zsh and fish"},
           {{"check", "-o", "x"}, "unknown option '-o'"},
           {{"list", "--force"}, "unknown option '--force'"},
           {{"check", "-c", "-"}, "the config cannot be read from stdin"},
           {{"check", "--env-file", "-"}, "an env file cannot be read from stdin"},
           {{"check", "--timeout", "soon"}, "--timeout: not a duration"},
           {{"check", "-e", "1A=b"}, "is no variable name"},
           {{"check", "--only", "PLAN"}, "did you mean 'PLAIN'?"}}) {
    const Outcome outcome = call.run(words);
    EXPECT_EQ(outcome.status, 2) << words[0] << outcome.err;
    EXPECT_EQ(outcome.out.find("PLAIN"), std::string::npos) << words[0];
    expect_holds(outcome.err, text);
  }
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

TEST_F(Subcommand, AProfileWithoutAConfigIsAWrongCommandLineWhereAnOptionNamesIt) {
  Call call(emulator);
  EXPECT_EQ(call.run({"check", "-p", "x"}).status, 2);
  call.variables.emplace_back("KVRUN_PROFILE=x");
  EXPECT_EQ(call.run({"check"}).status, 1);
}

TEST_F(Subcommand, WhatIsWrongInAFileNamedAsAnOptionIsNoWrongCommandLine) {
  const Call call(emulator, k_config);
  for (const char* name : {"-x", "-e", "--only"}) {
    call.folder.write(name, "{{ a_b }}");
    const Outcome outcome = call.run({"render", "--", name});
    EXPECT_EQ(outcome.status, 1) << name;
    expect_holds(outcome.err, std::string(name) + ":1:4: ");
  }
}

TEST_F(Subcommand, HelpThatCannotBeWrittenIsAProblem) {
  Call call(emulator);
  call.prepare = [] { ::dup2(::open("/dev/full", O_WRONLY), 1); };
  EXPECT_EQ(call.run({"check", "--help"}).status, 1);
  EXPECT_EQ(call.run({"check", "--version"}).status, 1);
  EXPECT_EQ(call.run({"--help"}).status, 125);
}

TEST_F(Subcommand, OptionsStandBeforeAndAfterTheSubcommand) {
  const Call call(emulator);
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--vault", "contoso-prod", "read", "json-one#/a/b"},
           {"read", "--vault", "contoso-prod", "json-one#/a/b"},
           {"read", "json-one#/a/b", "--vault", "contoso-prod"},
           {"read", "--vault=contoso-prod", "--", "json-one#/a/b"}}) {
    EXPECT_EQ(call.run(words).out, "deep") << words[0];
  }
}

TEST_F(Subcommand, CompletionNeedsNeitherConfigNorVault) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = Call(emulator, "no: config\n").run({"completion", shell});
    EXPECT_EQ(outcome.status, 0);
    expect_holds(outcome.out, "kvrun");
  }
}

} // namespace
} // namespace kvrun::cli
