// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun {

// ASCII only, whatever the locale.
[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] bool equal_without_case(std::string_view a, std::string_view b);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

// Text of others made safe to print (rules T6): one line of at most `limit` bytes, UTF-8 whose
// characters are printable, in which neither a terminal nor a runner finds a command.
[[nodiscard]] std::string one_line(std::string_view text, std::size_t limit = 300);

// The candidate nearest to a word that is none of them; nullopt when none is near.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> candidates);

// `*` stands for any run of characters and is the only wildcard (rules A15).
[[nodiscard]] bool matches_glob(std::string_view glob, std::string_view text);

// Where the first byte stands that is no UTF-8 (RFC 3629); npos when all of it is.
[[nodiscard]] std::size_t find_bad_utf8(std::string_view text);

// [A-Za-z_][A-Za-z0-9_]* (rules A17).
[[nodiscard]] bool is_variable_name(std::string_view text);

// Percent-encodes everything but RFC 3986's unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

} // namespace kvrun
