// SPDX-License-Identifier: MIT
#include "base/deadline.hpp"

#include <fmt/format.h>

namespace kvrun {

std::string in_seconds(Milliseconds duration) {
  const double seconds = static_cast<double>(duration.count()) / 1000.0;
  // The short form turns to exponents at 1000.
  return seconds < 999.5 ? fmt::format("{:.3g} s", seconds) : fmt::format("{:.0f} s", seconds);
}

} // namespace kvrun
