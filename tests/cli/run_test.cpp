// SPDX-License-Identifier: MIT
// What a run gives its command, and what it ends with: design.md §1, §2.
#include "tests/cli/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

namespace kvrun::cli {
namespace {

constexpr std::string_view k_seed = R"(
vaults:
  contoso-prod:
    db-password: "s3ntinel db"
    api-key: s3ntinel-key
    odd: "s3ntinel $HOME `id` 'q' \"d\" \\ \t\n\n{{ x }} \u00e4 \U0001F511 "
    empty: ""
    app: '{"ONE": "s3ntinel-1", "TWO": 2.50}'
    pointed: '{"a": {"b": "s3ntinel-b"}}'
    nul: "s3ntinel\0"
    disabled: { value: s3ntinel, enabled: false }
    expired: { value: s3ntinel-old, expires: 2020-01-01T00:00:00Z }
    large: "s3ntinel"
)";

// Prints nothing but that it ran; the environment goes to a file.
const std::vector<std::string> k_dump{
    "--", "sh", "-c", "cat /proc/self/environ > environ; echo ran"};

std::vector<std::string> environ_of(const Call& call) {
  std::vector<std::string> entries;
  const std::string text = call.folder.read("environ");
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\0', at);
    entries.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return entries;
}

std::string value_of(const Call& call, const std::string& name) {
  for (const std::string& entry : environ_of(call)) {
    if (entry.starts_with(name + "=")) {
      return entry.substr(name.size() + 1);
    }
  }
  return "(unset)";
}

class Run : public testing::Test {
protected:
  Emulator emulator_{k_seed};
};

TEST_F(Run, SaysNothingWhenAllGoesWell) {
  const Call call(emulator_, "vault: contoso-prod\nenv: { DB: db-password }\n");
  const Outcome outcome = call.run(k_dump);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, "ran\n");
  EXPECT_EQ(value_of(call, "DB"), "s3ntinel db");
}

TEST_F(Run, GivesEveryKindOfEntryToTheByte) {
  const Call call(emulator_, R"(
vault: contoso-prod
env:
  ODD: odd
  EMPTY: empty
  POINTED: "pointed#/a/b"
  URL: { template: "p://{{ db-password | uri }}@h" }
  LITERAL: { value: "$HOME" }
  ABSENT: { ref: absent, default: fallback }
bundles: [ { ref: app, prefix: APP_ } ]
files: { FILE: odd }
)");
  const Outcome outcome =
      call.run({"--", "sh", "-c", "cat /proc/self/environ > environ; cat \"$FILE\" > file"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string odd =
      "s3ntinel $HOME `id` 'q' \"d\" \\ \t\n\n{{ x }} \xc3\xa4 \xf0\x9f\x94\x91 ";
  EXPECT_EQ(value_of(call, "ODD"), odd);
  EXPECT_EQ(call.folder.read("file"), odd);
  EXPECT_EQ(value_of(call, "EMPTY"), "");
  EXPECT_EQ(value_of(call, "POINTED"), "s3ntinel-b");
  EXPECT_EQ(value_of(call, "URL"), "p://s3ntinel%20db@h");
  EXPECT_EQ(value_of(call, "LITERAL"), "$HOME");
  EXPECT_EQ(value_of(call, "ABSENT"), "fallback");
  EXPECT_EQ(value_of(call, "APP_ONE"), "s3ntinel-1");
  EXPECT_EQ(value_of(call, "APP_TWO"), "2.50");
}

TEST_F(Run, KeepsTheRestOfTheEnvironmentAsItWas) {
  Call call(emulator_, "vault: contoso-prod\nenv: { NEW: api-key, OLD: api-key }\n");
  call.variables.insert(call.variables.end(), {"B=2", "OLD=x", "A=1", "A=again", "nameless", "C="});
  EXPECT_EQ(call.run(k_dump).status, 0);
  std::vector<std::string> expected = call.variables;
  *std::find(expected.begin(), expected.end(), "OLD=x") = "OLD=s3ntinel-key";
  expected.emplace_back("NEW=s3ntinel-key");
  // The shell is between kvrun and the file: it keeps what it can hold, so the file is not compared
  // whole.
  const Outcome direct = run({{KVRUN_BINARY, "--", "/bin/cp", "/proc/self/environ", "environ"},
                              call.variables,
                              call.folder.path(),
                              {}});
  EXPECT_EQ(direct.status, 0) << direct.err;
  EXPECT_EQ(environ_of(call), expected);
}

TEST_F(Run, NeedsNoConfigWithOptions) {
  const Call call(emulator_);
  EXPECT_EQ(call.run({"--vault",
                      "contoso-prod",
                      "-e",
                      "A=api-key",
                      "--",
                      "sh",
                      "-c",
                      "test \"$A\" = s3ntinel-key"})
                .status,
            0);
}

TEST_F(Run, ResolvesInheritedReferencesThatAreNamed) {
  Call call(emulator_);
  call.variables.insert(call.variables.end(),
                        {"A=kv://contoso-prod/api-key", "B=kv://contoso-prod/db-password"});
  const Outcome outcome = call.run({"--resolve",
                                    "A",
                                    "--",
                                    "sh",
                                    "-c",
                                    "test \"$A\" = s3ntinel-key && test \"$B\" = "
                                    "kv://contoso-prod/db-password"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_holds(outcome.err, "kvrun: warning: 'B'");
}

TEST_F(Run, EndsAsItsCommandDoes) {
  const Call call(emulator_, "env: { A: { value: x } }\n");
  EXPECT_EQ(call.run({"--", "sh", "-c", "exit 7"}).status, 7);
  EXPECT_EQ(call.run({"--", "sh", "-c", "exit 125"}).status, 125);
  const Outcome killed = call.run({"--", "sh", "-c", "kill -TERM $$"});
  EXPECT_TRUE(killed.by_signal);
  EXPECT_EQ(killed.status, 128 + SIGTERM);
}

TEST_F(Run, GivesTheCommandItsWordsAsTheyAre) {
  const Call call(emulator_, "env: { A: { value: x } }\n");
  const Outcome outcome = call.run(
      {"-q", "--", "sh", "-c", R"(printf '<%s>' "$0" "$@")", "", "a b", "--vault", "*", "$A"});
  EXPECT_EQ(outcome.out, "<><a b><--vault><*><$A>");
}

// ---- what it ends with when it does not start the command

TEST_F(Run, TellsEveryProblemAtOnceAndStartsNothing) {
  const Call call(emulator_, R"(
vault: contoso-prod
env: { A: absent, B: disabled, C: db-password, D: nul, E: "db-password#/x" }
bundles: [ { ref: api-key } ]
)");
  const Outcome outcome = call.run({"--", "sh", "-c", "echo ran > ran"});
  EXPECT_EQ(outcome.status, 123);
  EXPECT_FALSE(call.folder.has("ran"));
  EXPECT_EQ(outcome.out, "");
  for (const char* part : {"A: contoso-prod/absent: 404 SecretNotFound (request ",
                           "B: contoso-prod/disabled: 403 SecretDisabled (request ",
                           "D: contoso-prod/nul",
                           "the value holds a NUL byte",
                           "E: contoso-prod/db-password",
                           "bundle contoso-prod/api-key"}) {
    expect_holds(outcome.err, part);
  }
  expect_lacks(outcome.err, "C: ");
  for (const std::string& line : lines_of(outcome.err)) {
    EXPECT_TRUE(line.starts_with("kvrun: error: ") || line.starts_with("kvrun: hint: ")) << line;
  }
}

TEST_F(Run, TellsEveryFaultOfTheConfigAtOnceAndContactsNobody) {
  const Call call(emulator_,
                  "vault: contoso-prod\nenv:\n  A: bad_name\n  1B: x\n  C: { value: x, decode: hex "
                  "}\nzzz: 1\n");
  const Outcome outcome = call.run({"--", "no-such-command"});
  EXPECT_EQ(outcome.status, 125);
  for (const char* place : {"kvrun.yaml:3:6: ",
                            "kvrun.yaml:4:3: ",
                            "kvrun.yaml:5:",
                            "kvrun.yaml:6:1: ",
                            "'no-such-command': command not found"}) {
    expect_holds(outcome.err, place);
  }
  EXPECT_EQ(emulator_.connections("contoso-prod.vault.azure.net"), 0);
  EXPECT_EQ(emulator_.connections("identity"), 0);
}

TEST_F(Run, LooksForTheCommandBeforeItContactsAnyone) {
  const Call call(emulator_, "vault: contoso-prod\nenv: { A: api-key }\n");
  call.folder.write("plain", "x");
  EXPECT_EQ(call.run({"--", "no-such-command"}).status, 127);
  EXPECT_EQ(call.run({"--", "./plain"}).status, 126);
  EXPECT_EQ(call.run({"--", "/"}).status, 126);
  EXPECT_EQ(emulator_.connections("identity"), 0);
  EXPECT_EQ(emulator_.connections("contoso-prod"), 0);
}

TEST_F(Run, TellsOfExecAsEnvDoes) {
  const Call call(emulator_, "vault: contoso-prod\nenv: { A: api-key }\n");
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

TEST_F(Run, TellsWhatIsWrongWithTheFirstLineOfAScript) {
  const Call call(emulator_, "env: { A: { value: x } }\n");
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

TEST_F(Run, TellsWhatIsThereAsNotRunnableAsEnvDoes) {
  Call call(emulator_, "env: { A: { value: x } }\n");
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

// The kernel raises SIGXFSZ there.
TEST_F(Run, TellsOfTheLimitOfFileSizes) {
  Call call(emulator_, "env: { A: { value: x } }\n");
  call.folder.write("files.yaml", "files: { F: { value: x } }\n");
  call.folder.write("names.env", "A=\n");
  call.folder.write("text", "text\n");
  call.prepare = [] {
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_FSIZE, &none);
  };
  const auto expect_told =
      [&](const std::vector<std::string>& words, int status, const char* what) {
        const Outcome outcome = call.run(words);
        EXPECT_EQ(outcome.status, status) << what;
        expect_holds(outcome.err, what);
        expect_holds(outcome.err, "kvrun: hint: raise the limit 'ulimit -f'");
      };
  expect_told({"-c", "files.yaml", "--", "touch", "ran"}, 125, "F: the in-memory file cannot be");
  expect_told({"--report", "report", "--", "touch", "ran"}, 125, "'report' cannot be written");
  expect_told({"export", "--format", "sh", "-o", "out"}, 1, "'out' cannot be written");
  expect_told({"render", "-o", "out", "text"}, 1, "'out' cannot be written");
  expect_told({"init", "--from-env", "names.env", "-o", "out"}, 1, "'out' cannot be written");
  for (const char* name : {"ran", "report", "out"}) {
    EXPECT_FALSE(call.folder.has(name)) << name;
  }
  const std::string to_file = fmt::format("{} export --format sh > out", KVRUN_BINARY);
  const Outcome outcome = run(call.plain({"/bin/sh", "-c", to_file}));
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "stdout cannot be written: file too large");
  const std::string silent = fmt::format("{} -- no-such-command 2> out", KVRUN_BINARY);
  EXPECT_EQ(run(call.plain({"/bin/sh", "-c", silent})).status, 127);
}

TEST_F(Run, NamesAValueThatIsTooLong) {
  const Call call(emulator_, "env: { A: { value: x } }\n");
  call.folder.write("large.env", "BIG=" + std::string(200'000, 'x') + "\n");
  const Outcome outcome = call.run({"--env-file", "large.env", "--", "true"});
  EXPECT_EQ(outcome.status, 126);
  expect_holds(outcome.err, "BIG: too long for a variable");
}

// rules A1
// Its length is known before anything is sent, whatever else fails then.
TEST_F(Run, TellsOfALiteralThatIsTooLongBeforeItContactsAnyone) {
  const Call call(emulator_,
                  "vault: contoso-prod\nenv: { A: nowhere, B: { value: '" +
                      std::string(140'000, 'x') + "' } }\n");
  const Outcome outcome = call.run({"--", "true"});
  EXPECT_EQ(outcome.status, 126);
  expect_holds(outcome.err, "B: too long for a variable");
  EXPECT_EQ(emulator_.requests("identity", "200"), 0);
}

TEST_F(Run, TellsWhatElseIsWrongWhereNoRunnerMasks) {
  const Call call(emulator_, "vault: contoso-prod\nenv: { A: my_a }\n");
  const Outcome outcome = call.run({"--mask-ci", "--", "no-such-command"});
  EXPECT_EQ(outcome.status, 125);
  for (const char* told : {"--mask-ci: neither", "kvrun.yaml:2:11", "command not found"}) {
    expect_holds(outcome.err, told);
  }
}

TEST_F(Run, HandsNoUrlOfAVaultOnAsText) {
  const Call call(emulator_);
  call.folder.write("e.env", "A=https://contoso-prod.vault.azure.net:8443/secrets/a\n");
  EXPECT_EQ(call.run({"--env-file", "e.env", "--", "true"}).status, 125);
}

TEST_F(Run, HintsAtASubcommandThatIsMisspelt) {
  const Outcome outcome = Call(emulator_).run({"-e", "A=a", "chekc"});
  expect_holds(outcome.err, "did you mean 'kvrun check'?");
}

TEST_F(Run, IsRefusedWithNothingToProvide) {
  const Call call(emulator_);
  const Outcome outcome = call.run({"--", "true"});
  EXPECT_EQ(outcome.status, 125);
  expect_holds(outcome.err,
               fmt::format("nothing to provide: no kvrun.yaml in '{}'", call.folder.path()));
  std::filesystem::create_directory(call.folder.path("below"));
  call.folder.write("kvrun.yaml", "env: { A: { value: x } }\n");
  Start below = call.start({"--", "true"});
  below.directory = call.folder.path("below");
  const Outcome hinted = run(below);
  EXPECT_EQ(hinted.status, 125);
  expect_holds(hinted.err, fmt::format("kvrun -c {}", call.folder.path("kvrun.yaml")));
}

// rules A1
TEST_F(Run, MayProvideNothingWhereThatIsWhatWasSaid) {
  const Call call(emulator_);
  call.folder.write("empty", "");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"-c", "empty"},
                                                {"--env-file", "empty"},
                                                {"--resolve", "NONE_*"}}) {
    std::vector<std::string> running = words;
    running.insert(running.end(), {"--", "true"});
    const Outcome outcome = call.run(running);
    EXPECT_EQ(outcome.status, 0) << words[0];
    EXPECT_EQ(outcome.err, "") << words[0];
  }
}

// rules A15
TEST_F(Run, StartsFromNothingAsEnvDoes) {
  Call call(emulator_, "env: { A: { value: x } }\n");
  call.variables.emplace_back("nameless");
  EXPECT_EQ(call.run({"--clean-env", "env"}).out,
            run(call.plain({"/usr/bin/env", "-i", "A=x", "env"})).out);
}

TEST_F(Run, IsRefusedWithAWrongCommandLine) {
  const Call call(emulator_, "env: { A: { value: x } }\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"--no-such", "true"}, {"--timeout", "soon", "true"}, {"-c"}}) {
    EXPECT_EQ(call.run(words).status, 125);
  }
  EXPECT_EQ(call.run({"read"}).status, 2);
}

TEST_F(Run, PrintsHelpAndVersionOnStdout) {
  const Call call(emulator_);
  for (const char* word : {"--help", "--version"}) {
    const Outcome outcome = call.run({word});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    expect_holds(outcome.out, "kvrun");
  }
}

// design.md §1: at any verbosity.
TEST_F(Run, TellsNoSecretHoweverVerbose) {
  const Call call(emulator_, R"(
vault: contoso-prod
env: { A: api-key, B: { ref: expired }, C: absent, D: "odd#/x" }
)");
  const Outcome outcome = call.run({"-vv", "--timings", "--", "true"});
  EXPECT_EQ(outcome.status, 123);
  expect_holds(outcome.err, "expired on 2020-01-01T00:00:00Z");
  expect_holds(outcome.err, "GET contoso-prod/api-key: 200");
  expect_lacks(call.run({"-v", "--timings", "--", "true"}).err, "GET ");
}

TEST_F(Run, IsQuietAboutWarningsOnDemand) {
  const Call call(emulator_, "vault: contoso-prod\nenv: { A: expired }\n");
  const Outcome warned = call.run({"--", "true"});
  EXPECT_EQ(warned.status, 0);
  expect_holds(warned.err, "kvrun: warning: A: contoso-prod/expired");
  EXPECT_EQ(call.run({"-q", "--", "true"}).err, "");
  const Outcome strict =
      Call(emulator_, "vault: contoso-prod\nexpired: fail\nenv: { A: expired }\n")
          .run({"--", "true"});
  EXPECT_EQ(strict.status, 123);
}

TEST_F(Run, LetsTheVaultBeNamedByTheEnvironment) {
  Call call(emulator_, "env: { A: api-key }\n");
  call.variables.emplace_back("KVRUN_VAULT=contoso-prod");
  EXPECT_EQ(call.run({"--", "true"}).status, 0);
}

TEST_F(Run, RefusesAVaultThatIsNotThere) {
  const Call call(emulator_, "vault: contoso-none\nenv: { A: api-key }\n");
  const Outcome outcome = call.run({"--timeout", "2s", "--", "true"});
  EXPECT_NE(outcome.status, 0);
  expect_holds(outcome.err, "contoso-none.vault.azure.net");
}

// ---- how much is asked

TEST(Traffic, IsOneTokenAndOneRequestASecret) {
  std::string seed = "vaults:\n  contoso-prod:\n";
  std::string config = "vault: contoso-prod\nparallel: 4\nenv:\n";
  for (int i = 0; i < 8; ++i) {
    seed += fmt::format("    s{}: s3ntinel-{}\n", i, i);
  }
  seed += "latency: 20ms\n";
  for (int i = 0; i < 10; ++i) {
    config += fmt::format("  V{}: s{}\n", i, i % 8);
  }
  Emulator emulator(seed);
  const Call call(emulator, config);
  EXPECT_EQ(call.run({"--", "sh", "-c", "test \"$V9\" = s3ntinel-1"}).status, 0);
  EXPECT_EQ(emulator.requests("identity", "200"), 1) << emulator.counts();
  EXPECT_EQ(emulator.requests("contoso-prod.vault.azure.net", "200"), 8) << emulator.counts();
  EXPECT_EQ(emulator.requests("contoso-prod.vault.azure.net", "401"), 0);
  EXPECT_GE(emulator.connections("contoso-prod.vault.azure.net"), 1);
  EXPECT_LE(emulator.connections("contoso-prod.vault.azure.net"), 4);
}

TEST(Traffic, IsNoneForLiteralsAlone) {
  Emulator emulator(k_seed);
  const Call call(emulator, "env: { A: { value: x } }\n");
  EXPECT_EQ(call.run({"--", "true"}).status, 0);
  EXPECT_EQ(emulator.connections("identity"), 0);
}

} // namespace
} // namespace kvrun::cli
