// SPDX-License-Identifier: MIT
#include "tests/cli/subcommand/subcommand.hpp"
#include "tests/fakes/terminal.hpp"

#include <unistd.h>

#include <string>
#include <vector>

namespace kvrun::cli {
namespace {

TEST_F(Subcommand, ExportPrintsTheVariablesThatAreSet) {
  const Outcome outcome =
      Call(emulator, k_config)
          .run({"export", "--format", "sh", "--only", "PLAIN,LOG_LEVEL,ABSENT"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "export PLAIN='it'\\''s\n$x'\nexport LOG_LEVEL='info'\n");
}

TEST_F(Subcommand, ExportNamesEveryValueThatTheFormatCannotHoldAndPrintsNothing) {
  const Call call(emulator, "vault: contoso-prod\nenv: { A: plain, B: hidden, C: plain }\n");
  for (const char* format : {"dotenv", "docker"}) {
    const Outcome outcome = call.run({"export", "--format", format});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    expect_holds(outcome.err, "error: A: ");
    expect_holds(outcome.err, "error: C: ");
    expect_lacks(outcome.err, "error: B: ");
  }
}

TEST_F(Subcommand, ExportNamesFilesUnlessTheyAreLeftOut) {
  const Call call(emulator,
                  "vault: contoso-prod\nenv: { A: plain }\nfiles: { KEY_FILE: hidden }\n");
  const Outcome all = call.run({"export", "--format", "json"});
  EXPECT_EQ(all.status, 1);
  EXPECT_EQ(all.out, "");
  expect_holds(all.err, "KEY_FILE");
  EXPECT_EQ(call.run({"export", "--format", "json", "--only", "A"}).out,
            "{\n  \"A\": \"it's\\n$x\"\n}\n");
}

TEST_F(Subcommand, ExportShowsNothingOnATerminalUnlessItIsForced) {
  for (const bool force : {false, true}) {
    Call call(emulator, k_config);
    const fakes::Terminal terminal;
    call.prepare = [&terminal] { ::dup2(terminal.side(), 1); };
    std::vector<std::string> words{"export", "--format", "json", "--only", "LOG_LEVEL"};
    if (force) {
      words.emplace_back("--force");
    }
    const Outcome outcome = call.run(words);
    EXPECT_EQ(outcome.status, force ? 0 : 1) << outcome.err;
    EXPECT_EQ(!terminal.shown().empty(), force);
  }
}

} // namespace
} // namespace kvrun::cli
