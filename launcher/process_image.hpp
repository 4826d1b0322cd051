// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "launcher/command.hpp"
#include "launcher/environment.hpp"

#include <optional>

namespace kvrun::launcher {

// Replaces this process by the command. The caller has let go of everything else. Returns only when
// that fails: the Error is not_found or not_runnable, as env(1) tells them apart.
[[nodiscard]] Error replace_process(Command& command, Environment& environment);

// What is wrong with the first line of a script, as exec would find it; nothing where that line is
// good, or there is none.
[[nodiscard]] std::optional<Error> interpreter_problem(const Command& command);

} // namespace kvrun::launcher
