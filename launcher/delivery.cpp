// SPDX-License-Identifier: MIT
#include "launcher/delivery.hpp"

#include "launcher/found_config.hpp"
#include "launcher/session.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <array>
#include <climits>

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
  const Verb verb = invocation.options.verb;
  if ((verb == Verb::run || verb == Verb::check) && !invocation.options.operands.empty()) {
    try {
      command = find_command(invocation.options.operands, invocation.environment.get("PATH"));
    } catch (const Error& error) {
      problems.add(error);
    }
  }
  problems.raise();
  const Deadline deadline = Deadline::after(invocation.started, settings.timeout);
  return {std::move(settings), std::move(plan), std::move(command), deadline};
}

Bound deliver(const Prepared& prepared, const Invocation& invocation, Trace& trace) {
  azure::Fetched fetched;
  {
    Session session(prepared.settings, invocation.environment, invocation.log, trace);
    fetched = session.fetch(prepared.plan.secrets, prepared.deadline);
  } // the tokens and all connections are gone
  const TimePoint begin = std::chrono::steady_clock::now();
  Bound bound = bind(prepared.plan, prepared.settings, fetched, unix_now());
  bound.errors.insert(
      bound.errors.begin(), fetched.token_errors.begin(), fetched.token_errors.end());
  trace.add("bind", begin, std::chrono::steady_clock::now());
  return bound;
}

} // namespace kvrun::launcher
