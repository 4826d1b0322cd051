// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "base/trace.hpp"
#include "launcher/binder.hpp"
#include "launcher/session.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kvrun::launcher {

// What happened in a run, for --report: names, versions, times; no values and no lengths.
struct RunRecord {
  std::int64_t started_on = 0; // Unix seconds
  TimePoint started;
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
  Trace trace;
};

// Without its value.
[[nodiscard]] RunRecord::Variable describe(const BoundVariable& variable);

// Writes it as JSON: 0600, through a new file that is renamed into place, following no symbolic
// link (rules T7). Throws Error(usage) where it cannot.
void write_report(const RunRecord& record, const std::string& file);

// What --timings shows: a small waterfall, a line a step.
[[nodiscard]] std::vector<std::string> waterfall(const Trace& trace, TimePoint started);

} // namespace kvrun::launcher
