// SPDX-License-Identifier: MIT
#include "tests/cli/subcommand/subcommand.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <string>

namespace kvrun::cli {
namespace {

TEST_F(Subcommand, InitWritesAConfigThatARunTakes) {
  const Call call(emulator);
  EXPECT_EQ(call.run({"init", "--vault", "contoso-prod"}).status, 0);
  const Outcome outcome =
      call.run({"--", "sh", "-c", R"(test "$HIDDEN" = s3ntinel-h && test -z "$OFF")"});
  EXPECT_EQ(outcome.status, 0) << outcome.err << call.folder.read("kvrun.yaml");
}

TEST_F(Subcommand, InitKeepsAConfigThatIsThere) {
  const Call call(emulator, "vault: contoso-prod\n");
  const Outcome outcome = call.run({"init"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "is there already");
  EXPECT_EQ(call.folder.read("kvrun.yaml"), "vault: contoso-prod\n");
  EXPECT_EQ(call.run({"init", "--force"}).status, 0);
  expect_holds(call.folder.read("kvrun.yaml"), "HIDDEN: hidden");
}

TEST_F(Subcommand, InitReplacesAConfigThatCannotBeReadWhereTheVaultIsGiven) {
  const auto expect_replaced = [](const Call& call) {
    EXPECT_EQ(call.run({"init", "--vault", "contoso-prod"}).status, 1);
    const Outcome outcome = call.run({"init", "--vault", "contoso-prod", "--force"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    expect_holds(call.folder.read("kvrun.yaml"), "HIDDEN: hidden");
  };
  const Call broken(emulator, "bad: [");
  expect_replaced(broken);

  const Call link(emulator);
  link.folder.write("target.yaml", "bad: [");
  std::filesystem::create_symlink("target.yaml", link.folder.path("kvrun.yaml"));
  expect_replaced(link);
  EXPECT_EQ(link.folder.read("target.yaml"), "bad: [");

  const Call untrusted(emulator);
  untrusted.folder.write("kvrun.yaml", "bad: [", 0666);
  expect_replaced(untrusted);
}

TEST_F(Subcommand, InitWritesTheConfigThatIsNamedAndNotThereYet) {
  const Call option(emulator);
  const Outcome outcome = option.run({"init", "--vault", "contoso-prod", "-c", "./kvrun.yaml"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  Call variable(emulator);
  variable.variables.insert(variable.variables.end(),
                            {"KVRUN_CONFIG=kvrun.yaml", "KVRUN_VAULT=contoso-prod"});
  EXPECT_EQ(variable.run({"init"}).status, 0);
  expect_holds(variable.folder.read("kvrun.yaml"), "HIDDEN: hidden");
}

TEST_F(Subcommand, InitReadsAnotherConfigThanTheOneThatItWrites) {
  const Call call(emulator, "bad: [");
  const Outcome outcome = call.run({"init", "--vault", "contoso-prod", "-o", "new.yaml"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "kvrun.yaml:1:");
}

TEST_F(Subcommand, InitTakesNamesFromADotenvFileAndNoValue) {
  const Call call(emulator);
  call.folder.write(".env", "DB_PASSWORD=s3ntinel-d\nPATH=/s3ntinel\nM='a\nb'\n");
  const Outcome outcome = call.run({"init", "--from-env", ".env"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string made = call.folder.read("kvrun.yaml");
  expect_holds(made, "  DB_PASSWORD: db-password\n");
  expect_holds(made, "  # PATH: path # ");
  expect_lacks(made, k_sentinel);
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

TEST_F(Subcommand, InitLeavesOutNamesThatNoVariableCanHave) {
  const Call call(emulator);
  call.folder.write(".env", "spring.datasource.url=s3ntinel\nMY-KEY='s3ntinel'\na/+b=\nDB=x\n");
  const Outcome outcome = call.run({"init", "--vault", "v-1", "--from-env", ".env"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_holds(outcome.err, "3 of 4 names could not be mapped");
  const std::string made = call.folder.read("kvrun.yaml");
  expect_holds(made, "  # spring.datasource.url # no variable's name");
  expect_holds(made, "  # MY-KEY # no variable's name");
  expect_holds(made, "  # line 3 # no variable's name");
  expect_holds(made, "  DB: db\n");
  expect_lacks(made, k_sentinel);
  expect_lacks(made, "a/+b");
}

TEST_F(Subcommand, InitReadsALargeDotenvFile) {
  const Call call(emulator);
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += fmt::format("VARIABLE_{}={}\n", i, std::string(5000, 'x'));
  }
  call.folder.write(".env", text);
  EXPECT_EQ(call.run({"init", "--from-env", ".env"}).status, 0);
  expect_holds(call.folder.read("kvrun.yaml"), "  VARIABLE_1999: variable-1999\n");
}

TEST_F(Subcommand, InitSaysWhatToDoWithMoreNamesThanAConfigHolds) {
  const Call call(emulator);
  std::string text;
  for (int i = 0; i < 40'000; ++i) {
    text += fmt::format("VARIABLE_{}=x\n", i);
  }
  call.folder.write(".env", text);
  const Outcome outcome = call.run({"init", "--from-env", ".env"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "kvrun.yaml: larger than 1 MiB");
  expect_holds(outcome.err, "hint: too many names: put those of secrets alone into a file");
  EXPECT_FALSE(call.folder.has("kvrun.yaml"));
}

TEST_F(Subcommand, InitTellsWhatIsWrongInADotenvFileAndWritesNothing) {
  const Call call(emulator);
  call.folder.write(".env", "A=1\nA=2\nno equals\n");
  const Outcome outcome = call.run({"init", "--from-env", ".env"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, ".env:2: ");
  expect_holds(outcome.err, ".env:3: ");
  EXPECT_FALSE(call.folder.has("kvrun.yaml"));
}

} // namespace
} // namespace kvrun::cli
