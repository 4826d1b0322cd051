// SPDX-License-Identifier: MIT
#include "base/blocked_signal.hpp"

#include <gtest/gtest.h>

#include <signal.h>

#include <cerrno>

namespace kvrun {
namespace {

bool is_pending(int signal) {
  sigset_t pending;
  ::sigpending(&pending);
  return ::sigismember(&pending, signal) == 1;
}

bool is_blocked(int signal) {
  sigset_t mask;
  ::pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return ::sigismember(&mask, signal) == 1;
}

TEST(BlockedSignal, DoesNotArriveThenOrLater) {
  {
    const BlockedSignal guard(SIGXFSZ);
    ::raise(SIGXFSZ);
    EXPECT_TRUE(is_pending(SIGXFSZ));
  }
  EXPECT_FALSE(is_pending(SIGXFSZ));
  EXPECT_FALSE(is_blocked(SIGXFSZ));
}

TEST(BlockedSignal, StaysPendingWhereItWasSoBefore) {
  sigset_t signal;
  ::sigemptyset(&signal);
  ::sigaddset(&signal, SIGXFSZ);
  ::pthread_sigmask(SIG_BLOCK, &signal, nullptr);
  ::raise(SIGXFSZ);
  { const BlockedSignal guard(SIGXFSZ); }
  EXPECT_TRUE(is_pending(SIGXFSZ));
  EXPECT_TRUE(is_blocked(SIGXFSZ));
  int taken = 0;
  ::sigwait(&signal, &taken);
  ::pthread_sigmask(SIG_UNBLOCK, &signal, nullptr);
}

TEST(BlockedSignal, LeavesTheErrorOfTheCallToBeTold) {
  {
    const BlockedSignal guard(SIGXFSZ);
    errno = EFBIG;
  }
  EXPECT_EQ(errno, EFBIG);
}

} // namespace
} // namespace kvrun
