// SPDX-License-Identifier: MIT
// What the host lacks, and what helps against that: rules A3.
#include "tests/cli/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

namespace kvrun::cli {
namespace {

// Sanitizers need memory, descriptors and /proc themselves.
constexpr bool k_sanitized =
#if defined(__SANITIZE_ADDRESS__)
    true;
#else
    false;
#endif

void limit(__rlimit_resource resource, rlim_t most) {
  const rlimit both{most, most};
  ::setrlimit(resource, &both);
}

TEST(LackOfMemory, IsMendedByTheCaller) {
  if (k_sanitized) {
    GTEST_SKIP() << "a sanitizer needs more";
  }
  const Emulator emulator("");
  Call call(emulator);
  call.folder.write("large.env", "A=" + std::string(15'000'000, 'x') + "\n");
  call.prepare = [] { limit(RLIMIT_AS, rlim_t{64} << 20U); };
  const Outcome outcome = call.run({"--env-file", "large.env", "--", "touch", "ran"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_EQ(outcome.err, "kvrun: error: out of memory\n");
  EXPECT_FALSE(call.folder.has("ran"));
}

// Whatever could not be opened: a token, a socket, the roots.
TEST(LackOfDescriptors, IsNeverARefusal) {
  if (k_sanitized) {
    GTEST_SKIP() << "a sanitizer needs some";
  }
  std::string seed = "latency: 20ms\nvaults:\n  contoso-prod:\n";
  std::string config = "vault: contoso-prod\nenv:\n";
  for (int i = 0; i < 12; ++i) {
    seed += fmt::format("    s{}: s3ntinel\n", i);
    config += fmt::format("  V{0}: s{0}\n", i);
  }
  for (const char* kind : {"cloud-shell", "token-file", "workload", "client-certificate"}) {
    const Emulator emulator(seed, {"--host", kind});
    Call call(emulator, config);
    for (std::string& entry : call.variables) { // roots in a file, as a system has them
      if (entry.starts_with("KVRUN_CA_FILE=")) {
        entry.replace(0, entry.find('='), "SSL_CERT_FILE");
      }
    }
    for (rlim_t descriptors = 4; descriptors < 12; ++descriptors) {
      call.prepare = [descriptors] { limit(RLIMIT_NOFILE, descriptors); };
      const Outcome outcome = call.run({"--", "true"});
      if (outcome.status != 0) {
        EXPECT_EQ(outcome.status, 125) << kind << descriptors << outcome.err;
        expect_holds(outcome.err, "kvrun: hint: raise the limit 'ulimit -n'");
      }
    }
  }
}

TEST(UnusableProc, IsARefusal) {
  const Emulator emulator("");
  const Call call(emulator, "files: { F: { value: x } }\n");
  const auto without_proc = [&](const std::string& command) {
    return run(call.plain({"/usr/bin/unshare",
                           "--mount",
                           "/bin/sh",
                           "-c",
                           "mount -t tmpfs none /proc && exec " + command}));
  };
  if (k_sanitized || without_proc("true").status != 0) {
    GTEST_SKIP() << "no mount namespace here, or a sanitizer needs /proc";
  }
  const Outcome outcome = without_proc(fmt::format("{} -- touch ran", KVRUN_BINARY));
  EXPECT_EQ(outcome.status, 123);
  expect_holds(outcome.err, "F: /proc does not lead to the in-memory file");
  EXPECT_FALSE(call.folder.has("ran"));
}

TEST(NameThatDoesNotResolve, IsARefusalWhereThereIsNoSuchName) {
  const Folder folder;
  const std::string seed = folder.write("seed.yaml", "vaults: { contoso-prod: {} }\n");
  const auto as_host = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {KVRUN_EMULATOR_BINARY, "--seed", seed, "--as-hosts", "--"});
    return run({std::move(words), {"PATH=/usr/bin:/bin"}, {}, {}});
  };
  if (as_host({"true"}).status != 0) {
    GTEST_SKIP() << "no namespaces here";
  }
  const Outcome outcome = as_host(
      {"env", "-u", "KVRUN_CONNECT_TO", KVRUN_BINARY, "-e", "A=kv://contoso-none/a", "--", "true"});
  EXPECT_EQ(outcome.status, 123);
  expect_holds(outcome.err, "contoso-none.vault.azure.net: the name does not resolve");
}

TEST(NameThatDoesNotResolve, IsTriedUntilTheDeadlineWhereNobodyAnswers) {
  const Folder folder;
  folder.write("token", "s3ntinel", 0600);
  const auto without_network = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"/usr/bin/unshare", "--net"});
    return run({std::move(words), {"PATH=/usr/bin:/bin"}, folder.path(), {}});
  };
  if (without_network({"true"}).status != 0) {
    GTEST_SKIP() << "no network namespace here";
  }
  const Outcome outcome = without_network({KVRUN_BINARY,
                                           "--identity",
                                           "token-file=token",
                                           "--timeout",
                                           "1s",
                                           "-e",
                                           "A=kv://contoso-prod/a",
                                           "--",
                                           "true"});
  EXPECT_EQ(outcome.status, 124);
  expect_holds(outcome.err, "contoso-prod.vault.azure.net");
}

} // namespace
} // namespace kvrun::cli
