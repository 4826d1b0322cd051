// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun {

// Where something was written: a file with line and column from 1 (0: unknown), an option ("-e") or
// a variable.
struct Place {
  std::string file;
  int line = 0;
  int column = 0;
  bool is_option = false;

  [[nodiscard]] static Place of_option(std::string option) {
    return {std::move(option), 0, 0, true};
  }
  // "kvrun.yaml:7:12", "vars.env:3", "-e".
  [[nodiscard]] std::string text() const;
};

// The same error, of what stands at that place, which comes before the message.
[[nodiscard]] Error error_at(const Place& place, const Error& error);

// What is wrong in what the caller wrote, collected so that all of it is told in one run.
class Problems {
public:
  // An ErrorKind::usage, for an option command_line, with the place before the message.
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
