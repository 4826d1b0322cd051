// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kvrun {

// Where something was written: a file with line and column from 1 (0: unknown), or an option
// ("-e").
struct Place {
  std::string file;
  int line = 0;
  int column = 0;

  // "kvrun.yaml:7:12", "vars.env:3", "-e".
  [[nodiscard]] std::string text() const;
};

// What is wrong in what the caller wrote, collected so that all of it is told in one run.
class Problems {
public:
  // An ErrorKind::usage with the place before the message.
  void add(const Place& place, std::string_view message, std::string hint = {});
  void add(Error error) { all_.push_back(std::move(error)); }

  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
  [[nodiscard]] const std::vector<Error>& all() const noexcept { return all_; }
  // Throws Errors if there is any.
  void raise() const;

private:
  std::vector<Error> all_;
};

} // namespace kvrun
