// SPDX-License-Identifier: MIT
#pragma once

#include "launcher/delivery.hpp"

namespace kvrun::launcher {

// The run itself: config to exec. Returns the exit status when the command could not be started;
// every problem has been told.
[[nodiscard]] int run_command(const Invocation& invocation);

} // namespace kvrun::launcher
