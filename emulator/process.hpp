// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <csignal>
#include <string>
#include <vector>

namespace kvrun::emulator {

// The signals that the emulator takes for itself and passes on. Made before any thread is.
class Signals {
public:
  Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  Signals(Signals&&) = delete;
  Signals& operator=(Signals&&) = delete;
  // Discards those that still wait, so that the status stays what it is.
  ~Signals();

  // Waits until the child is gone, passing TERM, INT, HUP and QUIT on to it; its exit status, or
  // 128+n.
  [[nodiscard]] int wait_for(pid_t child) const;
  // Waits for TERM, INT, HUP or QUIT.
  void wait_for_end() const;
  // The mask that the command starts with.
  [[nodiscard]] const sigset_t& inherited() const noexcept { return inherited_; }

private:
  sigset_t taken_{};
  sigset_t before_{};
  sigset_t inherited_{};
};

// Where a command is, by the caller's PATH as execvp(3) has it. Throws Error(not_found) and
// Error(not_runnable).
[[nodiscard]] std::string find_command(const std::string& name);

// Starts a command. Throws Error(not_found) and Error(not_runnable).
[[nodiscard]] pid_t start_command(const std::string& path,
                                  const std::vector<std::string>& words,
                                  const std::vector<std::string>& environment,
                                  const Signals& signals);

} // namespace kvrun::emulator
