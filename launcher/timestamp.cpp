// SPDX-License-Identifier: MIT
#include "launcher/timestamp.hpp"

#include <fmt/format.h>

#include <time.h>

namespace kvrun::launcher {

std::string timestamp(std::int64_t unix_seconds) {
  const time_t seconds = unix_seconds;
  tm when{};
  if (::gmtime_r(&seconds, &when) == nullptr) {
    return fmt::format("@{}", unix_seconds);
  }
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
                     when.tm_year + 1900,
                     when.tm_mon + 1,
                     when.tm_mday,
                     when.tm_hour,
                     when.tm_min,
                     when.tm_sec);
}

} // namespace kvrun::launcher
