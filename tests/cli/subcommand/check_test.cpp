// SPDX-License-Identifier: MIT
#include "tests/cli/subcommand/subcommand.hpp"

#include <fmt/format.h>

#include <array>
#include <ctime>
#include <string>
#include <vector>

namespace kvrun::cli {
namespace {

TEST_F(Subcommand, CheckTellsWhatARunWouldSetAndNoValue) {
  const Outcome outcome = Call(emulator, k_config).run({"check", "--", "sh", "-c", "touch ran"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const auto lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 5U) << outcome.out;
  expect_holds(lines[0], "HIDDEN     config  contoso-prod/hidden/");
  EXPECT_EQ(lines[1],
            "PLAIN      config  contoso-prod/plain/4387e9f3d6e14c459867679a90fd0f79   "
            "2099-01-01T00:00:00Z");
  const std::string blanks(47, ' ');
  EXPECT_EQ(lines[2], "LOG_LEVEL  config  literal" + blanks + "-");
  EXPECT_EQ(lines[3], "FALLBACK   config  default" + blanks + "-");
  EXPECT_EQ(lines[4], "ABSENT     config  absent " + blanks + "-");
}

// Nothing but that: no value, no length of one.
TEST_F(Subcommand, CheckTellsTheSameInJson) {
  const Outcome outcome =
      Call(emulator, k_config)
          .run({"check", "--format", "json", "--only", "PLAIN", "--", "/bin/sh"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            R"({
  "ok": true,
  "variables": [
    { "name": "PLAIN", "source": "config", "state": "set", "secrets": ["contoso-prod/plain/4387e9f3d6e14c459867679a90fd0f79"], "expires": "2099-01-01T00:00:00Z", "file": false }
  ],
  "command": "/bin/sh",
  "warnings": [],
  "errors": []
}
)");
}

TEST_F(Subcommand, CheckTellsWhatIsKept) {
  Call call(emulator, k_config);
  call.variables.emplace_back("HIDDEN=set");
  const Outcome outcome =
      call.run({"check", "--keep-existing", "--only", "HIDDEN,LOG_LEVEL", "--format", "json"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_holds(outcome.out, R"({ "name": "HIDDEN", "source": "config", "state": "kept", )");
  EXPECT_EQ(emulator.requests("contoso-prod.vault.azure.net", "200"), 0);
}

TEST_F(Subcommand, CheckMissesNoNameOfAConfigThatCannotBeRead) {
  const Outcome outcome = Call(emulator).run({"check", "-c", "nowhere.yaml", "--only", "A"});
  EXPECT_EQ(outcome.status, 1);
  expect_lacks(outcome.err, "nothing maps");
}

TEST_F(Subcommand, CheckDoesNotRunTheCommand) {
  const Call call(emulator, k_config);
  EXPECT_EQ(call.run({"check", "touch", "ran"}).status, 0);
  EXPECT_FALSE(call.folder.has("ran"));
}

TEST_F(Subcommand, CheckMarksLiteralsOfAnEnvFile) {
  const Call call(emulator);
  call.folder.write("vars.env", "A=text\nB=kv://contoso-prod/hidden\n");
  const Outcome outcome = call.run({"check", "--env-file", "vars.env"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_holds(outcome.out, "A  env file  literal");
  expect_holds(outcome.out, "B  env file  contoso-prod/hidden/");
}

TEST_F(Subcommand, CheckFindsWhatWouldStopARun) {
  const Call call(emulator, k_config);
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"check", "-e", "A=off"},
                                             {"check", "-e", "A=nowhere"},
                                             {"check", "--", "no-such-command"},
                                             {"check", "-c", "nowhere.yaml"},
                                             {"check", "-e", "A=kv://contoso-none/a"}}) {
    const Outcome outcome = call.run(words);
    EXPECT_EQ(outcome.status, 1) << words[1] << words[2] << outcome.err;
    expect_holds(outcome.err, "kvrun: error: ");
  }
}

TEST_F(Subcommand, CheckShowsTheVariablesWhateverIsWrongWithTheCommand) {
  const Call call(emulator, k_config);
  const Outcome outcome = call.run({"check", "-e", "A=nowhere", "--", "no-such-command"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.out, "contoso-prod/hidden/");
  expect_holds(outcome.err, "no-such-command");
  expect_holds(outcome.err, "A: contoso-prod/nowhere: 404");
}

TEST_F(Subcommand, CheckFindsAVariableThatIsTooLong) {
  const Call call(emulator);
  call.folder.write("vars.env", "A=" + std::string(140'000, 'x') + "\n");
  const Outcome outcome = call.run({"check", "--env-file", "vars.env"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "A: too long for a variable");
}

TEST_F(Subcommand, CheckFailsForAnExpiredSecretOnlyWhereTheConfigSaysSo) {
  for (const auto& [policy, status] : {std::pair("warn", 0), std::pair("fail", 1)}) {
    const Outcome outcome =
        Call(emulator, fmt::format("vault: contoso-prod\nexpired: {}\nenv: {{ A: old }}\n", policy))
            .run({"check"});
    EXPECT_EQ(outcome.status, status) << outcome.err;
    expect_holds(outcome.err, "expired on 2020-01-01T00:00:00Z");
  }
}

TEST_F(Subcommand, CheckPrintsJsonForAConfigWithProblemsToo) {
  const Outcome bad = Call(emulator, "env: { A: a_b }\n").run({"check", "--format=json"});
  EXPECT_EQ(bad.status, 1);
  expect_holds(bad.out, "\"ok\": false");
  expect_holds(bad.out, "\"status\": 125");
}

TEST_F(Subcommand, CheckSaysThatThereIsNothingToProvide) {
  const Outcome outcome = Call(emulator).run({"check"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "nothing to provide");
}

TEST(CheckOfExpiry, WarnsOfASecretThatExpiresWithinThirtyDays) {
  const auto in_days = [](int days) {
    const std::time_t when = std::time(nullptr) + days * 86'400 + 3600;
    std::array<char, 32> text{};
    std::tm utc{};
    ::gmtime_r(&when, &utc);
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return std::string(text.data());
  };
  const Emulator emulator(
      fmt::format("vaults: {{ contoso-prod: {{ soon: {{ value: s3ntinel, expires: {} }}, far: {{ "
                  "value: s3ntinel, expires: {} }} }} }}",
                  in_days(9),
                  in_days(31)));
  const Outcome outcome =
      Call(emulator, "vault: contoso-prod\nenv: { A: soon, B: soon, C: far }\n").run({"check"});
  EXPECT_EQ(outcome.status, 0);
  ASSERT_EQ(lines_of(outcome.err).size(), 1U) << outcome.err;
  expect_holds(outcome.err, "kvrun: warning: A, B: contoso-prod/soon/");
  expect_holds(outcome.err, ", in 9 days");
}

} // namespace
} // namespace kvrun::cli
