// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace kvrun::launcher {

// "2030-01-01T00:00:00Z" of Unix seconds.
[[nodiscard]] std::string timestamp(std::int64_t unix_seconds);

} // namespace kvrun::launcher
