// SPDX-License-Identifier: MIT
#pragma once

namespace kvrun::launcher {

// The whole program: what main() does. Returns the exit status; a run that goes well does not
// return.
[[nodiscard]] int run(int argc, const char* const* argv, const char* const* environment);

} // namespace kvrun::launcher
