// SPDX-License-Identifier: MIT
// unix.md U10
#include "launcher/process_state.hpp"

#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kvrun::launcher {
namespace {

// Does that in a child and returns how it ended.
template <typename Act> int status_of(const Act& act) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::_exit(act());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

bool is_pending(int signal) {
  sigset_t pending;
  ::sigpending(&pending);
  return ::sigismember(&pending, signal) == 1;
}

// A connection that the peer has reset raises one, which our libraries keep blocked.
TEST(RestoredSignals, LackASigpipeOfOurOwn) {
  const int status = status_of([] {
    sigset_t sigpipe;
    ::sigemptyset(&sigpipe);
    ::sigaddset(&sigpipe, SIGPIPE);
    ::sigprocmask(SIG_BLOCK, &sigpipe, nullptr);
    ::raise(SIGPIPE);
    if (!is_pending(SIGPIPE)) {
      return 2;
    }
    restore_signals();
    return is_pending(SIGPIPE) ? 3 : 0;
  });
  EXPECT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(RestoredSignals, KeepTheDispositionOfSigpipe) {
  for (const auto disposition : {SIG_DFL, SIG_IGN}) {
    const int status = status_of([&] {
      ::signal(SIGPIPE, disposition);
      restore_signals();
      struct sigaction now {};
      ::sigaction(SIGPIPE, nullptr, &now);
      return now.sa_handler == disposition ? 0 : 1;
    });
    EXPECT_EQ(status, 0);
  }
}

} // namespace
} // namespace kvrun::launcher
