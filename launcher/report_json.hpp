// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// Pieces of what `--format json` and `--report` write. Bytes that are no UTF-8 become '?': they can
// only have come from the names of files and commands.
[[nodiscard]] std::string json_text(std::string_view text);
[[nodiscard]] std::string json_list(const std::vector<std::string>& texts);
// "2030-01-01T00:00:00Z", or null.
[[nodiscard]] std::string json_time(const std::optional<std::int64_t>& unix_seconds);
// [{ "status": 123, "message": …, "hint": … }]; the status is what a run would exit with.
[[nodiscard]] std::string json_errors(std::span<const Error> errors);

} // namespace kvrun::launcher
