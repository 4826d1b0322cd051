// SPDX-License-Identifier: MIT
#pragma once

#include <signal.h>

namespace kvrun {

// A signal that this thread's own calls may raise (a write: SIGPIPE, SIGXFSZ), blocked while this
// lives, so that the call fails with an error instead. Afterwards the mask and what is pending are
// as before.
class BlockedSignal {
public:
  explicit BlockedSignal(int signal);
  BlockedSignal(const BlockedSignal&) = delete;
  BlockedSignal& operator=(const BlockedSignal&) = delete;
  ~BlockedSignal();

private:
  sigset_t signal_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

} // namespace kvrun
