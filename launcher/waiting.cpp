// SPDX-License-Identifier: MIT
#include "launcher/waiting.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace kvrun::launcher {

namespace {

constexpr Milliseconds k_patience{3000};
// What has been asked just now is not what is slow.
constexpr Milliseconds k_least{1000};

bool is_wanted(const Log& log) {
  return log.verbosity() != Verbosity::quiet && ::isatty(STDERR_FILENO) == 1;
}

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

Waiting::Waiting(const Log& log, const Deadline& deadline)
    : log_(log), from_(deadline.end() - deadline.budget() + k_patience), deadline_(deadline),
      enabled_(is_wanted(log)) {}

void Waiting::sleep(Milliseconds jitter, const Log& log) {
  if (jitter > k_patience && is_wanted(log)) {
    std::this_thread::sleep_for(k_patience);
    jitter -= k_patience;
    const TimePoint now = std::chrono::steady_clock::now();
    log.tell(fmt::format("waiting for 'start-jitter' to pass, asking at {}",
                         clock_time(now + jitter, now)));
  }
  std::this_thread::sleep_for(jitter);
}

std::optional<TimePoint> Waiting::look(TimePoint now, const azure::Activities& activities) {
  if (!enabled_) {
    return std::nullopt;
  }
  std::optional<TimePoint> next;
  for (const auto& [name, activity] : activities) {
    if ((activity.pending == 0 && activity.last_answer.empty()) || told_.contains(name)) {
      continue;
    }
    const TimePoint due = std::max(from_, activity.since + k_least);
    if (now < due) {
      next = std::min(next.value_or(due), due);
      continue;
    }
    told_.insert(name);
    const std::string answer =
        activity.last_answer.empty()
            ? "no answer yet"
            : fmt::format("last answer: {}", one_line(activity.last_answer, 120));
    log_.tell(fmt::format("waiting for {} ({}), giving up at {}",
                          one_line(name, 120),
                          answer,
                          clock_time(deadline_.end(), now)));
  }
  return next;
}

} // namespace kvrun::launcher
