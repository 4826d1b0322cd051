// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "launcher/command.hpp"
#include "launcher/environment.hpp"

namespace kvrun::launcher {

// Replaces this process by the command. The caller has let go of everything else. Returns only when
// that fails: the Error is not_found or not_runnable, as env(1) tells them apart.
[[nodiscard]] Error replace_process(Command& command, Environment& environment);

} // namespace kvrun::launcher
