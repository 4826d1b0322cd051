// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// What is run, found before anything is contacted.
struct Command {
  std::vector<std::string> argv;
  std::string path; // what execve is given
};

// Looks the command up as execvp(3) does, in the caller's PATH, so that a config cannot choose the
// program (unix.md U15). Throws Error(not_found) or Error(not_runnable), with no argument in the
// message.
[[nodiscard]] Command find_command(std::vector<std::string> argv,
                                   std::optional<std::string_view> path);

// "kvrun: warning:" text for commands that drop the environment (unix.md U27); "" for all others.
[[nodiscard]] std::string warning_about(const Command& command);

} // namespace kvrun::launcher
