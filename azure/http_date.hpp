// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kvrun::azure {

// Unix seconds of "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 IMF-fixdate; the two obsolete forms are
// not in use). Nothing when it is anything else.
[[nodiscard]] std::optional<std::int64_t> parse_http_date(std::string_view text);

// Unix seconds of a date and time in UTC; nothing when there is no such moment.
[[nodiscard]] std::optional<std::int64_t>
unix_seconds(int year, int month, int day, int hour, int minute, int second);

} // namespace kvrun::azure
