// SPDX-License-Identifier: MIT
#include "launcher/process_state.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace kvrun::launcher {

namespace {

sigset_t inherited_mask; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables): written
                         // before main
bool inherited_pending_sigpipe = false;

// libPocoFoundation blocks SIGPIPE in a constructor, before main: only .preinit_array sees the mask
// of the caller (unix.md U9).
void record_mask(int /*argc*/, char** /*argv*/, char** /*envp*/) {
  ::sigprocmask(SIG_SETMASK, nullptr, &inherited_mask);
  sigset_t pending;
  ::sigpending(&pending);
  inherited_pending_sigpipe = ::sigismember(&pending, SIGPIPE) == 1;
}

using Initializer = void (*)(int, char**, char**);
[[gnu::section(".preinit_array"), gnu::used]] Initializer record_mask_first = &record_mask;

extern "C" void end_as_init(int signal) {
  ::_exit(128 + signal);
}

} // namespace

void restore_signals() {
  if (!inherited_pending_sigpipe) {
    struct sigaction inherited {};
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &inherited); // discards one that is pending
    ::sigaction(SIGPIPE, &inherited, nullptr);
  }
  ::sigprocmask(SIG_SETMASK, &inherited_mask, nullptr);
}

void end_on_signals_as_init() {
  if (::getpid() != 1) {
    return;
  }
  constexpr std::array signals{SIGTERM, SIGINT, SIGHUP, SIGQUIT};
  for (const int signal : signals) {
    struct sigaction action {};
    ::sigaction(signal, nullptr, &action);
    if (action.sa_handler == SIG_DFL) { // one inherited as ignored stays ignored
      std::memset(&action, 0, sizeof action);
      action.sa_handler = &end_as_init;
      ::sigaction(signal, &action, nullptr);
    }
  }
}

} // namespace kvrun::launcher
