// SPDX-License-Identifier: MIT
// What the host has too little of, and what helps against that: rules A3. Sanitizers need memory
// and descriptors themselves, so only builds without them have these tests.
#include "tests/cli/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <string>
#include <vector>

namespace kvrun::cli {
namespace {

void limit(__rlimit_resource resource, rlim_t most) {
  const rlimit both{most, most};
  ::setrlimit(resource, &both);
}

TEST(LackOfMemory, IsMendedByTheCaller) {
  const Emulator emulator("");
  Call call(emulator);
  std::vector<std::string> words;
  for (const char* name : {"A", "B", "C", "D"}) { // more together than there is room for
    words.emplace_back("--env-file");
    words.push_back(call.folder.write(name, name + ("=" + std::string(15'000'000, 'x')) + "\n"));
  }
  words.insert(words.end(), {"--", "touch", "ran"});
  call.prepare = [] { limit(RLIMIT_AS, rlim_t{64} << 20U); };
  const Outcome outcome = call.run(words);
  EXPECT_EQ(outcome.status, 125);
  EXPECT_EQ(outcome.err, "kvrun: error: out of memory\n");
  EXPECT_FALSE(call.folder.has("ran"));
}

// Whatever could not be opened: a token, a socket, the roots.
TEST(LackOfDescriptors, IsNeverARefusal) {
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

TEST(LackOfDescriptors, IsToldOfAnInMemoryFile) {
  const Emulator emulator("");
  Call call(emulator, "files: { F: { value: s3ntinel } }\n");
  std::string told;
  for (rlim_t descriptors = 4; descriptors < 10; ++descriptors) {
    call.prepare = [descriptors] { limit(RLIMIT_NOFILE, descriptors); };
    const Outcome outcome = call.run({"--", "true"});
    if (outcome.status != 0) {
      EXPECT_EQ(outcome.status, 125) << descriptors << outcome.err;
      expect_holds(outcome.err, "kvrun: hint: raise the limit 'ulimit -n'");
    }
    told += outcome.err;
  }
  expect_holds(told, "F: no descriptor is free for the in-memory file");
}

} // namespace
} // namespace kvrun::cli
