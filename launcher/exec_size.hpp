// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "launcher/command.hpp"
#include "launcher/environment.hpp"

#include <functional>
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

// "'A', argument 3 and 'C'": what takes the most room.
[[nodiscard]] std::string largest_strings(const Command& command, const Environment& environment);

} // namespace kvrun::launcher
