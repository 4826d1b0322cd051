// SPDX-License-Identifier: MIT
#include "base/log.hpp"
#include "base/unique_fd.hpp"
#include "tests/fakes/terminal.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>

namespace kvrun {
namespace {

struct Pair {
  UniqueFd reader;
  UniqueFd writer;
};

Pair make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Pair make_terminal() {
  int reader = -1;
  int writer = -1;
  EXPECT_EQ(::openpty(&reader, &writer, nullptr, nullptr, nullptr), 0);
  termios mode{};
  ::tcgetattr(writer, &mode);
  ::cfmakeraw(&mode);
  ::tcsetattr(writer, TCSANOW, &mode);
  return {UniqueFd(reader), UniqueFd(writer)};
}

std::string drain(int fd) {
  std::string all;
  std::array<char, 8192> some{};
  pollfd entry{fd, POLLIN, 0};
  while (::poll(&entry, 1, 0) > 0) {
    const ssize_t count = ::read(fd, some.data(), some.size());
    if (count <= 0) {
      break;
    }
    all.append(some.data(), static_cast<std::size_t>(count));
  }
  return all;
}

std::string written(Pair where, const std::function<void()>& act) {
  {
    const fakes::StderrIs now(where.writer.get());
    act();
  }
  return drain(where.reader.get());
}

std::string written(const std::function<void()>& act) {
  return written(make_pipe(), act);
}

void fill(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  const std::string block(4096, 'x');
  while (::write(fd, block.data(), block.size()) > 0) {
  }
  ::fcntl(fd, F_SETFL, flags);
}

TEST(Log, TellsAnErrorAndItsHint) {
  const Log log;
  EXPECT_EQ(written([&] { log.error(Error(ErrorKind::refused, "DB: 403", "grant the role")); }),
            "kvrun: error: DB: 403\nkvrun: hint: grant the role\n");
  EXPECT_EQ(written([&] { log.error(Error(ErrorKind::usage, "no such option")); }),
            "kvrun: error: no such option\n");
}

TEST(Log, SaysWhatTheVerbosityAllows) {
  const auto said = [](Verbosity verbosity) {
    return written([&] {
      const Log log(verbosity, "kvrun-emulator");
      log.error(Error(ErrorKind::usage, "e"));
      log.warning("w");
      log.verbose("v");
      log.very_verbose("vv");
    });
  };
  const std::string error = "kvrun-emulator: error: e\n";
  const std::string warning = "kvrun-emulator: warning: w\n";
  EXPECT_EQ(said(Verbosity::quiet), error);
  EXPECT_EQ(said(Verbosity::normal), error + warning);
  EXPECT_EQ(said(Verbosity::verbose), error + warning + "kvrun-emulator: v\n");
  EXPECT_EQ(said(Verbosity::very_verbose),
            error + warning + "kvrun-emulator: v\nkvrun-emulator: vv\n");
}

TEST(Log, KeepsTheLinesAndTheLettersOfAMessage) {
  EXPECT_EQ(
      written([] { Log().line("note", "no identity:\n  vm: timed out\n  \xC3\xBC\xE2\x80\xA6"); }),
      "kvrun: note: no identity:\n  vm: timed out\n  \xC3\xBC\xE2\x80\xA6\n");
}

TEST(Log, LetsNoNameGiveACommandToATerminalOrARunner) {
  const auto line = [](std::string_view text) {
    const std::string all = written([&] { Log().line("note", text); });
    return all.substr(std::string_view("kvrun: note: ").size());
  };
  EXPECT_EQ(line("a\x1b]0;x\x07 \r\x08\x7f"), "a?]0;x? ???\n");
  EXPECT_EQ(line("a\xC2\x9B"
                 "31m"),
            "a?31m\n"); // the one-character CSI
  EXPECT_EQ(line("\xC2\xA0"), "\xC2\xA0\n");
  EXPECT_EQ(line("x ##vso[task.complete] ##[error]"), "x # #vso[task.complete] # #[error]\n");
  EXPECT_EQ(line("x\n::add-mask::y"), "x\n: :add-mask::y\n");
  EXPECT_EQ(line("x\n \t:::stop-commands::y"), "x\n \t: : :stop-commands::y\n");
  EXPECT_EQ(line("fe80::1"), "fe80::1\n");
}

TEST(Log, ColoursOnATerminalOnly) {
  ::setenv("TERM", "xterm", 1);
  ::unsetenv("NO_COLOR");
  const auto act = [] {
    Log().error(Error(ErrorKind::usage, "e", "h"));
    Log().warning("w");
  };
  const std::string plain = "kvrun: error: e\nkvrun: hint: h\nkvrun: warning: w\n";
  const std::string coloured = "kvrun: \x1b[1;31merror:\x1b[0m e\nkvrun: hint: h\n"
                               "kvrun: \x1b[1;33mwarning:\x1b[0m w\n";
  EXPECT_EQ(written(act), plain);
  EXPECT_EQ(written(make_terminal(), act), coloured);
  ::setenv("NO_COLOR", "", 1);
  EXPECT_EQ(written(make_terminal(), act), coloured);
  ::setenv("NO_COLOR", "1", 1);
  EXPECT_EQ(written(make_terminal(), act), plain);
  ::unsetenv("NO_COLOR");
  ::setenv("TERM", "dumb", 1);
  EXPECT_EQ(written(make_terminal(), act), plain);
}

TEST(Log, WritesALongMessageWhole) {
  const std::string text(50'000, 'x');
  EXPECT_EQ(written([&] { Log().line("note", text); }), "kvrun: note: " + text + "\n");
}

TEST(Log, SurvivesAReaderThatIsGone) {
  Pair pipe = make_pipe();
  pipe.reader.reset();
  const fakes::StderrIs now(pipe.writer.get());
  Log().error(Error(ErrorKind::usage, "nobody reads this"));

  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  EXPECT_EQ(::sigismember(&mask, SIGPIPE), 0);
}

TEST(Log, LeavesASigpipeThatIsNotItsOwn) {
  sigset_t pipe_signal;
  ::sigemptyset(&pipe_signal);
  ::sigaddset(&pipe_signal, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_signal, nullptr);
  ASSERT_EQ(::raise(SIGPIPE), 0);
  EXPECT_EQ(written([] { Log().line("note", "x"); }), "kvrun: note: x\n");
  const timespec at_once{};
  EXPECT_EQ(::sigtimedwait(&pipe_signal, nullptr, &at_once), SIGPIPE);
  ::pthread_sigmask(SIG_UNBLOCK, &pipe_signal, nullptr);
}

TEST(Log, SurvivesAStderrThatIsClosed) {
  const UniqueFd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  ::close(STDERR_FILENO);
  Log().error(Error(ErrorKind::usage, "nobody reads this"));
  ::dup2(before.get(), STDERR_FILENO);
  EXPECT_EQ(written([] { Log().line("note", "x"); }), "kvrun: note: x\n");
}

TEST(Log, GivesUpOnAPipeThatNobodyEmptiesAndLeavesItsFlags) {
  Pair pipe = make_pipe();
  fill(pipe.writer.get());
  const int flags = ::fcntl(pipe.writer.get(), F_GETFL);
  {
    const fakes::StderrIs now(pipe.writer.get());
    for (int i = 0; i < 100; ++i) {
      Log().error(Error(ErrorKind::usage, "nobody reads this")); // a write would block for ever
    }
  }
  EXPECT_EQ(::fcntl(pipe.writer.get(), F_GETFL), flags);
  EXPECT_EQ(drain(pipe.reader.get()).find("nobody"), std::string::npos);
  // Once it is read again, it is written again.
  EXPECT_EQ(written(std::move(pipe), [] { Log().line("note", "x"); }), "kvrun: note: x\n");
}

TEST(Log, GivesUpOnATerminalThatIsStopped) {
  const Pair terminal = make_terminal();
  ::tcflow(terminal.writer.get(), TCOOFF);
  {
    const fakes::StderrIs now(terminal.writer.get());
    Log().line("note", "nobody sees this");
  }
  ::tcflow(terminal.writer.get(), TCOON);
  EXPECT_EQ(drain(terminal.reader.get()), "");
}

} // namespace
} // namespace kvrun
