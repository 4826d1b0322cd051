// SPDX-License-Identifier: MIT
#include "launcher/subcommand/output.hpp"

#include "base/blocked_signal.hpp"
#include "base/error.hpp"
#include "launcher/private_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace kvrun::launcher {

namespace {

[[noreturn]] void fail(int error) {
  throw Error(ErrorKind::usage,
              fmt::format("stdout cannot be written: {}", system_reason(error)),
              error == EFBIG ? "raise the limit 'ulimit -f'" : "");
}

} // namespace

void write_stdout(std::string_view text) {
  const int flags = ::fcntl(STDOUT_FILENO, F_GETFD);
  if (flags == -1 ||
      (flags & FD_CLOEXEC) != 0) { // nobody passes one on so: ours, in a closed one's place
    fail(EBADF);
  }
  // A reader that is gone and a file at its limit are told as errors, not by a signal.
  const BlockedSignal no_sigpipe(SIGPIPE);
  const BlockedSignal no_sigxfsz(SIGXFSZ);
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno == EAGAIN) {
      pollfd ready{STDOUT_FILENO, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (written < 0 && errno != EINTR) {
      fail(errno);
    }
  }
  // Some file systems tell of a full disk only when a descriptor is closed.
  const int last = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (last >= 0 && ::close(last) != 0 && errno != EINTR) {
    fail(errno);
  }
}

void write_output(const std::optional<std::string>& file, std::string_view content) {
  if (file && *file != "-") {
    write_private_file(*file, content);
  } else {
    write_stdout(content);
  }
}

bool goes_to_terminal(const std::optional<std::string>& file) {
  return (!file || *file == "-") && ::isatty(STDOUT_FILENO) == 1;
}

std::string aligned(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += fmt::format("{:{}}", row[i], i + 1 < row.size() ? widths[i] + 2 : 0);
    }
    line.resize(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text;
}

} // namespace kvrun::launcher
