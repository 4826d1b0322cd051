// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "launcher/delivery.hpp"

#include <span>
#include <vector>

namespace kvrun::launcher {

// Runs the subcommand that was asked for. Returns its exit status: 0 good, 1 problems found, 2 a
// wrong command line; every problem has been told.
[[nodiscard]] int run_subcommand(const Invocation& invocation);

// Whether one of them is about what an option says, which is a wrong command line.
[[nodiscard]] bool is_command_line_wrong(std::span<const Error> errors);

// Tells problems and returns the status of a subcommand that has them; 0 for none.
[[nodiscard]] int tell_problems(const Log& log, std::span<const Error> errors);

// The subcommands. Each returns its exit status. They read through the same code as a run, and
// throw what it throws.
[[nodiscard]] int check(const Invocation& invocation);
[[nodiscard]] int read_one(const Invocation& invocation);
[[nodiscard]] int export_variables(const Invocation& invocation);
[[nodiscard]] int render(const Invocation& invocation);
[[nodiscard]] int list(const Invocation& invocation);
[[nodiscard]] int doctor(const Invocation& invocation);
[[nodiscard]] int init(const Invocation& invocation);
[[nodiscard]] int completion(const Invocation& invocation);

} // namespace kvrun::launcher
