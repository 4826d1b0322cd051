// SPDX-License-Identifier: MIT
// What a run gives its command, and how much it asks for: design.md §1, §4.
#include "tests/cli/run.hpp"

#include <fmt/format.h>

#include <signal.h>

#include <algorithm>
#include <string>
#include <vector>

namespace kvrun::cli {
namespace {

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

TEST_F(Run, SaysNothingWhenAllGoesWell) {
  const Call call(emulator, "vault: contoso-prod\nenv: { DB: db-password }\n");
  const Outcome outcome = call.run(k_dump);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out, "ran\n");
  EXPECT_EQ(value_of(call, "DB"), "s3ntinel db");
}

TEST_F(Run, GivesEveryKindOfEntryToTheByte) {
  const Call call(emulator, R"(
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
  Call call(emulator, "vault: contoso-prod\nenv: { NEW: api-key, OLD: api-key }\n");
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
  const Call call(emulator);
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
  Call call(emulator);
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
  const Call call(emulator, "env: { A: { value: x } }\n");
  EXPECT_EQ(call.run({"--", "sh", "-c", "exit 7"}).status, 7);
  EXPECT_EQ(call.run({"--", "sh", "-c", "exit 125"}).status, 125);
  const Outcome killed = call.run({"--", "sh", "-c", "kill -TERM $$"});
  EXPECT_TRUE(killed.by_signal);
  EXPECT_EQ(killed.status, 128 + SIGTERM);
}

TEST_F(Run, GivesTheCommandItsWordsAsTheyAre) {
  const Call call(emulator, "env: { A: { value: x } }\n");
  const Outcome outcome = call.run(
      {"-q", "--", "sh", "-c", R"(printf '<%s>' "$0" "$@")", "", "a b", "--vault", "*", "$A"});
  EXPECT_EQ(outcome.out, "<><a b><--vault><*><$A>");
}

// rules A1
TEST_F(Run, MayProvideNothingWhereThatIsWhatWasSaid) {
  const Call call(emulator);
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
  Call call(emulator, "env: { A: { value: x } }\n");
  call.variables.emplace_back("nameless");
  EXPECT_EQ(call.run({"--clean-env", "env"}).out,
            run(call.plain({"/usr/bin/env", "-i", "A=x", "env"})).out);
}

TEST_F(Run, PrintsHelpAndVersionOnStdout) {
  const Call call(emulator);
  for (const char* word : {"--help", "--version"}) {
    const Outcome outcome = call.run({word});
    EXPECT_EQ(outcome.status, 0);
    EXPECT_EQ(outcome.err, "");
    expect_holds(outcome.out, "kvrun");
  }
}

TEST_F(Run, IsQuietAboutWarningsOnDemand) {
  const Call call(emulator, "vault: contoso-prod\nenv: { A: expired }\n");
  const Outcome warned = call.run({"--", "true"});
  EXPECT_EQ(warned.status, 0);
  expect_holds(warned.err, "kvrun: warning: A: contoso-prod/expired");
  EXPECT_EQ(call.run({"-q", "--", "true"}).err, "");
  const Outcome strict = Call(emulator, "vault: contoso-prod\nexpired: fail\nenv: { A: expired }\n")
                             .run({"--", "true"});
  EXPECT_EQ(strict.status, 123);
}

TEST_F(Run, LetsTheVaultBeNamedByTheEnvironment) {
  Call call(emulator, "env: { A: api-key }\n");
  call.variables.emplace_back("KVRUN_VAULT=contoso-prod");
  EXPECT_EQ(call.run({"--", "true"}).status, 0);
}

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
  Emulator emulator(k_vault);
  const Call call(emulator, "env: { A: { value: x } }\n");
  EXPECT_EQ(call.run({"--", "true"}).status, 0);
  EXPECT_EQ(emulator.connections("identity"), 0);
}

} // namespace
} // namespace kvrun::cli
