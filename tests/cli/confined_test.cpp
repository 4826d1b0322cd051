// SPDX-License-Identifier: MIT
// In a sandbox that refuses system calls (unix.md U24), as containers and service managers make
// them.
#include "tests/cli/program.hpp"
#include "tests/cli/refused_call.hpp"

#include <gtest/gtest.h>

#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>

namespace kvrun::cli {
namespace {

constexpr const char* k_seed = "vaults: { contoso-prod: { a: s3ntinel-a } }\n";
constexpr const char* k_env = "vault: contoso-prod\nenv: { A: a }\n";

class Confined : public testing::Test {
protected:
  Emulator emulator_{k_seed};
};

TEST_F(Confined, FromBecomingPrivateStartsNothingAndReadsNothing) {
  Call call(emulator_, k_env);
  call.prepare = [] {
    refuse({.call = SYS_prctl, .error = EPERM, .first_argument = PR_SET_DUMPABLE});
  };
  const Outcome outcome = call.run({"--", "touch", "ran"});
  EXPECT_EQ(outcome.status, 125);
  expect_holds(outcome.err, "cannot be made private: prctl: operation not permitted");
  expect_holds(outcome.err, "kvrun: hint: allow prctl(PR_SET_DUMPABLE)");
  EXPECT_FALSE(call.folder.has("ran"));
  EXPECT_EQ(emulator_.requests("contoso-prod.vault.azure.net", "200"), 0);
}

TEST_F(Confined, FromMemoryFilesNamesTheFileAndRunsWithoutOne) {
  Call call(emulator_, "vault: contoso-prod\nfiles: { F: a }\n");
  call.prepare = [] { refuse({.call = SYS_memfd_create, .error = EPERM}); };
  const Outcome outcome = call.run({"--", "touch", "ran"});
  EXPECT_EQ(outcome.status, 125);
  expect_holds(outcome.err, "F: no in-memory file: memfd_create: operation not permitted");
  expect_holds(outcome.err, "kvrun: hint: allow memfd_create");
  EXPECT_FALSE(call.folder.has("ran"));
  // Nothing else needs one.
  call.folder.write("env.yaml", k_env);
  EXPECT_EQ(call.run({"-c", "env.yaml", "--", "true"}).status, 0);
}

// A name is looked up in a thread, for getaddrinfo has no limit of time.
TEST_F(Confined, FromThreadsLooksNamesUpWithoutOne) {
  Call call(emulator_, k_env);
  for (std::string& entry : call.variables) {
    // An address to getaddrinfo, a name to everyone else: the look-up needs no network.
    if (entry.starts_with("KVRUN_CONNECT_TO=")) {
      entry.replace(entry.find("127.0.0.1"), 9, "127.1");
    }
  }
  call.prepare = [] {
    // glibc falls back on clone, whose flags a filter can see.
    refuse({.call = SYS_clone3, .error = ENOSYS});
    refuse({.call = SYS_clone, .error = EAGAIN, .first_argument = CLONE_THREAD, .has_bits = true});
  };
  const Outcome outcome = call.run({"--", "sh", "-c", "test \"$A\" = s3ntinel-a"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(emulator_.requests("contoso-prod.vault.azure.net", "200"), 1) << emulator_.counts();
}

} // namespace
} // namespace kvrun::cli
