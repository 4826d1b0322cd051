// SPDX-License-Identifier: MIT
// In a sandbox that refuses system calls (unix.md U24), as containers and service managers make
// them.
#include "tests/cli/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>

namespace kvrun::cli {
namespace {

constexpr const char* k_seed = "vaults: { contoso-prod: { a: s3ntinel-a } }\n";
constexpr const char* k_env = "vault: contoso-prod\nenv: { A: a }\n";

// A system call that the kernel answers with an error number from here on, in this process and all
// that it starts.
struct Refusal {
  std::uint32_t call;
  int error;
  // Only where the first argument is, or has, these bits; all calls when unset.
  std::optional<std::uint32_t> first_argument;
  bool has_bits = false;
};

void refuse(const Refusal& refusal) {
  constexpr std::uint32_t k_load = BPF_LD | BPF_W | BPF_ABS;
  constexpr std::uint32_t k_return = BPF_RET | BPF_K;
  const std::uint32_t test =
      BPF_JMP | BPF_K | (refusal.has_bits ? std::uint32_t{BPF_JSET} : std::uint32_t{BPF_JEQ});
  const auto line = [](std::uint32_t code, std::uint32_t value, std::uint8_t yes, std::uint8_t no) {
    return sock_filter{static_cast<std::uint16_t>(code), yes, no, value};
  };
  // An argument has 64 bits; those asked for are the lower ones, first on a little-endian machine.
  constexpr auto k_first = static_cast<std::uint32_t>(offsetof(seccomp_data, args));
  std::array<sock_filter, 6> lines{
      line(k_load, static_cast<std::uint32_t>(offsetof(seccomp_data, nr)), 0, 0),
      line(BPF_JMP | BPF_JEQ | BPF_K, refusal.call, 0, 3),
      line(k_load, k_first, 0, 0),
      // Without a wish for its argument, any has none of no bits.
      refusal.first_argument ? line(test, *refusal.first_argument, 0, 1)
                             : line(BPF_JMP | BPF_JSET | BPF_K, 0, 0, 0),
      line(k_return, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(refusal.error), 0, 0),
      line(k_return, SECCOMP_RET_ALLOW, 0, 0)};
  const sock_fprog program{static_cast<unsigned short>(lines.size()), lines.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    ::_exit(97); // 'Confined' has found that a filter can be set
  }
}

class Confined : public testing::Test {
protected:
  void SetUp() override {
    const Call call(emulator_);
    Start probe = call.plain({"/bin/true"});
    probe.prepare = [] { refuse({.call = SYS_swapoff, .error = EPERM, .first_argument = {}}); };
    if (run(probe).status != 0) {
      GTEST_SKIP() << "no system call can be refused here";
    }
  }

  Emulator emulator_{k_seed};
};

TEST_F(Confined, FromBecomingPrivateStartsNothingAndReadsNothing) {
  Call call(emulator_, k_env);
  call.prepare = [] {
    refuse({.call = SYS_prctl, .error = EPERM, .first_argument = PR_SET_DUMPABLE});
  };
  const Outcome outcome = call.run({"--", "touch", "ran"});
  EXPECT_EQ(outcome.status, 125);
  expect_holds(outcome.err, "cannot be made private: prctl: Operation not permitted");
  expect_holds(outcome.err, "kvrun: hint: allow prctl(PR_SET_DUMPABLE)");
  EXPECT_FALSE(call.folder.has("ran"));
  EXPECT_EQ(emulator_.requests("contoso-prod.vault.azure.net", "200"), 0);
}

TEST_F(Confined, FromMemoryFilesNamesTheFileAndRunsWithoutOne) {
  Call call(emulator_, "vault: contoso-prod\nfiles: { F: a }\n");
  call.prepare = [] { refuse({.call = SYS_memfd_create, .error = EPERM, .first_argument = {}}); };
  const Outcome outcome = call.run({"--", "touch", "ran"});
  EXPECT_EQ(outcome.status, 125);
  expect_holds(outcome.err, "F: no in-memory file: memfd_create: Operation not permitted");
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
    refuse({.call = SYS_clone3, .error = ENOSYS, .first_argument = {}});
    refuse({.call = SYS_clone, .error = EAGAIN, .first_argument = CLONE_THREAD, .has_bits = true});
  };
  const Outcome outcome = call.run({"--", "sh", "-c", "test \"$A\" = s3ntinel-a"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(emulator_.requests("contoso-prod.vault.azure.net", "200"), 1) << emulator_.counts();
}

} // namespace
} // namespace kvrun::cli
