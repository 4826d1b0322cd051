// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace kvrun::emulator {

using Time = std::chrono::system_clock::time_point;

// Says what time it is; tests bring their own.
using Clock = std::function<Time()>;

[[nodiscard]] inline std::int64_t unix_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

} // namespace kvrun::emulator
