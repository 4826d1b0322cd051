// SPDX-License-Identifier: MIT
// While it fetches: faults of the network, signals, privacy.
#include "tests/cli/program.hpp"
#include "tests/fakes/terminal.hpp"
#include "tests/fakes/tls_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

namespace kvrun::cli {
namespace {

constexpr uid_t k_nobody = 65534;

std::string seed_with(std::string_view faults) {
  return fmt::format("vaults: {{ contoso-prod: {{ a: s3ntinel-a, b: s3ntinel-b }} }}\nfaults:\n{}",
                     faults);
}

constexpr std::string_view k_config = "vault: contoso-prod\nenv: { A: a, B: b }\n";
// Of two secrets one is read and the other waited for.
constexpr std::string_view k_held = "  - { host: contoso-prod, path: /secrets/b, status: 429, "
                                    "code: Throttled, retry-after: 60s }\n";
constexpr const char* k_waiting = "trying again in 60 s";

Outcome run_with(std::string_view faults, std::vector<std::string> words) {
  const Emulator emulator(seed_with(faults));
  words.insert(words.end(), {"--", "sh", "-c", "test \"$A$B\" = s3ntinel-as3ntinel-b"});
  return Call(emulator, k_config).run(std::move(words));
}

TEST(Faults, OfAMomentAreOvercome) {
  for (const char* fault :
       {"{ host: contoso-prod, times: 1, reset: true }",
        "{ host: contoso-prod, times: 1, truncate: 40 }",
        "{ host: contoso-prod, times: 1, status: 503 }",
        "{ host: contoso-prod, times: 1, status: 429, retry-after: 100ms }",
        "{ host: contoso-prod, times: 1, status: 200, body: '<html>Sign in</html>' }",
        "{ host: contoso-prod, chunked: 7 }",
        "{ host: contoso-prod, drip: 2000 }",
        "{ host: identity, times: 1, reset: true }"}) {
    const Outcome outcome = run_with(fmt::format("  - {}\n", fault), {});
    EXPECT_EQ(outcome.status, 0) << fault << outcome.err;
    EXPECT_EQ(outcome.err, "") << fault;
  }
}

// 'auto' takes the VM's metadata service for absent only when it takes no connection (rules A52).
TEST(Faults, OfAMomentAtAMetadataServiceAreOvercome) {
  for (const char* fault : {"reset: true", "truncate: 0", "truncate: 40"}) {
    const Emulator emulator(
        seed_with(fmt::format("  - {{ host: identity, times: 1, {} }}\n", fault)),
        {"--host", "vm"});
    const Outcome outcome = Call(emulator, k_config).run({"--", "true"});
    EXPECT_EQ(outcome.status, 0) << fault << outcome.err;
  }
}

TEST(Faults, ThatLastEndAtTheDeadline) {
  for (const char* fault : {"{ host: contoso-prod, status: 429 }",
                            "{ host: contoso-prod, delay: 60s }",
                            "{ host: contoso-prod, reset: true }",
                            "{ host: contoso-prod, truncate: 40 }",
                            "{ host: contoso-prod, drip: 1 }",
                            "{ host: identity, delay: 60s }"}) {
    const Outcome outcome = run_with(fmt::format("  - {}\n", fault), {"--timeout", "1s"});
    EXPECT_EQ(outcome.status, 124) << fault << outcome.err;
    EXPECT_NE(outcome.err, "") << fault;
  }
}

// poco.md P1: its handshakes have no limit of their own, and go on with what the other side sent so
// far.
TEST(Faults, OfAHandshakeThatStallsEndAtTheDeadlineAndSendNothing) {
  const Emulator emulator(seed_with("  - { host: login, delay: 1ms }\n"));
  fakes::ScriptedServer server({}, {[](fakes::Peer& peer) {
                                 // The head of a record whose rest never comes.
                                 peer.send_raw(std::string_view("\x16\x03\x03\x00\x7a\x02\x00", 7));
                                 peer.wait_for_hangup();
                               }});
  Call call(emulator, k_config);
  const std::string there =
      fmt::format("contoso-prod.vault.azure.net:443:127.0.0.1:{}", server.port());
  const Outcome outcome =
      call.run({"--timeout", "1s", "--connect-to", there, "--", "touch", "ran"});
  EXPECT_EQ(outcome.status, 124) << outcome.err;
  expect_holds(outcome.err, "no answer from contoso-prod.vault.azure.net");
  EXPECT_FALSE(call.folder.has("ran"));
  EXPECT_GE(server.connections(), 1U);
  EXPECT_EQ(server.requests(), std::vector<std::string>{});
}

TEST(Faults, ThatAreRefusalsEndAtOnce) {
  const Outcome outcome = run_with(
      "  - { host: contoso-prod, path: /secrets/a, status: 403, code: Forbidden, inner-code: "
      "ForbiddenByRbac }\n  - { host: contoso-prod, path: /secrets/b, status: 429, code: Throttled "
      "}\n",
      {});
  EXPECT_EQ(outcome.status, 123);
  expect_holds(outcome.err, "A: contoso-prod/a: 403 ForbiddenByRbac (request ");
  expect_holds(outcome.err, "grant the role 'Key Vault Secrets User' on vault 'contoso-prod'");
  expect_holds(outcome.err, "B: contoso-prod/b: 429 Throttled");
  expect_holds(outcome.err, "not tried again");
}

// poco.md P4, P16: without the emulator's own roots.
TEST(Faults, OfTheCertificateEndAtOnceAndSendNothing) {
  Emulator emulator(seed_with("  - { host: login, delay: 1ms }\n"));
  Call call(emulator, k_config);
  std::erase_if(call.variables,
                [](const std::string& entry) { return entry.starts_with("KVRUN_CA_FILE="); });
  const Outcome outcome = call.run({"--", "true"});
  EXPECT_EQ(outcome.status, 123);
  EXPECT_FALSE(outcome.by_signal);
  expect_holds(outcome.err, "its certificate was refused");
  expect_holds(outcome.err, "--ca-file");
  EXPECT_EQ(emulator.requests("contoso-prod.vault.azure.net", "200"), 0);
}

// rules T6: doctor shows whose certificate it was.
TEST(Faults, OfTheCertificateShowNothingThatARunnerObeys) {
  const Emulator emulator(seed_with("  - { host: login, delay: 1ms }\n"));
  fakes::TlsSettings tls;
  tls.identity = fakes::Authority("x\n::error::##vso[task.complete]y").issue("DNS:a.example");
  fakes::ScriptedServer server(tls,
                               {[](fakes::Peer& peer) { static_cast<void>(peer.shake_hands()); }});
  const std::string there =
      fmt::format("contoso-prod.vault.azure.net:443:127.0.0.1:{}", server.port());
  const Outcome outcome = Call(emulator, k_config).run({"doctor", "--connect-to", there});
  expect_holds(outcome.out, "issued by ");
  expect_lacks(outcome.out, "::error");
  expect_lacks(outcome.out, "##vso");
}

// A pipe can be read once only: what was checked is what is trusted.
TEST(CaFile, MayBeAPipe) {
  const Emulator emulator(seed_with("  - { host: login, delay: 1ms }\n"));
  Call call(emulator, k_config);
  const auto variable =
      std::find_if(call.variables.begin(), call.variables.end(), [](const std::string& entry) {
        return entry.starts_with("KVRUN_CA_FILE=");
      });
  ASSERT_NE(variable, call.variables.end());
  std::ifstream file(variable->substr(variable->find('=') + 1), std::ios::binary);
  const std::string pem(std::istreambuf_iterator<char>(file), {});
  call.variables.erase(variable);
  call.prepare = [&pem] {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) == 0 &&
        ::write(ends[1], pem.data(), pem.size()) == static_cast<ssize_t>(pem.size())) {
      ::close(ends[1]);
      ::dup2(ends[0], 9);
    }
  };
  const Outcome outcome = call.run({"--ca-file", "/dev/fd/9", "--", "true"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
}

TEST(Faults, OfTheProxyNameItAndNotItsPassword) {
  const Emulator emulator(seed_with("  - { host: login, delay: 1ms }\n"));
  Call call(emulator, k_config);
  std::erase_if(call.variables, [](const std::string& entry) {
    return entry.starts_with("KVRUN_CONNECT_TO=") || entry.starts_with("no_proxy=") ||
           entry.starts_with("NO_PROXY=");
  });
  call.variables.emplace_back("https_proxy=http://user:hunter2@127.0.0.1:1");
  const Outcome outcome = call.run({"-vv", "--timeout", "1s", "--", "true"});
  EXPECT_EQ(outcome.status, 124) << outcome.err;
  expect_holds(outcome.err, "proxy 127.0.0.1:1 (https_proxy)");
  expect_lacks(outcome.err, "hunter2");
  call.variables.back() = "https_proxy=socks5://user:hunter2@127.0.0.1:1";
  const Outcome refused = call.run({"--", "true"});
  EXPECT_EQ(refused.status, 125);
  expect_holds(refused.err, "https_proxy: ");
  expect_lacks(refused.err, "hunter2");
}

// ---- signals

class Held : public testing::Test {
protected:
  // kvrun, which has read one secret and waits for the other.
  std::unique_ptr<Program> hold(const std::function<void()>& prepare = {}) {
    Start start = call_.start({"-v", "--", "true"});
    start.prepare = prepare;
    auto program = std::make_unique<Program>(start);
    program->wait_for_err(k_waiting);
    return program;
  }
  Emulator emulator_{seed_with(k_held)};
  Call call_{emulator_, k_config};
};

TEST_F(Held, IsEndedByASignalAsTheCommandWouldBe) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT}) {
    const auto program = hold();
    program->signal(signal);
    const Outcome outcome = program->wait();
    EXPECT_TRUE(outcome.by_signal) << signal;
    EXPECT_EQ(outcome.status, 128 + signal);
  }
}

// unix.md U13. What a wrapper started reads a pipe that nobody writes, and holds another one open
// until it is gone.
TEST(DeveloperTool, IsNotLeftBehindWithWhatItStarted) {
  const Emulator emulator("");
  Call call(emulator);
  const std::string up = call.folder.path("up");
  const std::string never = call.folder.path("never");
  ASSERT_EQ(::mkfifo(up.c_str(), 0600), 0);
  ASSERT_EQ(::mkfifo(never.c_str(), 0600), 0);
  call.folder.write(
      "az", fmt::format("#!/bin/sh\nexec 8> '{}'\necho up >&8\ncat '{}'\necho\n", up, never), 0755);
  call.variables.front() = fmt::format("PATH={}:/usr/bin:/bin", call.folder.path());
  const UniqueFd held(::open(up.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  ASSERT_TRUE(held);
  Program program(
      call.start({"--identity", "azure-cli", "-e", "A=kv://contoso-prod/a", "--", "true"}));
  constexpr int patience = 30'000;
  pollfd pipe{held.get(), POLLIN, 0};
  ASSERT_EQ(::poll(&pipe, 1, patience), 1) << "az was not started";
  std::array<char, 8> said{};
  EXPECT_EQ(::read(held.get(), said.data(), said.size()), 3);
  program.signal(SIGTERM);
  EXPECT_EQ(program.wait().status, 128 + SIGTERM);
  EXPECT_EQ(::poll(&pipe, 1, patience), 1) << "what az started is still there";
  EXPECT_NE(pipe.revents & POLLHUP, 0);
}

TEST_F(Held, KeepsIgnoringWhatWasIgnored) {
  const auto program = hold([] { ::signal(SIGINT, SIG_IGN); });
  program->signal(SIGINT);
  program->signal(SIGTERM);
  EXPECT_EQ(program->wait().status, 128 + SIGTERM);
}

// rules A48
TEST_F(Held, TellsOnATerminalWhatItWaitsFor) {
  const fakes::Terminal terminal;
  Start start = call_.start({"--", "true"});
  start.prepare = [&terminal] { ::dup2(terminal.side(), STDERR_FILENO); };
  Program program(start);
  EXPECT_TRUE(terminal.shows("kvrun: waiting for contoso-prod.vault.azure.net (last answer: 429)"));
  program.signal(SIGTERM);
  program.wait();
}

// unix.md U11: the kernel drops what PID 1 has no handler for.
TEST_F(Held, EndsAsPidOneToo) {
  Start probe = call_.plain({"/usr/bin/unshare", "--pid", "--fork", "/bin/true"});
  if (run(probe).status != 0) {
    GTEST_SKIP() << "no pid namespace here";
  }
  for (const int signal : {SIGTERM, SIGINT}) {
    Start start =
        call_.plain({"/usr/bin/unshare", "--pid", "--fork", KVRUN_BINARY, "-v", "--", "true"});
    Program program(start);
    program.wait_for_err(k_waiting);
    std::ifstream children(fmt::format("/proc/{0}/task/{0}/children", program.pid()));
    pid_t kvrun = 0;
    if (!(children >> kvrun)) {
      GTEST_SKIP() << "/proc does not tell of children here";
    }
    EXPECT_EQ(::kill(kvrun, signal), 0);
    EXPECT_EQ(program.wait().status, 128 + signal);
  }
}

TEST(PidOne, BecomesTheCommand) {
  const Emulator emulator(seed_with("  - { host: login, delay: 1ms }\n"));
  const Call call(emulator, k_config);
  const Outcome outcome = run(call.plain({"/usr/bin/unshare",
                                          "--pid",
                                          "--fork",
                                          KVRUN_BINARY,
                                          "--",
                                          "/bin/sh",
                                          "-c",
                                          "echo $$; grep SigCgt /proc/self/status"}));
  if (outcome.status == 1 && outcome.err.find("unshare") != std::string::npos) {
    GTEST_SKIP() << outcome.err;
  }
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_TRUE(outcome.out.starts_with("1\n")) << outcome.out;
}

// ---- privacy

// The kernel gives the files of a process that may not be dumped to root.
TEST(Private, WhileItHoldsSecretsAndNotAfterwards) {
  const auto become_nobody = [] {
    if (::geteuid() == 0 && (::setgid(k_nobody) != 0 || ::setuid(k_nobody) != 0)) {
      ::_exit(95);
    }
  };
  std::unique_ptr<Emulator> emulator;
  if (::access(KVRUN_BINARY, X_OK) == 0 &&
      run({{"/bin/true"},
           {},
           "/",
           [] {
             ::_exit(::setuid(k_nobody) == 0 && ::access(KVRUN_BINARY, X_OK) == 0 ? 0 : 1);
           }}).status != 0 &&
      ::geteuid() == 0) {
    GTEST_SKIP() << "another user cannot run the binary where it was built";
  }
  emulator =
      std::make_unique<Emulator>(seed_with(k_held), std::vector<std::string>{}, become_nobody);
  const Call call(*emulator, k_config);
  Start start = call.start({"-v", "--", "true"});
  start.prepare = become_nobody;
  Program program(start);
  program.wait_for_err(k_waiting);
  struct stat memory {};
  ASSERT_EQ(::stat(fmt::format("/proc/{}/mem", program.pid()).c_str(), &memory), 0);
  EXPECT_EQ(memory.st_uid, 0U);
  program.signal(SIGTERM);
  program.wait();

  Start after = call.start({"--only", "A", "--", "/bin/stat", "-c", "%u", "/proc/self/mem"});
  after.prepare = become_nobody;
  const Outcome outcome = run(after);
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, fmt::format("{}\n", ::geteuid() == 0 ? k_nobody : ::geteuid()));
}

// No argument, no file: what others can see of it while it waits.
TEST_F(Held, ShowsNothingOnItsCommandLine) {
  const auto program = hold();
  std::ifstream file(fmt::format("/proc/{}/cmdline", program->pid()), std::ios::binary);
  const std::string line{std::istreambuf_iterator<char>(file), {}};
  expect_lacks(line, k_sentinel);
  program->signal(SIGTERM);
  program->wait();
}

} // namespace
} // namespace kvrun::cli
