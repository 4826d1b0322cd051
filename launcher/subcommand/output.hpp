// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// Writes all of it to stdout. Throws Error(usage) when that fails: a full disk, a reader that is
// gone, a stdout that is closed.
void write_stdout(std::string_view text);

// Writes to the file of `-o` (rules T7), or to stdout where there is none or it is '-'. Throws
// Error(usage).
void write_output(const std::optional<std::string>& file, std::string_view content);

// Whether a result would be shown on a terminal.
[[nodiscard]] bool goes_to_terminal(const std::optional<std::string>& file);

// The rows as lines, the columns aligned and two blanks apart; no blanks at the end.
[[nodiscard]] std::string aligned(const std::vector<std::vector<std::string>>& rows);

} // namespace kvrun::launcher
