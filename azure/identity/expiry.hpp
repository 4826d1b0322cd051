// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kvrun::azure {

enum class Zone { utc, local }; // of a time that names none

// Unix seconds of a time in one of the forms that token answers use (identity.md §14.2):
// "6/19/2019 23:42:01 +00:00", "1/16/2020 5:24:12 AM", "2029-12-31 05:00:00.000000", RFC 3339.
// Nothing when it is in none of them.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text, Zone zone = Zone::utc);

// A time of expiry: Unix seconds in digits, or one of the forms above. A number too small to be a
// time of this century is a life from `now`.
[[nodiscard]] std::optional<std::int64_t>
parse_expiry(std::string_view text, std::int64_t now, Zone zone = Zone::utc);

} // namespace kvrun::azure
