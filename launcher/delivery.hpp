// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"
#include "launcher/binder.hpp"
#include "launcher/command.hpp"
#include "launcher/environment.hpp"
#include "launcher/mask_ci.hpp"
#include "launcher/options.hpp"
#include "launcher/plan.hpp"
#include "launcher/session.hpp"
#include "launcher/settings.hpp"

#include <optional>
#include <string>

namespace kvrun::launcher {

// What the process was started with.
struct Invocation {
  Options options;
  Environment environment;
  TimePoint started;
  Log log;
};

// The config, env files, options and environment, checked and planned, with nothing contacted yet.
struct Prepared {
  Settings settings;
  Plan plan;
  std::optional<Command> command; // of a run
  std::optional<Runner> runner;   // of a run with --mask-ci
  Deadline deadline;
};

// Throws Errors with every problem: usage first, the command that cannot be found among them.
// Whether a run with nothing to provide is a problem (rules A1) is the caller's to say.
enum class NothingMapped { is_an_error, is_fine };
[[nodiscard]] Prepared prepare(const Invocation& invocation, NothingMapped nothing_mapped);

struct Delivered {
  Bound bound; // with the errors of the credential and its tokens
  std::optional<IdentityUsed> identity;
};

// Reads and binds all of it. Errors and warnings are in the result; none is thrown.
[[nodiscard]] Delivered
deliver(const Prepared& prepared, const Invocation& invocation, Trace& trace);

} // namespace kvrun::launcher
