// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace kvrun::launcher {

// The completion of a shell (bash, zsh or fish), made from the one table of options. The script
// runs nothing but the shell and awk: kvrun is not asked, and nothing is contacted.
[[nodiscard]] std::string completion_script(std::string_view shell);

[[nodiscard]] std::string bash_completion();
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

// An awk program that prints the names under `profiles:` of a config on stdin. Only those of
// letters, digits, '.', '_' and '-': what a shell would expand stays out.
inline constexpr std::string_view k_profiles_awk =
    R"(/^profiles:[ \t\r]*(#.*)?$/ { on = 1; next } )"
    R"(/^[^ \t#]/ { on = 0 } )"
    R"(on && match($0, /^ +[A-Za-z0-9._-]+:/) { end = RLENGTH; depth = match($0, /[^ ]/); )"
    R"(if (!first) first = depth; if (depth == first) print substr($0, depth, end - depth) })";

} // namespace kvrun::launcher
