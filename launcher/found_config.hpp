// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "base/unique_fd.hpp"

#include <sys/types.h>

#include <optional>
#include <string>

namespace kvrun::launcher {

inline constexpr const char* k_config_name = "kvrun.yaml";

// A config in the working directory that nobody named, and how far it is trusted (design.md §3,
// rules T9).
struct FoundConfig {
  std::string file = k_config_name;
  UniqueFd fd;                    // open, so that what was judged is what is read
  bool of_caller_or_root = false; // else the directory's owner's: it may not choose every identity
};

// The one in the working directory, if there is one. Throws Error(usage) where it must not be
// believed, with the `-c` line that allows it.
[[nodiscard]] std::optional<FoundConfig> find_config();

// The nearest parent directory's config, for the hint; "" when there is none.
[[nodiscard]] std::string parents_config();

} // namespace kvrun::launcher
