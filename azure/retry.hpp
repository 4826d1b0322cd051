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
  Milliseconds longest{15'000}; // at most 16 s late when there is room again: docs/performance.md
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

// A vault that answered 429, as one launch sees it. From then on one request at a time asks whether
// there is room again; when it is let through, all that wait follow. So a fleet of launches with
// many secrets asks a launch at a time, not a secret at a time: docs/performance.md has the
// figures.
class Throttle {
public:
  explicit Throttle(std::function<double()> random, BackoffLimits limits = {})
      : backoff_(std::move(random), limits) {}

  // When a request that is due at that time may go; TimePoint::max() while another one asks.
  [[nodiscard]] TimePoint opens(TimePoint due) const;
  // A request went.
  void sent(ExchangeId id);
  // It was answered with 429: when what waits may be tried again, as plan_next_try has it.
  [[nodiscard]] NextTry refused(ExchangeId id,
                                std::optional<Milliseconds> asked,
                                TimePoint now,
                                const Deadline& deadline);
  // It came to any other end.
  void ended(ExchangeId id);

private:
  Backoff backoff_;
  bool closed_ = false;
  TimePoint until_;
  ExchangeId asking_ = 0;
};

// Statuses after which the same request may succeed later: 408, 429 and 5xx but for 501 and 505.
[[nodiscard]] bool is_transient_status(int status);

} // namespace kvrun::azure
