// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace kvrun::config {

// Variables that change how programs load or find things (design.md §3): a closed list, documented
// in docs/config.md. A glob of it ends in `*`.
[[nodiscard]] std::span<const std::string_view> loader_names();
[[nodiscard]] bool is_loader_name(std::string_view name);

} // namespace kvrun::config
