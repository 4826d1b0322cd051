// SPDX-License-Identifier: MIT
// What is told when the command is not started, all of it in one run: design.md §1, §2.
#include "tests/cli/run.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <filesystem>
#include <string>
#include <vector>

namespace kvrun::cli {
namespace {

struct Refusal : Run {};

TEST_F(Refusal, TellsEveryProblemAtOnceAndStartsNothing) {
  const Call call(emulator, R"(
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

TEST_F(Refusal, TellsEveryFaultOfTheConfigAtOnceAndContactsNobody) {
  const Call call(emulator,
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
  EXPECT_EQ(emulator.connections("contoso-prod.vault.azure.net"), 0);
  EXPECT_EQ(emulator.connections("identity"), 0);
}

TEST_F(Refusal, TellsWhatElseIsWrongWhereNoRunnerMasks) {
  const Call call(emulator, "vault: contoso-prod\nenv: { A: my_a }\n");
  const Outcome outcome = call.run({"--mask-ci", "--", "no-such-command"});
  EXPECT_EQ(outcome.status, 125);
  for (const char* told : {"--mask-ci: neither", "kvrun.yaml:2:11", "command not found"}) {
    expect_holds(outcome.err, told);
  }
}

TEST_F(Refusal, HandsNoUrlOfAVaultOnAsText) {
  const Call call(emulator);
  call.folder.write("e.env", "A=https://contoso-prod.vault.azure.net:8443/secrets/a\n");
  EXPECT_EQ(call.run({"--env-file", "e.env", "--", "true"}).status, 125);
}

// rules A1
TEST_F(Refusal, IsRefusedWithNothingToProvide) {
  const Call call(emulator);
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

TEST_F(Refusal, IsRefusedWithAWrongCommandLine) {
  const Call call(emulator, "env: { A: { value: x } }\n");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{}, {"--no-such", "true"}, {"--timeout", "soon", "true"}, {"-c"}}) {
    EXPECT_EQ(call.run(words).status, 125);
  }
  EXPECT_EQ(call.run({"read"}).status, 2);
}

TEST_F(Refusal, RefusesAVaultThatIsNotThere) {
  const Call call(emulator, "vault: contoso-none\nenv: { A: api-key }\n");
  const Outcome outcome = call.run({"--timeout", "2s", "--", "true"});
  EXPECT_NE(outcome.status, 0);
  expect_holds(outcome.err, "contoso-none.vault.azure.net");
}

// design.md §1: at any verbosity.
TEST_F(Refusal, TellsNoSecretHoweverVerbose) {
  const Call call(emulator, R"(
vault: contoso-prod
env: { A: api-key, B: { ref: expired }, C: absent, D: "odd#/x" }
)");
  const Outcome outcome = call.run({"-vv", "--timings", "--", "true"});
  EXPECT_EQ(outcome.status, 123);
  expect_holds(outcome.err, "expired on 2020-01-01T00:00:00Z");
  expect_holds(outcome.err, "GET contoso-prod/api-key: 200");
  expect_lacks(call.run({"-v", "--timings", "--", "true"}).err, "GET ");
}

// The kernel raises SIGXFSZ there.
TEST_F(Refusal, TellsOfTheLimitOfFileSizes) {
  Call call(emulator, "env: { A: { value: x } }\n");
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

} // namespace
} // namespace kvrun::cli
