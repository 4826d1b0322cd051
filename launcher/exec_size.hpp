// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "launcher/command.hpp"
#include "launcher/environment.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// What would make exec fail with E2BIG, found before it (design.md §4, unix.md U17): a string over
// 32 pages, or all of them over what the stack limit leaves. The errors name the variables, or the
// three largest (rules A51).
[[nodiscard]] std::vector<Error>
check_exec_size(const Command& command,
                const Environment& environment,
                const std::function<bool(std::string_view name)>& is_secret);

// Why a variable of that many bytes, its name, '=' and NUL among them, cannot be handed to any
// command; nothing where it can.
[[nodiscard]] std::optional<Error>
too_long_for_exec(std::string_view name, std::size_t size, bool is_secret);

// "'A', argument 3 and 'C'": what takes the most room.
[[nodiscard]] std::string largest_strings(const Command& command, const Environment& environment);

} // namespace kvrun::launcher
