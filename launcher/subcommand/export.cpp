// SPDX-License-Identifier: MIT
#include "launcher/export_format.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/reading.hpp"
#include "launcher/subcommand/subcommand.hpp"

#include <fmt/format.h>

#include <optional>

namespace kvrun::launcher {

namespace {

// An entry of `files:` is gone when kvrun is, so no other program can be told its path.
void refuse_files(const Plan& plan) {
  Problems problems;
  for (const PlannedBinding& planned : plan.bindings) {
    if (planned.binding.file) {
      problems.add(planned.binding.place,
                   fmt::format("{}: an entry of 'files:' cannot be exported: the file is gone when "
                               "kvrun is",
                               planned.binding.name),
                   "name the others with '--only'; 'kvrun read -o FILE' makes a file that stays");
    }
  }
  problems.raise();
}

} // namespace

int export_variables(const Invocation& invocation, RunRecord& record) {
  const Options& options = invocation.options;
  const ExportFormat format = *find_export_format(*options.format);
  if (goes_to_terminal(options.output) && !options.force) {
    throw Error(ErrorKind::usage,
                "the values would be shown on this terminal",
                "send them to a program or a file, or add '--force'");
  }
  Reading reading(invocation, record);
  const Prepared prepared = reading.prepare_mapped(NothingMapped::is_an_error);
  refuse_files(prepared.plan);
  const std::vector<BoundVariable> variables = reading.deliver(prepared);
  for (const BoundVariable& variable : variables) {
    if (!variable.value) {
      continue; // left as it is
    }
    if (const std::string why = obstacle_to(format, variable.name, variable.value->reveal());
        !why.empty()) {
      record.errors.emplace_back(ErrorKind::refused,
                                 fmt::format("{}: {}", variable.name, why),
                                 "leave it out with '--only', or take another '--format'");
    }
  }
  if (!record.errors.empty()) {
    return 1;
  }
  ExportText text(format);
  for (const BoundVariable& variable : variables) {
    if (variable.value) {
      text.add(variable.name, variable.value->reveal());
    }
  }
  reading.mask(variables);
  write_output(options.output, text.finish().reveal());
  return 0;
}

} // namespace kvrun::launcher
