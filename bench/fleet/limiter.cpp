// SPDX-License-Identifier: MIT
#include "bench/fleet/limiter.hpp"

#include <algorithm>
#include <vector>

namespace kvrun::bench {

void Limiter::forget(TimePoint now) {
  if (limit_.counting == Counting::fixed) {
    while (now >= window_) {
      window_ += limit_.per;
      count_ = 0;
    }
    return;
  }
  while (!admitted_.empty() && admitted_.front() + limit_.per <= now) {
    admitted_.pop_front();
  }
  count_ = admitted_.size();
}

bool Limiter::admit(TimePoint now) {
  forget(now);
  if (count_ >= limit_.reads) {
    return false;
  }
  ++count_;
  if (limit_.counting == Counting::sliding) {
    admitted_.push_back(now);
  }
  return true;
}

TimePoint ideal_end(const ReadLimit& limit, TimePoint start, std::span<const TimePoint> wanted) {
  Limiter limiter(limit, start);
  std::vector<TimePoint> admitted;
  admitted.reserve(wanted.size());
  TimePoint now = start;
  TimePoint end = start + limit.phase; // of the fixed window that `now` is in
  for (const TimePoint moment : wanted) {
    now = std::max(now, moment);
    while (end <= now) {
      end += limit.per;
    }
    if (!limiter.admit(now)) {
      now = limit.counting == Counting::fixed ? end
                                              : admitted[admitted.size() - limit.reads] + limit.per;
      static_cast<void>(limiter.admit(now));
    }
    admitted.push_back(now);
  }
  return now;
}

} // namespace kvrun::bench
