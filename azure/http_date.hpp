// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string_view>

namespace kvrun::azure {

// Unix seconds of a date in one of the three forms of RFC 9110 §5.6.7:
// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994".
// A year of two digits is the latest that is at most 50 years after `unix_now`. Nothing when it is
// anything else; the day of the week is not compared.
[[nodiscard]] std::optional<std::int64_t>
parse_http_date(std::string_view text, std::int64_t unix_now = std::time(nullptr));

// Unix seconds of a date and time in UTC; nothing when there is no such moment.
[[nodiscard]] std::optional<std::int64_t>
unix_seconds(int year, int month, int day, int hour, int minute, int second);

} // namespace kvrun::azure
