// SPDX-License-Identifier: MIT
#pragma once

#include "launcher/delivery.hpp"

namespace kvrun::launcher {

// The subcommands. Each returns its exit status: 0 good, 1 problems found; a wrong command line was told before (2). They read
// through the same code as a run, and throw what it throws.
[[nodiscard]] int check(const Invocation& invocation);
[[nodiscard]] int read_one(const Invocation& invocation);
[[nodiscard]] int export_variables(const Invocation& invocation);
[[nodiscard]] int render(const Invocation& invocation);
[[nodiscard]] int list(const Invocation& invocation);
[[nodiscard]] int doctor(const Invocation& invocation);
[[nodiscard]] int init(const Invocation& invocation);
[[nodiscard]] int completion(const Invocation& invocation);

} // namespace kvrun::launcher
