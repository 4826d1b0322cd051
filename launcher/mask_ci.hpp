// SPDX-License-Identifier: MIT
#pragma once

#include "launcher/binder.hpp"
#include "launcher/environment.hpp"

#include <span>

namespace kvrun::launcher {

enum class Runner { github_actions, azure_pipelines };

// The runner that --mask-ci speaks to. Throws Error(usage) outside both, and where stderr is a file
// or a terminal: the values would stay there.
[[nodiscard]] Runner find_runner(const Environment& environment);

// Tells the runner, on stderr, to mask each line of 4 bytes or more of each secret value.
void mask_values(Runner runner, std::span<const BoundVariable> variables);

} // namespace kvrun::launcher
