// SPDX-License-Identifier: MIT
#include "launcher/waiting.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <time.h>
#include <unistd.h>

#include <chrono>

namespace kvrun::launcher {

namespace {

constexpr Milliseconds k_patience{3000};

// "14:05:59", local time.
std::string clock_time(TimePoint when, TimePoint now) {
  const auto moment = std::chrono::system_clock::now() +
                      std::chrono::duration_cast<std::chrono::system_clock::duration>(when - now);
  const time_t seconds = std::chrono::system_clock::to_time_t(moment);
  tm local{};
  ::localtime_r(&seconds, &local);
  return fmt::format("{:02}:{:02}:{:02}", local.tm_hour, local.tm_min, local.tm_sec);
}

} // namespace

Waiting::Waiting(const Log& log, TimePoint started, const Deadline& deadline)
    : log_(log), from_(started + k_patience), deadline_(deadline),
      enabled_(log.verbosity() != Verbosity::quiet && ::isatty(STDERR_FILENO) == 1) {}

std::optional<TimePoint> Waiting::look(TimePoint now, const azure::HostActivity& activity) {
  if (!enabled_) {
    return std::nullopt;
  }
  if (now < from_) {
    return from_;
  }
  for (const auto& [host, state] : activity) {
    if ((state.pending > 0 || !state.last_answer.empty()) && told_.insert(host).second) {
      const std::string answer =
          state.last_answer.empty()
              ? "no answer yet"
              : fmt::format("last answer: {}", one_line(state.last_answer, 120));
      log_.tell(fmt::format(
          "waiting for {} ({}), giving up at {}", host, answer, clock_time(deadline_.end(), now)));
    }
  }
  return std::nullopt;
}

} // namespace kvrun::launcher
