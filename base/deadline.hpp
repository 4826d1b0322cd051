// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <string>

namespace kvrun {

using Milliseconds = std::chrono::milliseconds;
using Microseconds = std::chrono::microseconds;
// "1.5 s", for messages.
[[nodiscard]] std::string in_seconds(Milliseconds duration);

using TimePoint = std::chrono::steady_clock::time_point;

// One point in time for everything before the command. Made once and passed down; every wait asks
// it how long it may take. Whoever asks brings the time, so that tests bring their own.
class Deadline {
public:
  static Deadline after(TimePoint now, Milliseconds budget) { return {now + budget, budget}; }

  [[nodiscard]] TimePoint end() const noexcept { return end_; }
  // What it allowed in all; for messages.
  [[nodiscard]] Milliseconds budget() const noexcept { return budget_; }
  [[nodiscard]] bool over(TimePoint now) const noexcept { return now >= end_; }
  [[nodiscard]] Milliseconds left(TimePoint now) const noexcept {
    return std::max(Milliseconds::zero(), std::chrono::ceil<Milliseconds>(end_ - now));
  }
  // `wait` from now, but never past the deadline.
  [[nodiscard]] TimePoint cut(TimePoint now, Milliseconds wait) const noexcept {
    return std::min(end_, now + wait);
  }

private:
  Deadline(TimePoint end, Milliseconds budget) : end_(end), budget_(budget) {}
  TimePoint end_;
  Milliseconds budget_;
};

} // namespace kvrun
