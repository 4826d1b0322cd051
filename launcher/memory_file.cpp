// SPDX-License-Identifier: MIT
#include "launcher/memory_file.hpp"

#include "base/blocked_signal.hpp"
#include "base/error.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U // Linux 6.3; the distribution's headers are older
#endif

namespace kvrun::launcher {

namespace {

constexpr int k_first_descriptor = 200; // scripts, bats and git hooks use low numbers (unix.md U2)

[[noreturn]] void fail(std::string_view name, const char* what, const char* hint) {
  throw Error(ErrorKind::usage, fmt::format("{}: {}: {}", name, what, system_reason(errno)), hint);
}

UniqueFd make(std::string_view name) {
  // vm.memfd_noexec=2 refuses a file that could be executed; older kernels do not know the flag
  // (unix.md U26).
  UniqueFd fd(::memfd_create("kvrun", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL));
  if (!fd && errno == EINVAL) {
    fd.reset(::memfd_create("kvrun", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  }
  if (!fd) {
    fail(name,
         "no in-memory file: memfd_create",
         "allow memfd_create in the sandbox that kvrun runs in");
  }
  return fd;
}

void fill(int fd, std::string_view name, std::string_view content) {
  const BlockedSignal no_sigxfsz(SIGXFSZ); // 'ulimit -f' counts for a memfd too
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) {
      fail(name,
           "the in-memory file cannot be written",
           errno == EFBIG ? "raise the limit 'ulimit -f'"
                          : "check the memory limit of this process");
    }
    content.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

// From 200 up, else the highest free number below the soft limit.
UniqueFd move_up(UniqueFd fd, std::string_view name) {
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, k_first_descriptor));
  if (moved) {
    return moved;
  }
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const int end = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
    for (int number = end - 1; number > 2; --number) {
      if (::fcntl(number, F_GETFD) == -1 && ::dup3(fd.get(), number, O_CLOEXEC) == number) {
        return UniqueFd(number);
      }
    }
  }
  errno = EMFILE;
  fail(name, "no descriptor is free for the in-memory file", "raise the limit 'ulimit -n'");
}

// The pid as this /proc knows it: it may be of another pid namespace, where getpid()'s number is
// another process's (unix.md U7).
std::string proc_path(int fd, std::string_view name) {
  std::array<char, 64> pid{};
  const ssize_t size = ::readlink("/proc/self", pid.data(), pid.size() - 1);
  std::string path =
      fmt::format("/proc/{}/fd/{}",
                  size > 0 ? std::string_view(pid.data(), static_cast<std::size_t>(size)) : "self",
                  fd);
  struct stat own {};
  struct stat reached {};
  const UniqueFd opened(size > 0 ? ::open(path.c_str(), O_RDONLY | O_CLOEXEC) : -1);
  if (!opened || ::fstat(fd, &own) != 0 || ::fstat(opened.get(), &reached) != 0 ||
      own.st_dev != reached.st_dev || own.st_ino != reached.st_ino) {
    throw Error(ErrorKind::refused,
                fmt::format("{}: /proc does not lead to the in-memory file", name),
                "mount the /proc of this pid namespace, or deliver the secret in a variable");
  }
  return path;
}

} // namespace

MemoryFile::MemoryFile(std::string_view name, std::string_view content, unsigned mode)
    : fd_(make(name)) {
  fill(fd_.get(), name, content);
  if (::fchmod(fd_.get(), mode) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0 ||
      ::fcntl(fd_.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) !=
          0) {
    fail(name, "the in-memory file cannot be sealed", "");
  }
  fd_ = move_up(std::move(fd_), name);
  path_ = proc_path(fd_.get(), name);
}

void MemoryFile::hand_over() const {
  ::fcntl(fd_.get(), F_SETFD, 0);
}

} // namespace kvrun::launcher
