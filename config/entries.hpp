// SPDX-License-Identifier: MIT
#pragma once

#include "config/reader.hpp"

namespace kvrun::config {

enum class Section { env, files };
enum class Level { top, profile };

// The entries of `env:` or `files:`; in a profile `NAME: ~` is a removal (rules A13).
void read_variables(
    Reader& reader, const yaml::Node& node, Section section, Level level, Config& config);

// `bundles:`; nothing when it is no list.
[[nodiscard]] std::optional<std::vector<Bundle>> read_bundles(Reader& reader,
                                                              const yaml::Node& node);

// `expired:` on top and of an entry.
[[nodiscard]] std::optional<Expired> read_expired(Reader& reader, const yaml::Node& node);

} // namespace kvrun::config
