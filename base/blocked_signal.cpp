// SPDX-License-Identifier: MIT
#include "base/blocked_signal.hpp"

#include <cerrno>
#include <ctime>

namespace kvrun {

BlockedSignal::BlockedSignal(int signal) {
  ::sigemptyset(&signal_);
  ::sigaddset(&signal_, signal);
  sigset_t pending;
  ::sigpending(&pending);
  was_pending_ = ::sigismember(&pending, signal) == 1;
  ::pthread_sigmask(SIG_BLOCK, &signal_, &before_);
}

BlockedSignal::~BlockedSignal() {
  const int error = errno; // the call's
  if (!was_pending_) {     // one that came from elsewhere is the caller's
    const timespec at_once{};
    while (::sigtimedwait(&signal_, nullptr, &at_once) == -1 && errno == EINTR) {
    }
  }
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  errno = error;
}

} // namespace kvrun
