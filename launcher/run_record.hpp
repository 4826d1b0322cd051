// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "base/trace.hpp"
#include "launcher/binder.hpp"
#include "launcher/session.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kvrun::launcher {

// What happened in a run or a subcommand, for --report: names, versions, times; no values and no
// lengths.
struct RunRecord {
  explicit RunRecord(TimePoint start) : started_on(unix_now()), started(start) {}

  std::int64_t started_on; // Unix seconds
  TimePoint started;
  std::optional<int> exit_status; // of kvrun, once it is known; a command's own never is
  std::optional<IdentityUsed> identity;
  struct Variable {
    std::string name;
    std::string_view source;
    std::vector<std::string> secrets;
    std::optional<std::int64_t> expires;
    bool set = false;
    bool file = false;
  };
  std::vector<Variable> variables;
  std::vector<std::string> warnings;
  std::vector<Error> errors;
  std::size_t told = 0; // of the errors: they have been shown
  Trace trace;
};

// Without its value.
[[nodiscard]] RunRecord::Variable describe(const BoundVariable& variable);

// The file of `--report`, if there is one.
class Report {
public:
  explicit Report(std::optional<std::string> file) : file_(std::move(file)) {}

  // Writes a record as JSON: 0600, through a new file that is renamed into place, following no
  // symbolic link (rules T7). Throws Error(usage) where it cannot, once: later it does nothing.
  void save(const RunRecord& record);

private:
  std::optional<std::string> file_;
};

// What --timings shows: a small waterfall, a line a step.
[[nodiscard]] std::vector<std::string> waterfall(const Trace& trace, TimePoint started);

} // namespace kvrun::launcher
