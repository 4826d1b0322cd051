// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "base/place.hpp"
#include "config/model.hpp"
#include "launcher/delivery.hpp"
#include "launcher/run_record.hpp"
#include "launcher/settings.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kvrun::launcher {

// What the subcommands that read secrets do alike: as a run does, through the same code, with its
// warnings, and all of it kept in the record.
class Reading {
public:
  Reading(const Invocation& invocation, RunRecord& record)
      : invocation_(invocation), record_(record) {}

  // What a run would read. Throws Errors with every problem.
  [[nodiscard]] Prepared prepare_mapped(NothingMapped nothing_mapped);
  // Only these bindings, whatever else is mapped. Throws Errors with every problem.
  [[nodiscard]] Prepared prepare_only(std::vector<config::Binding> bindings);
  // What is mapped to one variable, whether or not it is set already, in a bundle only where that
  // is asked for; nothing when nothing is. Throws Errors with every problem.
  enum class Bundles { count, do_not_count };
  [[nodiscard]] std::optional<Prepared> prepare_variable(const std::string& name, Bundles bundles);

  // Reads and binds; warnings are told.
  [[nodiscard]] std::vector<BoundVariable> deliver(const Prepared& prepared);

  [[nodiscard]] std::vector<Error>& errors() noexcept { return record_.errors; }
  void warn(std::string warning);

  // With `--mask-ci`: tells the runner what is about to be printed.
  void mask(std::span<const BoundVariable> variables) const;

private:
  [[nodiscard]] Settings read(Problems& problems) const;
  [[nodiscard]] Prepared plan_to_print(Settings settings, Problems& problems);

  const Invocation& invocation_;
  RunRecord& record_;
  bool printed_ = false; // what is read becomes neither a variable nor a file
};

} // namespace kvrun::launcher
