// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "launcher/delivery.hpp"
#include "launcher/run_record.hpp"

#include <span>

namespace kvrun::launcher {

// Runs the subcommand that was asked for. Returns its exit status: 0 good, 1 problems found, 2 a
// wrong command line; every problem has been told, and is in the report with that status.
[[nodiscard]] int run_subcommand(const Invocation& invocation);

// Whether one of them is about what an option says, which is a wrong command line.
[[nodiscard]] bool is_command_line_wrong(std::span<const Error> errors);

// The status of a subcommand that has these problems; 0 for none. What is wrong with an option is a
// wrong command line.
[[nodiscard]] int subcommand_status(std::span<const Error> errors);

// The subcommands. They read through the same code as a run, and throw what it throws. Each puts
// what happened into the record, whose errors are told when it has returned, and returns its exit
// status, which those may raise.
[[nodiscard]] int check(const Invocation& invocation, RunRecord& record);
[[nodiscard]] int read_one(const Invocation& invocation, RunRecord& record);
[[nodiscard]] int export_variables(const Invocation& invocation, RunRecord& record);
[[nodiscard]] int render(const Invocation& invocation, RunRecord& record);
[[nodiscard]] int list(const Invocation& invocation, RunRecord& record);
[[nodiscard]] int doctor(const Invocation& invocation, RunRecord& record);
[[nodiscard]] int init(const Invocation& invocation, RunRecord& record);
[[nodiscard]] int completion(const Invocation& invocation);

} // namespace kvrun::launcher
