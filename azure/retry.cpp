// SPDX-License-Identifier: MIT
#include "azure/retry.hpp"

#include "azure/http_date.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace kvrun::azure {

namespace {

// No peer is asked more often than this, whatever it says and whatever is drawn.
constexpr Milliseconds k_shortest_wait{50};
// Far more than any deadline (rules A7), and far from overflow.
constexpr std::int64_t k_longest_seconds = 1'000'000'000;

std::optional<std::int64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::invalid_argument || stop != end) {
    return std::nullopt;
  }
  const bool counted = error == std::errc() && value < k_longest_seconds;
  return counted ? static_cast<std::int64_t>(value) : k_longest_seconds;
}

std::optional<Milliseconds> some(Milliseconds wait) {
  return wait > Milliseconds::zero() ? std::optional(wait) : std::nullopt;
}

} // namespace

Milliseconds Backoff::next(Milliseconds left) {
  const Milliseconds window = std::min(window_, left);
  window_ = std::min(window_ * 2, limits_.longest);
  const auto drawn =
      Milliseconds(static_cast<std::int64_t>(random_() * static_cast<double>(window.count())));
  return std::max(drawn, k_shortest_wait);
}

std::optional<Milliseconds> retry_after(const HttpResponse& response, std::int64_t unix_now) {
  for (const std::string_view name : {"retry-after-ms", "x-ms-retry-after-ms"}) {
    if (const auto wait = parse_count(trim(response.header(name)))) {
      return some(Milliseconds(*wait));
    }
  }
  const auto written =
      response.all_headers("retry-after"); // more than one: seconds win over a date
  for (const std::string_view text : written) {
    if (const auto seconds = parse_count(trim(text))) {
      return some(std::chrono::seconds(*seconds));
    }
  }
  for (const std::string_view text : written) {
    if (const auto moment = parse_http_date(trim(text), unix_now)) {
      const std::int64_t sent =
          parse_http_date(trim(response.header("date")), unix_now).value_or(unix_now);
      return some(std::chrono::seconds(std::min(*moment - sent, k_longest_seconds)));
    }
  }
  return std::nullopt;
}

NextTry plan_next_try(Backoff& backoff,
                      std::optional<Milliseconds> asked,
                      TimePoint now,
                      const Deadline& deadline) {
  const Milliseconds left = deadline.left(now);
  const Milliseconds own = backoff.next(left);
  if (!asked) {
    return {deadline.cut(now, own), {}};
  }
  if (*asked >= left) {
    return {
        deadline.end(),
        fmt::format("it asks to wait {}, and {} are left", in_seconds(*asked), in_seconds(left))};
  }
  return {deadline.cut(now, std::max(*asked, k_shortest_wait)), {}};
}

TimePoint Throttle::opens(TimePoint due) const {
  if (!closed_) {
    return due;
  }
  return asking_ != 0 ? TimePoint::max() : std::max(due, until_);
}

void Throttle::sent(ExchangeId id) {
  if (closed_) {
    asking_ = id;
  }
}

NextTry Throttle::refused(ExchangeId id,
                          std::optional<Milliseconds> asked,
                          TimePoint now,
                          const Deadline& deadline) {
  const bool late = closed_ && id != asking_; // sent before the first 429 came
  if (late && !asked) {
    return {until_, {}};
  }
  Backoff untouched = backoff_; // one 429 after another, not each of those, makes the wait longer
  NextTry next = plan_next_try(late ? untouched : backoff_, asked, now, deadline);
  if (!late) {
    asking_ = 0;
  }
  if (next.why_not.empty()) {
    until_ = closed_ ? std::max(until_, next.at) : next.at;
    closed_ = true;
    next.at = until_;
  }
  return next;
}

void Throttle::ended(ExchangeId id) {
  if (id == asking_) {
    asking_ = 0;
    closed_ = false;
  }
}

bool is_transient_status(int status) {
  return status == 408 || status == 429 ||
         (status >= 500 && status <= 599 && status != 501 && status != 505);
}

} // namespace kvrun::azure
