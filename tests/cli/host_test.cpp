// SPDX-License-Identifier: MIT
// What the host lacks, and what helps against that: rules A3.
#include "tests/cli/program.hpp"
#include "tests/cli/refused_call.hpp"

#include <gtest/gtest.h>

#include <sys/syscall.h>

#include <cerrno>

namespace kvrun::cli {
namespace {

TEST(UnusableProc, IsARefusal) {
  const Emulator emulator("");
  Call call(emulator, "files: { F: { value: x } }\n");
  call.prepare = [] { // /proc/self is not there
#ifdef SYS_readlink
    refuse({.call = SYS_readlink, .error = ENOENT});
#endif
    refuse({.call = SYS_readlinkat, .error = ENOENT});
  };
  const Outcome outcome = call.run({"--", "touch", "ran"});
  EXPECT_EQ(outcome.status, 123);
  expect_holds(outcome.err, "F: /proc does not lead to the in-memory file");
  EXPECT_FALSE(call.folder.has("ran"));
}

class NameThatDoesNotResolve : public testing::Test {
protected:
  void SetUp() override { call_.folder.write("token", "s3ntinel", 0600); }

  Emulator emulator_{"vaults: { contoso-prod: { a: s3ntinel-a } }\n"};
  Call call_{emulator_, "vault: contoso-prod\nidentity: token-file=token\nenv: { A: a }\n"};
};

TEST_F(NameThatDoesNotResolve, IsARefusalWhereThereIsNoSuchName) {
  // An empty label: no name server is asked.
  const Outcome outcome = call_.run({"--connect-to", ":443:no..such.example:443", "--", "true"});
  EXPECT_EQ(outcome.status, 123);
  expect_holds(outcome.err, "no..such.example: the name does not resolve");
}

TEST_F(NameThatDoesNotResolve, IsTriedUntilTheDeadlineWhereNobodyAnswers) {
  call_.prepare = [] { refuse({.call = SYS_connect, .error = ENETUNREACH}); };
  const Outcome outcome =
      call_.run({"--connect-to", ":443:vault.example:443", "--timeout", "200ms", "--", "true"});
  EXPECT_EQ(outcome.status, 124);
  expect_holds(outcome.err, "vault.example: the name does not resolve");
}

} // namespace
} // namespace kvrun::cli
