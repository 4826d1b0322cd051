// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "base/deadline.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace kvrun::azure {

struct BackoffLimits {
  Milliseconds first{1000};
  Milliseconds longest{16000};
};

// Full-jitter exponential backoff: each wait is drawn from a window that starts at `first` and
// doubles up to `longest`, so that a fleet that was refused together does not come back together.
class Backoff {
public:
  // `random` is in [0, 1).
  explicit Backoff(std::function<double()> random, BackoffLimits limits = {})
      : random_(std::move(random)), limits_(limits), window_(limits.first) {}

  // The next wait. The window is cut to the time left, so the try after it starts in time.
  [[nodiscard]] Milliseconds next(Milliseconds left);

private:
  std::function<double()> random_;
  BackoffLimits limits_;
  Milliseconds window_;
};

// What an answer asks to wait before the next try (rules A50): `retry-after-ms` and
// `x-ms-retry-after-ms` win over seconds, seconds over a date, and a date is taken against the
// answer's own Date, else against `unix_now`. Nothing for garbage, and for what is over already.
[[nodiscard]] std::optional<Milliseconds> retry_after(const HttpResponse& response,
                                                      std::int64_t unix_now);

// When the next try starts, or why there is none.
struct NextTry {
  TimePoint at;
  std::string why_not; // empty: there is one
};

// Plans the try after one that failed: at the moment the answer asked for, else after the backoff.
// An answer that asks to wait past the deadline ends it at once, with both times (rules A50).
[[nodiscard]] NextTry plan_next_try(Backoff& backoff,
                                    std::optional<Milliseconds> asked,
                                    TimePoint now,
                                    const Deadline& deadline);

// Statuses after which the same request may succeed later: 408, 429 and 5xx but for 501 and 505.
[[nodiscard]] bool is_transient_status(int status);

} // namespace kvrun::azure
