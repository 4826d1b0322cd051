// SPDX-License-Identifier: MIT
#include "launcher/private_file.hpp"

#include "base/blocked_signal.hpp"
#include "base/error.hpp"
#include "base/unique_fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace kvrun::launcher {

namespace {

[[noreturn]] void fail(const std::string& file) {
  const int error = errno;
  throw Error(ErrorKind::usage,
              fmt::format("'{}' cannot be written: {}", file, system_reason(error)),
              error == EFBIG ? "raise the limit 'ulimit -f'"
                             : "name a file in a directory that you can write");
}

// A link that ends in /proc is an open descriptor, whatever stat() shows: behind '/dev/stdout' a
// regular file when stdout is redirected, nothing at all when kvrun may not look (undumpable).
bool leads_into_proc(std::filesystem::path path) {
  constexpr int most = 40; // links that the kernel follows: path_resolution(7)
  for (int i = 0; i < most; ++i) {
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    struct statfs system {};
    if (::statfs(folder.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC) {
      return true;
    }
    std::error_code no_link;
    const std::filesystem::path target = std::filesystem::read_symlink(path, no_link);
    if (no_link) {
      return false;
    }
    path = folder / target;
  }
  return false;
}

// Only a regular file is replaced, or a link to one: a rename over '/dev/null' would take it from
// the whole system, and a link there, '/dev/stdout', means what it leads to.
void refuse_special(const std::string& file) {
  struct stat there {};
  const bool found = ::stat(file.c_str(), &there) == 0;
  if (!leads_into_proc(file) && (!found || S_ISREG(there.st_mode))) {
    return; // making it tells what else is wrong
  }
  throw Error(ErrorKind::usage,
              fmt::format("'{}' cannot be written: {}",
                          file,
                          found && S_ISDIR(there.st_mode) ? "it is a directory"
                                                          : "it is not a regular file"),
              "name a file that may be replaced");
}

} // namespace

void write_private_file(const std::string& file, std::string_view content) {
  refuse_special(file);
  std::string name = file + ".XXXXXX";
  const UniqueFd fd(::mkostemp(name.data(), O_CLOEXEC)); // 0600, and never one that exists
  if (!fd) {
    fail(file);
  }
  const BlockedSignal no_sigxfsz(SIGXFSZ);
  bool good = true;
  while (good && !content.empty()) {
    const ssize_t written = ::write(fd.get(), content.data(), content.size());
    good = written > 0 || (written < 0 && errno == EINTR);
    content.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
  if (!good || ::rename(name.c_str(), file.c_str()) != 0) {
    const int error = errno;
    ::unlink(name.c_str());
    errno = error;
    fail(file);
  }
}

} // namespace kvrun::launcher
