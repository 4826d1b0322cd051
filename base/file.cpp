// SPDX-License-Identifier: MIT
#include "base/file.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <string_view>

namespace kvrun {

namespace {

// A piece of a file on its way to its owner.
class Buffer {
public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { ::explicit_bzero(bytes_.data(), bytes_.size()); }

  ::ssize_t fill(int fd) { return ::read(fd, bytes_.data(), bytes_.size()); }
  [[nodiscard]] std::string_view first(std::size_t count) const { return {bytes_.data(), count}; }

private:
  std::array<char, 16384> bytes_{};
};

Error failure(ErrorKind kind, const std::string& name, std::string_view reason) {
  return {kind, fmt::format("cannot read '{}': {}", name, reason)};
}

// Waits for bytes or the end, not past the deadline.
void await(int fd, const std::string& name, ErrorKind kind, bool begun, const Deadline& deadline) {
  for (;;) {
    const Milliseconds left = deadline.left(std::chrono::steady_clock::now());
    const auto wait = std::min<Milliseconds::rep>(left.count(), std::numeric_limits<int>::max());
    pollfd entry{fd, POLLIN, 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(wait));
    if (ready > 0) {
      return;
    }
    if (ready < 0 && errno != EINTR) {
      throw failure(kind, name, system_reason(errno));
    }
    if (deadline.over(std::chrono::steady_clock::now())) {
      throw failure(ErrorKind::unavailable,
                    name,
                    begun ? "its end did not come before the deadline"
                          : "nothing came before the deadline");
    }
  }
}

bool is_lack_of_descriptors(int code) {
  return code == EMFILE || code == ENFILE;
}

} // namespace

bool no_descriptor_left() {
  const UniqueFd probe(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return !probe && is_lack_of_descriptors(errno);
}

Error open_failure(ErrorKind kind, const std::string& path, int code) {
  const Error error = failure(kind, path, system_reason(code));
  return is_lack_of_descriptors(code)
             ? Error(ErrorKind::usage, error.message(), "raise the limit 'ulimit -n'")
             : error;
}

SecretString
read_file(const std::string& path, std::size_t limit, ErrorKind kind, const Deadline& deadline) {
  if (path.find('\0') != std::string::npos) {
    throw failure(kind, path.substr(0, path.find('\0')), "the name goes on after a NUL");
  }
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    throw open_failure(kind, path, errno);
  }
  return read_descriptor(fd.get(), path, limit, kind, deadline);
}

SecretString read_descriptor(
    int fd, const std::string& name, std::size_t limit, ErrorKind kind, const Deadline& deadline) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) {
    throw failure(kind, name, system_reason(errno));
  }
  if (S_ISDIR(status.st_mode)) {
    throw failure(kind, name, system_reason(EISDIR));
  }
  SecretString content;
  Buffer buffer;
  for (;;) {
    // A FIFO that no writer has opened yet reads as ended; poll knows the difference.
    await(fd, name, kind, !content.empty(), deadline);
    const ::ssize_t count = buffer.fill(fd);
    if (count == 0) {
      return content;
    }
    if (count < 0) {
      if (errno == EINTR || errno == EAGAIN) {
        continue;
      }
      throw failure(kind, name, system_reason(errno));
    }
    const auto more = static_cast<std::size_t>(count);
    if (more > limit - content.size()) {
      throw failure(kind, name, fmt::format("larger than {} bytes", limit));
    }
    content.append(buffer.first(more));
  }
}

} // namespace kvrun
