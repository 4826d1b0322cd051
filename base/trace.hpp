// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"

#include <string>
#include <utility>
#include <vector>

namespace kvrun {

// Where the time went, for `--timings` and `--report`: what was done, from when to when. Names of
// hosts and secrets, no values.
class Trace {
public:
  struct Span {
    std::string what;
    TimePoint begin;
    TimePoint end;
  };

  void add(std::string what, TimePoint begin, TimePoint end) {
    spans_.push_back({std::move(what), begin, end});
  }
  [[nodiscard]] const std::vector<Span>& spans() const noexcept { return spans_; }

private:
  std::vector<Span> spans_;
};

} // namespace kvrun
