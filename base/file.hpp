// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/secret_string.hpp"
#include "base/unique_fd.hpp"

#include <string>

namespace kvrun {

// Whether no descriptor is left to this process or to the system. Much of what needs one then says
// that a file or a name is not there.
[[nodiscard]] bool no_descriptor_left();

// Why a file could not be opened: of that kind, but ErrorKind::usage when no descriptor was left.
[[nodiscard]] Error open_failure(ErrorKind kind, const std::string& path, int code);

// The whole content of a file of at most `limit` bytes. Opened close-on-exec and without blocking;
// what is no regular file (a FIFO, a pipe) is waited for no longer than the deadline (unix.md U25).
// Throws Error(kind) with the path and the system's reason, what open_failure() says where it
// cannot be opened; Error(unavailable) when the deadline passes.
[[nodiscard]] SecretString
read_file(const std::string& path, std::size_t limit, ErrorKind kind, const Deadline& deadline);

// The same from an open descriptor; `name` is for messages.
[[nodiscard]] SecretString read_descriptor(
    int fd, const std::string& name, std::size_t limit, ErrorKind kind, const Deadline& deadline);

} // namespace kvrun
