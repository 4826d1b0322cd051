// SPDX-License-Identifier: MIT
#include "base/error.hpp"
#include "launcher/process_state.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>

namespace kvrun::launcher {

namespace {

// With 2 closed, a TLS connection would become descriptor 2 and an error message would go into it
// (unix.md U14).
void hold_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
      const int held = ::open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY);
      if (held != fd) {
        throw Error(ErrorKind::usage,
                    fmt::format("descriptor {} is closed and '/dev/null' cannot be opened", fd),
                    "start kvrun with its standard descriptors open");
      }
    }
  }
}

// The kernel tells of set-user-id, set-group-id and file capabilities in one flag.
void refuse_more_rights_than_the_caller() {
  if (::getauxval(AT_SECURE) != 0 || ::getuid() != ::geteuid() || ::getgid() != ::getegid()) {
    throw Error(ErrorKind::usage,
                "kvrun refuses to run set-user-id, set-group-id or with file capabilities",
                "remove them from its file: 'chmod ug-s' and 'setcap -r'");
  }
}

} // namespace

void harden() {
  hold_standard_descriptors();
  refuse_more_rights_than_the_caller();
  // No core dump and no debugger while secrets are in memory. exec makes the command an ordinary
  // process again; a core limit would be inherited by it.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
    throw Error(ErrorKind::usage,
                fmt::format("the process cannot be made private: prctl: {}", system_reason(errno)),
                "allow prctl(PR_SET_DUMPABLE) in the sandbox that kvrun runs in");
  }
}

} // namespace kvrun::launcher
