// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"

#include <deque>
#include <span>

namespace kvrun::bench {

// How a vault counts: in fixed windows, one of which ends `phase` after the start, or over the time
// that has just passed. What is refused does not count.
enum class Counting { fixed, sliding };

struct ReadLimit {
  Counting counting = Counting::fixed;
  std::size_t reads = 4000;
  Milliseconds per{10'000};
  Milliseconds phase{0};
};

class Limiter {
public:
  Limiter(const ReadLimit& limit, TimePoint start) : limit_(limit), window_(start + limit.phase) {}

  [[nodiscard]] bool admit(TimePoint now);

private:
  void forget(TimePoint now);

  ReadLimit limit_;
  TimePoint window_; // the end of the fixed window
  std::size_t count_ = 0;
  std::deque<TimePoint> admitted_; // sliding
};

// When the last read would be answered if each waited exactly as long as the limit makes it:
// nobody can do better. `wanted` is sorted.
[[nodiscard]] TimePoint
ideal_end(const ReadLimit& limit, TimePoint start, std::span<const TimePoint> wanted);

} // namespace kvrun::bench
