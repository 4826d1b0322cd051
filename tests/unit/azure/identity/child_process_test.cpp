// SPDX-License-Identifier: MIT
#include "azure/identity/child_process.hpp"
#include "base/unique_fd.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace kvrun::azure {
namespace {

class Child : public testing::Test {
protected:
  std::string script(const std::string& text) {
    return folder_.write("program", "#!/bin/sh\n" + text, 0700);
  }
  std::optional<ChildOutput> run(const std::string& text, std::vector<std::string> arguments = {}) {
    return run_child({script(text), std::move(arguments), {"ADDED=yes", "HOME=/replaced"}},
                     transport_,
                     Deadline::after(transport_.now(), Milliseconds(60000)));
  }
  std::string output(const std::string& text, std::vector<std::string> arguments = {}) {
    const auto done = run(text, std::move(arguments));
    return done ? std::string(done->out.reveal()) : "out of time";
  }
  TemporaryFolder folder_;
  FakeTransport transport_;
};

TEST_F(Child, GivesItsOutputAndStatus) {
  const auto done = run("echo out; echo err >&2; exit 3");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->out.reveal(), "out\n");
  EXPECT_EQ(done->err, "err\n");
  EXPECT_EQ(done->status, 3);
}

TEST_F(Child, GetsItsArgumentsWithoutAShell) {
  EXPECT_EQ(output("printf '%s\\n' \"$@\"", {"a b", "$(id)", "", "'"}), "a b\n$(id)\n\n'\n");
}

TEST_F(Child, GetsTheEnvironmentWithWhatIsAdded) {
  EXPECT_EQ(output("echo $ADDED $HOME ${PATH:+path}; env | grep -c ^HOME="),
            "yes /replaced path\n1\n");
}

TEST_F(Child, ReadsNothingFromStdin) {
  EXPECT_EQ(output("cat; readlink /proc/self/fd/0"), "/dev/null\n");
}

TEST_F(Child, GetsNoDescriptorThatKvrunInherited) {
  const UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd inherited(::fcntl(null.get(), F_DUPFD, 200)); // without close-on-exec
  ASSERT_TRUE(inherited);
  expect_lacks(output("ls /proc/self/fd"), fmt::format("{}\n", inherited.get()));
}

TEST_F(Child, LeadsAProcessGroup) {
  EXPECT_EQ(output("test $(ps -o pgid= -p $$) -eq $$ 2>/dev/null || "
                   "test $(cut -d' ' -f5 /proc/$$/stat) -eq $$ && echo leads"),
            "leads\n");
}

TEST_F(Child, HasDefaultSignalsWhateverKvrunInherited) {
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  struct sigaction child {};
  struct sigaction pipe {};
  ::sigaction(SIGCHLD, &ignore, &child);
  ::sigaction(SIGPIPE, &ignore, &pipe);
  const std::string text = output("grep -E '^Sig(Ign|Blk):' /proc/self/status | tr -d '\\t\\n'");
  const auto ended = run("exit 3");
  struct sigaction after {};
  ::sigaction(SIGCHLD, &child, &after);
  ::sigaction(SIGPIPE, &pipe, nullptr);
  EXPECT_EQ(text, "SigBlk:0000000000000000SigIgn:0000000000000000");
  EXPECT_EQ(ended ? ended->status : -1, 3) << "the kernel reaped it (unix.md U12)";
  EXPECT_EQ(after.sa_handler, SIG_IGN) << "what was inherited is not put back";
}

TEST_F(Child, EndsByASignal) {
  const auto done = run("kill -TERM $$");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 128 + SIGTERM);
}

TEST_F(Child, IsNotWaitedForPastItsEndWhenADescendantKeepsThePipes) {
  const auto done = run("sleep 1000 & echo $!");
  ASSERT_TRUE(done);
  const pid_t descendant = std::stoi(std::string(done->out.reveal()));
  // It was killed with its group: it ends soon, and its new parent reaps it when it likes.
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, descendant, 0)));
  if (process) {
    constexpr int patience = 30'000;
    pollfd ended{process.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&ended, 1, patience), 1);
  }
}

TEST_F(Child, IsNotTakenForEndedWhenItClosesItsOutput) {
  const auto done = run("exec >&- 2>&-; sleep 0; exit 5");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 5);
}

TEST_F(Child, IsKilledWithItsGroupAtTheDeadline) {
  transport_.patience = Milliseconds(0); // nothing is readable: the deadline comes at once
  EXPECT_FALSE(run("sleep 1000 & sleep 1000"));
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "it was not reaped";
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(Child, MayNotPrintWithoutEnd) {
  try {
    (void)run("yes");
    ADD_FAILURE() << "it was read to its end";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::refused);
    expect_holds(e.message(), "more than");
  }
}

TEST_F(Child, MayComplainWithoutEnd) {
  const auto done = run("yes | head -c 300000 >&2; echo good");
  ASSERT_TRUE(done);
  EXPECT_EQ(done->out.reveal(), "good\n");
  EXPECT_EQ(done->err.size(), 16384U);
}

TEST_F(Child, EndsWith127WhenItCannotBeRun) {
  const std::string path = folder_.write("broken", "#!/no/such/interpreter\n", 0700);
  const auto done =
      run_child({path, {}, {}}, transport_, Deadline::after(transport_.now(), Milliseconds(60000)));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->status, 127);
}

TEST_F(Child, IsFoundInAbsoluteEntriesOnly) {
  const std::string program = folder_.write("tool", "#!/bin/sh\n", 0700);
  folder_.write("plain", "", 0600);
  EXPECT_EQ(find_program("tool", "/nonexistent:" + folder_.path()), program);
  EXPECT_EQ(find_program("plain", folder_.path()), "");
  EXPECT_EQ(find_program("tool", ""), "");
  ASSERT_EQ(::chdir(folder_.path().c_str()), 0);
  for (const char* path : {":/nonexistent", ".:/nonexistent", "./:../", "/nonexistent:", "tool"}) {
    EXPECT_EQ(find_program("tool", path), "") << path;
  }
  ASSERT_EQ(::chdir("/"), 0);
}

} // namespace
} // namespace kvrun::azure
