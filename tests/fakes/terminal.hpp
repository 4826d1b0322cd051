// SPDX-License-Identifier: MIT
#pragma once

#include "base/unique_fd.hpp"

#include <string>
#include <string_view>

namespace kvrun::fakes {

// A terminal, whose side `side()` is for a program.
class Terminal {
public:
  Terminal();
  [[nodiscard]] int side() const noexcept { return side_.get(); }
  // What was shown since the last time.
  [[nodiscard]] std::string shown() const;
  // Reads on until that is shown; false when it never is.
  [[nodiscard]] bool shows(std::string_view text) const;

private:
  UniqueFd screen_;
  UniqueFd side_;
};

// stderr is something else while this lives.
class StderrIs {
public:
  explicit StderrIs(int fd);
  StderrIs(const StderrIs&) = delete;
  StderrIs& operator=(const StderrIs&) = delete;
  ~StderrIs();

private:
  UniqueFd before_;
};

} // namespace kvrun::fakes
