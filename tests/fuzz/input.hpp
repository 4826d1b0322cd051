// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string_view>

namespace kvrun::fuzz {

// What a target does with one input; each target defines its own.
void run(std::string_view text);

// Unlike assert, also in a build without debugging.
inline void require(bool good) {
  if (!good) {
    std::abort();
  }
}

} // namespace kvrun::fuzz
