// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/place.hpp"
#include "config/model.hpp"

#include <optional>
#include <string>

namespace kvrun::launcher {

struct LoadedConfig {
  std::string file;                     // "" when there is none
  std::optional<config::Config> config; // with the profile laid over it; has a value if there is
                                        // one, whatever it holds (rules A1)
};

// The config that is named, else the one in the working directory as far as it is trusted, else
// none; where an empty name is given, none whatever is there. Problems are added. The file is
// waited for no longer than the deadline.
[[nodiscard]] LoadedConfig load_config(const std::optional<config::Setting<std::string>>& named,
                                       const std::optional<config::Setting<std::string>>& profile,
                                       const Deadline& deadline,
                                       Problems& problems);

} // namespace kvrun::launcher
