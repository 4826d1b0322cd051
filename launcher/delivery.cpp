// SPDX-License-Identifier: MIT
#include "launcher/delivery.hpp"

#include "launcher/exec_size.hpp"
#include "launcher/found_config.hpp"
#include "launcher/session.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <array>
#include <climits>
#include <thread>
#include <utility>
#include <variant>

namespace kvrun::launcher {

namespace {

Error nothing_to_provide() {
  std::array<char, PATH_MAX> here{};
  const char* directory = ::getcwd(here.data(), here.size());
  const std::string parents = parents_config();
  return {ErrorKind::usage,
          fmt::format("nothing to provide: no {} in '{}'",
                      k_config_name,
                      directory == nullptr ? "." : directory),
          parents.empty()
              ? "give a config with '-c FILE', or map a variable with '-e NAME=REFERENCE'"
              : fmt::format("a parent directory has one: 'kvrun -c {} -- COMMAND'", parents)};
}

// A fleet that starts together asks spread over this long (rules A7, A8); it is not counted.
// Returns how long it took.
Milliseconds wait_for_jitter(Milliseconds most, const Log& log) {
  if (most == Milliseconds::zero()) {
    return most;
  }
  const Milliseconds wait(
      static_cast<std::int64_t>(random_fraction() * static_cast<double>(most.count())));
  Waiting::sleep(wait, log);
  return wait;
}

// A literal's length is known before anything is fetched.
void check_literals(const Plan& plan, Problems& problems) {
  for (const PlannedBinding& planned : plan.bindings) {
    const auto* literal = std::get_if<config::Literal>(&planned.binding.source);
    if (literal != nullptr && !planned.binding.file) {
      const std::string& name = planned.binding.name;
      if (auto too_long = too_long_for_exec(name, name.size() + literal->text.size() + 2, false)) {
        problems.add(std::move(*too_long));
      }
    }
  }
}

// The tokens and all connections are gone when it returns.
azure::Fetched fetch(const Prepared& prepared,
                     const Invocation& invocation,
                     Trace& trace,
                     std::optional<IdentityUsed>& identity) {
  azure::Fetched fetched;
  try {
    Waiting waiting(invocation.log, prepared.deadline);
    Session session(prepared.settings, invocation.environment, invocation.log, trace, &waiting);
    fetched = session.fetch(prepared.plan.secrets, prepared.deadline);
    identity = session.identity_used();
  } catch (const Error& error) {
    fetched.token_errors.push_back(error);
  }
  fetched.results.resize(prepared.plan.secrets.size());
  return fetched;
}

} // namespace

Prepared prepare(const Invocation& invocation, NothingMapped nothing_mapped) {
  Problems problems;
  const Milliseconds provisional = provisional_timeout(invocation.options, invocation.environment);
  Settings settings = read_settings(invocation.options,
                                    invocation.environment,
                                    Deadline::after(invocation.started, provisional),
                                    problems);
  if (!settings.anything_mapped && nothing_mapped == NothingMapped::is_an_error &&
      problems.empty()) {
    problems.add(nothing_to_provide());
  }
  Plan plan = make_plan(settings, invocation.environment, problems);
  std::optional<Command> command;
  std::optional<Runner> runner;
  const bool is_run = invocation.options.verb == Verb::run;
  if (is_run) {
    check_literals(plan, problems);
    if (invocation.options.mask_ci) {
      try {
        runner = find_runner(invocation.environment);
      } catch (const Error& error) {
        problems.add(error);
      }
    }
    try {
      command = find_command(invocation.options.operands, invocation.environment.get("PATH"));
    } catch (const Error& error) {
      problems.add(error);
    }
  }
  problems.raise();
  const Milliseconds jitter =
      is_run ? wait_for_jitter(settings.start_jitter, invocation.log) : Milliseconds(0);
  const Deadline deadline = Deadline::after(invocation.started + jitter, settings.timeout);
  return {std::move(settings), std::move(plan), std::move(command), runner, deadline};
}

Delivered deliver(const Prepared& prepared, const Invocation& invocation, Trace& trace) {
  Delivered delivered;
  azure::Fetched fetched;
  if (!prepared.plan.secrets.empty()) {
    fetched = fetch(prepared, invocation, trace, delivered.identity);
  }
  const TimePoint begin = std::chrono::steady_clock::now();
  delivered.bound = bind(prepared.plan, prepared.settings, fetched, unix_now());
  std::vector<Error>& errors = delivered.bound.errors;
  errors.insert(errors.begin(), fetched.token_errors.begin(), fetched.token_errors.end());
  trace.add("bind", begin, std::chrono::steady_clock::now());
  return delivered;
}

} // namespace kvrun::launcher
