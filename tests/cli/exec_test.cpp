// SPDX-License-Identifier: MIT
// The command is looked up and exec'd as env(1) does it: design.md §2, exit status; unix.md U15 to
// U17.
#include "tests/cli/run.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <tuple>

namespace kvrun::cli {
namespace {

struct Exec : Run {};

TEST_F(Exec, LooksForTheCommandBeforeItContactsAnyone) {
  const Call call(emulator, "vault: contoso-prod\nenv: { A: api-key }\n");
  call.folder.write("plain", "x");
  EXPECT_EQ(call.run({"--", "no-such-command"}).status, 127);
  EXPECT_EQ(call.run({"--", "./plain"}).status, 126);
  EXPECT_EQ(call.run({"--", "/"}).status, 126);
  EXPECT_EQ(emulator.connections("identity"), 0);
  EXPECT_EQ(emulator.connections("contoso-prod"), 0);
}

TEST_F(Exec, TellsOfExecAsEnvDoes) {
  const Call call(emulator, "vault: contoso-prod\nenv: { A: api-key }\n");
  call.folder.write("interpreter", "#!/no/such/interpreter\n", 0755);
  call.folder.write("script", "test \"$A\" = s3ntinel-key && test \"$1\" = 'a b'\n", 0755);
  call.folder.write("binary",
                    "\x7f"
                    "ELF no more\n",
                    0755);
  const Outcome missing = call.run({"--", "./interpreter"});
  EXPECT_EQ(missing.status, 127);
  expect_holds(missing.err, "its interpreter '/no/such/interpreter' is not there");
  EXPECT_EQ(run(call.plain({"/usr/bin/env", "./interpreter"})).status, 127);
  EXPECT_EQ(call.run({"--", "./script", "a b"}).status, 0); // the shell's, as execvp has it
}

TEST_F(Exec, TellsWhatIsWrongWithTheFirstLineOfAScript) {
  const Call call(emulator, "env: { A: { value: x } }\n");
  call.folder.write("plain", "x");
  for (const auto& [line, status, message] :
       {std::tuple("#!/no/such -u\n", 127, "its interpreter '/no/such' is not there"),
        std::tuple(
            "#! /etc/passwd/x\n", 126, "its interpreter '/etc/passwd/x' cannot be run: not a"),
        std::tuple(
            "#!./plain\n", 126, "its interpreter './plain' cannot be run: permission denied"),
        std::tuple(
            "#!/bin/sh\r\n", 127, "'./script': its first line ends with a carriage return")}) {
    call.folder.write("script", line, 0755);
    const Outcome outcome = call.run({"--", "./script"});
    EXPECT_EQ(outcome.status, status) << line;
    expect_holds(outcome.err, message);
    const Outcome check = call.run({"check", "--format", "json", "--", "./script"});
    EXPECT_EQ(check.status, 1) << line;
    expect_holds(check.err, message);
    expect_holds(check.out, fmt::format("\"status\": {}", status));
    EXPECT_EQ(run(call.plain({"/usr/bin/env", "./script"})).status, status) << line;
  }
}

TEST_F(Exec, TellsWhatIsThereAsNotRunnableAsEnvDoes) {
  Call call(emulator, "env: { A: { value: x } }\n");
  std::filesystem::create_directory(call.folder.path("tool"));
  std::filesystem::create_symlink("loop", call.folder.path("loop"));
  call.variables.front() = "PATH=" + call.folder.path();
  for (const std::string& name : {std::string("tool"),
                                  std::string("loop"),
                                  std::string(300, 'x'),
                                  std::string("/dev/null/x")}) {
    EXPECT_EQ(call.run({"--", name}).status, 126) << name;
    EXPECT_EQ(run(call.plain({"/usr/bin/env", name})).status, 126) << name;
    expect_holds(call.run({"check", "--format", "json", "--", name}).out, "\"status\": 126");
  }
}

TEST_F(Exec, HintsAtASubcommandThatIsMisspelt) {
  const Outcome outcome = Call(emulator).run({"-e", "A=a", "chekc"});
  expect_holds(outcome.err, "did you mean 'kvrun check'?");
}

TEST_F(Exec, NamesAValueThatIsTooLong) {
  const Call call(emulator, "env: { A: { value: x } }\n");
  call.folder.write("large.env", "BIG=" + std::string(200'000, 'x') + "\n");
  const Outcome outcome = call.run({"--env-file", "large.env", "--", "true"});
  EXPECT_EQ(outcome.status, 126);
  expect_holds(outcome.err, "BIG: too long for a variable");
}

// Its length is known before anything is sent, whatever else fails then.
TEST_F(Exec, TellsOfALiteralThatIsTooLongBeforeItContactsAnyone) {
  const Call call(emulator,
                  "vault: contoso-prod\nenv: { A: nowhere, B: { value: '" +
                      std::string(140'000, 'x') + "' } }\n");
  const Outcome outcome = call.run({"--", "true"});
  EXPECT_EQ(outcome.status, 126);
  expect_holds(outcome.err, "B: too long for a variable");
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

} // namespace
} // namespace kvrun::cli
