// SPDX-License-Identifier: MIT
#pragma once

#include "azure/transport/poco_transport.hpp"
#include "base/deadline.hpp"
#include "base/log.hpp"

#include <optional>
#include <set>
#include <string>

namespace kvrun::launcher {

// Tells, on a terminal, what a start that takes longer than 3 s waits for, once a cause (rules
// A48).
class Waiting {
public:
  Waiting(const Log& log, const Deadline& deadline);

  // Sleeps; the deadline does not run yet.
  static void sleep(Milliseconds jitter, const Log& log);

  // Called whenever the transport's loop turns; says when it wants to be called at the latest.
  std::optional<TimePoint> look(TimePoint now, const azure::Activities& activities);

private:
  const Log& log_;
  TimePoint from_;
  Deadline deadline_;
  bool enabled_;
  std::set<std::string> told_;
};

} // namespace kvrun::launcher
