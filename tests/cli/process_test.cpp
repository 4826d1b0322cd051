// SPDX-License-Identifier: MIT
// The command is the same process, with and without kvrun: rules T1, unix.md U1 to U16.
#include "tests/cli/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <set>

namespace kvrun::cli {
namespace {

constexpr std::string_view k_seed = "vaults: { contoso-prod: { a: s3ntinel-a, b: s3ntinel-b } }\n";
constexpr std::string_view k_config = "vault: contoso-prod\nenv: { A: a }\n";

// What a command can see of the process it is. A shell changes its own signals, so a second program
// looks at those.
constexpr const char* k_probe = R"sh(
echo "pid $$ parent $PPID"
echo "descriptors" /proc/$$/fd/*
for fd in 0 1 2; do readlink /proc/$$/fd/$fd || echo closed; done
cat /proc/$$/limits
echo "umask $(umask) directory $(pwd) nice $(nice) oom $(cat /proc/$$/oom_score_adj)"
stat -c 'owner of memory %u' /proc/$$/mem
)sh";
const std::vector<std::string> k_shell{"/bin/sh", "-c", k_probe};
const std::vector<std::string> k_status{
    "/bin/grep",
    "-E",
    "^(Pid|PPid|TracerPid|Sig(Pnd|Blk|Ign|Cgt)|ShdPnd|NoNewPrivs|Seccomp|Uid|Gid|Groups|Cap|Umask)",
    "/proc/self/status"};

// The probe's output with what differs from run to run taken out. The number of a process may be in
// a limit too: it is replaced only where it means the process.
std::string normalized(const Outcome& outcome, pid_t pid) {
  std::string text = '\n' + outcome.out;
  for (const std::string_view before : {"\npid ", "\nPid:\t", "/proc/"}) {
    const std::string meant = fmt::format("{}{}", before, pid);
    for (std::size_t at = 0; (at = text.find(meant, at)) != std::string::npos; ++at) {
      const std::size_t end = at + meant.size();
      if (end == text.size() || std::isdigit(static_cast<unsigned char>(text[end])) == 0) {
        text.replace(at, meant.size(), fmt::format("{}PID", before));
      }
    }
  }
  std::string kept;
  for (const std::string& line : lines_of(text)) {
    kept += (line.starts_with("pipe:") ? "pipe" : line) + '\n';
  }
  return kept;
}

std::string probe(const Start& start) {
  Program program(start);
  const Outcome outcome = program.wait();
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  return normalized(outcome, program.pid());
}

class Transparent : public testing::Test {
protected:
  // Runs both probes with and without kvrun from the same state.
  void expect_same(const std::function<void()>& prepare) {
    expect_same(k_shell, prepare);
    expect_same(k_status, prepare);
  }
  void expect_same(const std::vector<std::string>& words, const std::function<void()>& prepare) {
    Call call(emulator_, k_config);
    call.variables.push_back("KVRUN_CONFIG=" + call.folder.path("kvrun.yaml"));
    call.prepare = prepare;
    std::vector<std::string> with{"--"};
    with.insert(with.end(), words.begin(), words.end());
    const std::string without = probe(call.plain(words));
    EXPECT_EQ(probe(call.start(with)), without);
    expect_holds(without, "PID");
  }
  Emulator emulator_{k_seed};
};

TEST_F(Transparent, AsItIsStarted) {
  expect_same({});
}

TEST_F(Transparent, WithSignalsBlockedAndIgnored) {
  expect_same([] {
    sigset_t blocked;
    sigemptyset(&blocked);
    for (const int signal : {SIGUSR1, SIGPIPE, SIGTERM}) {
      sigaddset(&blocked, signal);
    }
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
    for (const int signal : {SIGHUP, SIGCHLD, SIGINT}) {
      ::signal(signal, SIG_IGN);
    }
  });
  expect_same([] { ::signal(SIGPIPE, SIG_IGN); });
}

TEST_F(Transparent, WithASignalPending) {
  expect_same(k_status, [] { // a shell would take it
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, SIGPIPE);
    ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
    ::kill(::getpid(), SIGUSR2);
    ::kill(::getpid(), SIGPIPE);
  });
}

TEST_F(Transparent, WithItsOwnLimitsUmaskAndDirectory) {
  expect_same([] {
    ::umask(027);
    if (::chdir("/") != 0) {
      ::_exit(94);
    }
    const rlimit core{0, 1024};
    ::setrlimit(RLIMIT_CORE, &core);
    const rlimit files{150, 160};
    ::setrlimit(RLIMIT_NOFILE, &files);
  });
}

TEST_F(Transparent, WithDescriptorsOfTheCallers) {
  expect_same([] {
    for (const int fd : {5, 17}) {
      ::dup2(STDIN_FILENO, fd);
    }
  });
}

// unix.md U14
TEST_F(Transparent, WithStandardDescriptorsClosed) {
  expect_same([] { ::close(STDIN_FILENO); });
  // Without stderr there is no error output to compare; without stdout the probe needs a file.
  for (const int closed : {STDOUT_FILENO, STDERR_FILENO}) {
    const Call call(emulator_, k_config);
    const std::string probe = "ls -l /proc/$$/fd > seen; test -e /proc/$$/fd/" +
                              std::to_string(closed) + " && exit 1; exit 0";
    Start start = call.start({"--", "/bin/sh", "-c", probe});
    start.prepare = [closed] { ::close(closed); };
    EXPECT_EQ(run(start).status, 0) << call.folder.read("seen");
  }
}

TEST_F(Transparent, LeavesFlagsOfTheStandardDescriptorsAlone) {
  const Call call(emulator_, k_config);
  const std::string flags = "for fd in 0 1 2; do grep flags /proc/$$/fdinfo/$fd; done";
  EXPECT_EQ(run(call.start({"--", "/bin/sh", "-c", flags})).out,
            run(call.plain({"/bin/sh", "-c", flags})).out);
}

TEST_F(Transparent, DoesNotReadStdin) {
  const Call call(emulator_, k_config);
  call.folder.write("input", "for the command\n");
  const std::string file = call.folder.path("input");
  Start start = call.start({"--", "cat"});
  start.prepare = [file] { ::dup2(::open(file.c_str(), O_RDONLY | O_CLOEXEC), STDIN_FILENO); };
  EXPECT_EQ(run(start).out, "for the command\n");
}

// poco.md P5, measured: "yes: standard output: Broken pipe", status 1.
TEST_F(Transparent, LetsAPipeEndAProgramAsItDoesInAShell) {
  const Call call(emulator_, k_config);
  const std::string pipe = "( yes; echo \"yes ended with $?\" >&2 ) | head -1";
  const Outcome with = call.run({"--", "/bin/sh", "-c", pipe});
  const Outcome without = run(call.plain({"/bin/sh", "-c", pipe}));
  EXPECT_EQ(with.err, without.err);
  EXPECT_EQ(with.err, "yes ended with 141\n");
}

// unix.md U10: a SIGPIPE of kvrun's own must not end it at the last moment.
TEST_F(Transparent, SurvivesAMessageThatNobodyReads) {
  const Call call(emulator_, k_config);
  Start start = call.start({"-vv", "--", "/bin/sh", "-c", "echo ran; grep SigPnd /proc/$$/status"});
  start.prepare = [] {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) == 0) {
      ::close(ends[0]);
      ::dup2(ends[1], STDERR_FILENO);
    }
  };
  const Outcome outcome = run(start);
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "ran\nSigPnd:\t0000000000000000\n");
}

// With 2 closed a connection would become descriptor 2, and what is told would go into it.
TEST_F(Transparent, WritesNoMessageIntoAConnection) {
  for (const int first : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    Emulator emulator(k_seed);
    const Call call(emulator, "vault: contoso-prod\nenv: { A: a, B: absent }\n");
    Start start = call.start({"-vv", "--", "true"});
    start.prepare = [first] {
      for (int fd = first; fd <= STDERR_FILENO; ++fd) {
        ::close(fd);
      }
    };
    EXPECT_EQ(run(start).status, 123);
    EXPECT_EQ(emulator.requests("contoso-prod.vault.azure.net", "200"), 1) << emulator.counts();
    EXPECT_EQ(emulator.requests("contoso-prod.vault.azure.net", "404"), 1);
    expect_lacks(emulator.counts(), "\"400\"");
  }
}

// ---- in-memory files, design.md §6

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  for (const std::string& line : lines_of(text)) {
    words.insert(line);
  }
  return words;
}

TEST_F(Transparent, AddsADescriptorForEachFileAndNothingElse) {
  const Call call(emulator_, "vault: contoso-prod\nfiles: { F: a, G: b }\nenv: { A: a }\n");
  const std::string list = "for fd in /proc/$$/fd/*; do echo ${fd##*/}; done";
  std::set<std::string> with = words_of(call.run({"--", "/bin/sh", "-c", list}).out);
  const std::set<std::string> without = words_of(run(call.plain({"/bin/sh", "-c", list})).out);
  for (const std::string& fd : without) {
    EXPECT_EQ(with.erase(fd), 1U) << fd;
  }
  ASSERT_EQ(with.size(), 2U);
  for (const std::string& fd : with) {
    EXPECT_GE(std::stoi(fd), 200);
  }
}

TEST_F(Transparent, GivesFilesThatDescendantsCanReadOftenAndWhole) {
  const Call call(emulator_, "vault: contoso-prod\nfiles: { F: a }\n");
  const Outcome outcome =
      call.run({"--",
                "/bin/sh",
                "-c",
                "cat $F > one; cat $F > two; (exec 3< /dev/null 4< /dev/null; cat $F > three); "
                "stat -L -c '%a %s %F' $F"});
  EXPECT_EQ(outcome.out, "400 10 regular file\n");
  for (const char* name : {"one", "two", "three"}) {
    EXPECT_EQ(call.folder.read(name), "s3ntinel-a") << name;
  }
}

// unix.md U7: a /proc of another pid namespace knows this process by another number.
TEST_F(Transparent, GivesFilesThatCanBeReachedInAPidNamespace) {
  for (const bool own_proc : {true, false}) {
    const Call call(emulator_, "vault: contoso-prod\nfiles: { F: a }\n");
    std::vector<std::string> words{"/usr/bin/unshare", "--pid", "--fork"};
    if (own_proc) {
      words.emplace_back("--mount-proc");
    }
    Start probe = call.plain(words);
    probe.words.emplace_back("/bin/true");
    if (run(probe).status != 0) {
      GTEST_SKIP() << "no pid namespace here";
    }
    words.insert(words.end(), {KVRUN_BINARY, "--", "/bin/sh", "-c", "cat $F > content"});
    const Outcome outcome = run(call.plain(words));
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(call.folder.read("content"), "s3ntinel-a");
  }
}

} // namespace
} // namespace kvrun::cli
