// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// One thing that was looked at.
struct Step {
  enum class State { good, warning, failed, skipped };

  std::string name; // "token"
  State state = State::good;
  std::string text;
  std::vector<std::string> details; // further lines
  std::string fix;                  // what to do; a command where there is one
  Milliseconds took{0};
};

// What `doctor` found: told a line a step as it ends, or all of it as JSON at the end.
class Findings {
public:
  enum class Format { text, json };
  explicit Findings(Format format) : format_(format), begun_(std::chrono::steady_clock::now()) {}

  // A step that does not say how long it took, took the time since the last one. One that failed
  // has a fix, if only where to look.
  void add(Step step);
  // A step that there was no time left for: skipped, or failed where it is the first that fails.
  void add_out_of_time(std::string name);
  [[nodiscard]] const std::vector<Step>& steps() const { return steps_; }
  // Prints what is left to print, and returns the exit status.
  [[nodiscard]] int finish();

private:
  [[nodiscard]] bool failed() const;

  Format format_;
  TimePoint begun_;
  std::vector<Step> steps_;
};

// "1 secret", "2 secrets".
[[nodiscard]] std::string counted(std::size_t count, std::string_view one, std::string_view more);

// Whether a step that began then and failed had hardly any time: that tells nothing but the
// deadline.
[[nodiscard]] bool ran_out_of_time(const Deadline& deadline, TimePoint begun);

} // namespace kvrun::launcher
