// SPDX-License-Identifier: MIT
#include "tests/cli/subcommand/subcommand.hpp"

#include <fmt/format.h>

#include <string>

namespace kvrun::cli {
namespace {

TEST_F(Subcommand, ListTellsStateExpiryAndType) {
  const Outcome outcome = Call(emulator).run({"list", "--vault", "contoso-prod"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_holds(outcome.out, "hidden    enabled           -                     -\n");
  expect_holds(outcome.out, "old       enabled, expired  2020-01-01T00:00:00Z  -\n");
  expect_holds(outcome.out, "off       disabled          -                     text/plain\n");
  const Outcome json = Call(emulator).run({"list", "--vault", "contoso-prod", "--format", "json"});
  expect_holds(json.out, R"("name": "off", "state": "disabled")");
}

TEST_F(Subcommand, ListNeedsAVault) {
  const Outcome outcome = Call(emulator).run({"list"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "there is no default vault");
}

TEST(ListOfMany, HasAThousandSecrets) {
  std::string seed = "vaults:\n  contoso-prod:\n";
  for (int i = 0; i < 1000; ++i) {
    seed += fmt::format("    secret-{:04}: s3ntinel\n", i);
  }
  const Emulator emulator(seed);
  const Outcome list = Call(emulator).run({"list", "--vault", "contoso-prod"});
  EXPECT_EQ(lines_of(list.out).size(), 1000U) << list.err;
  const Call call(emulator);
  EXPECT_EQ(call.run({"init", "--vault", "contoso-prod"}).status, 0);
  expect_holds(call.folder.read("kvrun.yaml"), "  SECRET_0999: secret-0999\n");
}

} // namespace
} // namespace kvrun::cli
