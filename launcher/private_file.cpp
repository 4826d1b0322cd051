// SPDX-License-Identifier: MIT
#include "launcher/private_file.hpp"

#include "base/blocked_signal.hpp"
#include "base/error.hpp"
#include "base/unique_fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kvrun::launcher {

namespace {

[[noreturn]] void fail(const std::string& file) {
  const int error = errno;
  throw Error(ErrorKind::usage,
              fmt::format("'{}' cannot be written: {}", file, std::strerror(error)),
              error == EFBIG ? "raise the limit 'ulimit -f'"
                             : "name a file in a directory that you can write");
}

// Only a regular file is replaced, or a link to one: a rename over '/dev/null' would take it from
// the whole system, and a link there, '/dev/stdout', means what it leads to.
void refuse_special(const std::string& file) {
  struct stat there {};
  if (::stat(file.c_str(), &there) != 0 || S_ISREG(there.st_mode)) {
    return; // making it tells what else is wrong
  }
  throw Error(
      ErrorKind::usage,
      fmt::format("'{}' cannot be written: {}",
                  file,
                  S_ISDIR(there.st_mode) ? "it is a directory" : "it is not a regular file"),
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
