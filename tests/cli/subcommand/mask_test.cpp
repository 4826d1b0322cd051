// SPDX-License-Identifier: MIT
// `--mask-ci` of a run and of the subcommands: design.md §2.
#include "tests/cli/subcommand/subcommand.hpp"
#include "tests/fakes/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace kvrun::cli {
namespace {

using Words = std::vector<std::string>;

TEST(MaskedRun, TellsTheRunnerEachLineOfFourBytesOrMoreOfEachSecret) {
  const Emulator emulator(
      R"(vaults: { contoso-prod: { lines: "100%\r\nab\rcd\nxyz", app: '{"B":"deep"}' } })");
  for (const auto& [variable, told] :
       {std::pair("GITHUB_ACTIONS=true",
                  "::add-mask::deep\n::add-mask::100%25\n::add-mask::ab%0Dcd\n"),
        std::pair("TF_BUILD=True",
                  "##vso[task.setsecret]deep\n##vso[task.setsecret]100%AZP25\n"
                  "##vso[task.setsecret]ab%0Dcd\n")}) {
    Call call(
        emulator,
        "vault: contoso-prod\nbundles: [{ ref: app }]\nfiles: { A: lines }\n"
        "env: { LOG_LEVEL: { value: info }, FALLBACK: { ref: nowhere, default: fallback } }\n");
    call.variables.emplace_back(variable);
    const Outcome outcome = call.run({"--mask-ci", "--", "true"});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, told);
  }
}

TEST_F(Subcommand, ARunIsRefusedWhereItsMasksWouldStay) {
  Call call(emulator, k_config);
  EXPECT_EQ(call.run({"--mask-ci", "--", "touch", "ran"}).status, 125);
  call.variables.emplace_back("GITHUB_ACTIONS=true");
  const std::string file = call.folder.write("log", "");
  call.prepare = [&file] { ::dup2(::open(file.c_str(), O_WRONLY), STDERR_FILENO); };
  EXPECT_EQ(call.run({"--mask-ci", "--", "touch", "ran"}).status, 125);
  expect_holds(call.folder.read("log"), "stderr is a file or a terminal");
  const fakes::Terminal terminal;
  call.prepare = [&terminal] { ::dup2(terminal.side(), STDERR_FILENO); };
  EXPECT_EQ(call.run({"--mask-ci", "--", "touch", "ran"}).status, 125);
  expect_holds(terminal.shown(), "stderr is a file or a terminal");
  call.prepare = [] { ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO); };
  EXPECT_EQ(call.run({"--mask-ci", "--", "touch", "ran"}).status, 125);
  call.prepare = [] { ::close(STDERR_FILENO); };
  EXPECT_EQ(call.run({"--mask-ci", "--", "touch", "ran"}).status, 125);
  EXPECT_FALSE(call.folder.has("ran"));
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

TEST_F(Subcommand, MasksWhatItPrints) {
  for (const auto& [variable, command] : {std::pair("GITHUB_ACTIONS=true", "::add-mask::"),
                                          std::pair("TF_BUILD=True", "##vso[task.setsecret]")}) {
    Call call(emulator, k_config);
    call.variables.emplace_back(variable);
    call.folder.write("in", "x{{ json-one#/a/b }}");
    for (const Words& words :
         {Words{"read", "json-one#/a/b"},
          Words{"render", "in"},
          Words{"export", "--format", "sh", "-e", "A=json-one#/a/b", "--only", "A"}}) {
      Words masking = words;
      masking.emplace_back("--mask-ci");
      const Outcome outcome = call.run(masking);
      EXPECT_EQ(outcome.status, 0) << words[0];
      expect_holds(outcome.out, "deep");
      expect_holds(outcome.err, std::string(command) + "deep\n");
    }
  }
}

TEST_F(Subcommand, MasksAValueAsAFilterHasMadeItToo) {
  Call call(emulator, k_config);
  call.variables.emplace_back("GITHUB_ACTIONS=true");
  call.folder.write("in", "{{ plain | base64 }}");
  const Outcome outcome = call.run({"render", "in", "--mask-ci"});
  EXPECT_EQ(outcome.err, "::add-mask::it's\n::add-mask::" + outcome.out + "\n");
}

TEST_F(Subcommand, RefusesToMaskWhereNoRunnerReads) {
  const Call call(emulator, k_config);
  for (const Words& words : {Words{"check"},
                             Words{"read", "plain"},
                             Words{"export", "--format", "sh"},
                             Words{"render", "kvrun.yaml"},
                             Words{"list"},
                             Words{"doctor"},
                             Words{"init", "-o", "new.yaml"}}) {
    Words masking = words;
    masking.emplace_back("--mask-ci");
    const Outcome outcome = call.run(masking);
    EXPECT_EQ(outcome.status, 2) << words[0];
    EXPECT_EQ(outcome.out, "") << words[0];
    expect_holds(outcome.err, "--mask-ci: neither GitHub Actions nor Azure Pipelines runs this");
  }
  EXPECT_FALSE(call.folder.has("new.yaml"));
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

} // namespace
} // namespace kvrun::cli
