// SPDX-License-Identifier: MIT
#pragma once

#include "base/place.hpp"
#include "config/model.hpp"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kvrun::config {

// What the parser cannot know by itself, for config/ knows nothing of Azure.
struct Vocabulary {
  std::span<const std::string_view> clouds;
  // Throws Error(usage), without a place, when a text is no identity setting.
  std::function<void(std::string_view)> check_identity;
};

// Parses a config (design.md §3; rules A1–A41). Every problem of the text is added, each with file,
// line and column; what could be read is returned. `file` is the name as it was given.
[[nodiscard]] Config parse_config(std::string_view text,
                                  const std::string& file,
                                  const Vocabulary& vocabulary,
                                  Problems& problems);

// rules A7: [0-9]+(\.[0-9]+)?(ms|s|m|h)?, no unit = seconds; nothing when it is none or not within
// the bounds.
[[nodiscard]] std::optional<Milliseconds>
parse_duration(std::string_view text, Milliseconds least, Milliseconds most);
inline constexpr Milliseconds k_least_timeout{100};
inline constexpr Milliseconds k_most_timeout{3'600'000};
inline constexpr Milliseconds k_most_start_jitter{600'000};
inline constexpr unsigned k_most_parallel = 64;

} // namespace kvrun::config
