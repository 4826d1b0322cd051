// SPDX-License-Identifier: MIT
#pragma once

namespace kvrun::emulator {

// The whole program; its exit status.
[[nodiscard]] int run(int argc, char** argv);

} // namespace kvrun::emulator
