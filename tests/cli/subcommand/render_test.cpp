// SPDX-License-Identifier: MIT
#include "tests/cli/subcommand/subcommand.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace kvrun::cli {
namespace {

TEST_F(Subcommand, RenderFillsInAFile) {
  const Call call(emulator, k_config);
  call.folder.write("in", "a {{ plain | json }}\n{{{{ b }} {{json-one#/a/b}}");
  const Outcome outcome = call.run({"render", "in"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "a \"it's\\n$x\"\n{{ b }} deep");
}

TEST_F(Subcommand, RenderReadsStdin) {
  Call call(emulator, k_config);
  const std::string in = call.folder.write("in", "x{{ json-one#/a/b }}");
  call.prepare = [&in] { ::dup2(::open(in.c_str(), O_RDONLY), 0); };
  EXPECT_EQ(call.run({"render"}).out, "xdeep");
  EXPECT_EQ(call.run({"render", "-"}).out, "xdeep");
}

TEST_F(Subcommand, RenderTellsWhereEachProblemIsAndWritesNothing) {
  const Call call(emulator, k_config);
  call.folder.write("syntax", "a {{ b_c }}\n {{ plain | nope }}\n");
  const Outcome syntax = call.run({"render", "syntax", "-o", "out"});
  EXPECT_EQ(syntax.status, 1);
  expect_holds(syntax.err, "syntax:1:6: ");
  expect_holds(syntax.err, "syntax:2:13: ");
  call.folder.write("secrets", "a {{ nowhere }}\n\xC3\xA9 {{ plain }} {{ off }}\n");
  const Outcome secrets = call.run({"render", "secrets", "-o", "out"});
  EXPECT_EQ(secrets.status, 1);
  expect_holds(secrets.err, "secrets:1:6: contoso-prod/nowhere: 404");
  expect_holds(secrets.err, "secrets:2:18: contoso-prod/off: 403");
  EXPECT_FALSE(call.folder.has("out"));
  EXPECT_EQ(call.run({"render", "secrets"}).out, "");
}

TEST_F(Subcommand, RenderNeedsNoVaultForATextWithoutReferences) {
  const Call call(emulator);
  call.folder.write("in", "just text\n");
  EXPECT_EQ(call.run({"render", "in"}).out, "just text\n");
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

} // namespace
} // namespace kvrun::cli
