// SPDX-License-Identifier: MIT
#include "base/text.hpp"
#include "config/secret_reference.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/reading.hpp"
#include "launcher/subcommand/subcommand.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kvrun::launcher {

namespace {

bool is_mapped(const Settings& settings, std::string_view name) {
  const auto holds = [&](const std::vector<config::Binding>& all) {
    return std::any_of(all.begin(), all.end(), [&](const config::Binding& binding) {
      return binding.name == name;
    });
  };
  return holds(settings.option_bindings) || holds(settings.env_file_bindings) ||
         holds(settings.config_bindings) ||
         std::any_of(settings.bundles.begin(), settings.bundles.end(), [&](const auto& bundle) {
           return may_provide(bundle, name);
         });
}

int print_value(const Invocation& invocation,
                RunRecord& record,
                Reading& reading,
                const Prepared& prepared) {
  std::vector<BoundVariable> variables = reading.deliver(prepared);
  if (!record.errors.empty()) {
    return 1;
  }
  if (variables.empty() || !variables.front().value) {
    throw Error(ErrorKind::refused, "there is no value: the secret is absent, without a default");
  }
  reading.mask(variables);
  SecretString text = std::move(*variables.front().value);
  if (goes_to_terminal(invocation.options.output)) {
    text.append("\n");
  }
  write_output(invocation.options.output, text.reveal());
  return 0;
}

// A variable's name that is no reference, such as `DB_PASSWORD`: what is mapped to it, decoded and
// converted as its entry says.
int read_variable(const Invocation& invocation, RunRecord& record, const Error& no_reference) {
  const std::string& name = invocation.options.operands[0];
  Invocation one{
      invocation.options, invocation.environment.clone(), invocation.started, invocation.log};
  one.options.only = {name};
  Reading reading(one, record);
  Problems problems;
  const Deadline deadline = Deadline::after(
      invocation.started, provisional_timeout(invocation.options, invocation.environment));
  const Settings settings =
      read_settings(invocation.options, invocation.environment, deadline, problems);
  problems.raise();
  if (!is_variable_name(name) || !is_mapped(settings, name)) {
    record.errors.push_back(no_reference);
    return 2;
  }
  Prepared prepared = reading.prepare_mapped(NothingMapped::is_fine);
  for (PlannedBinding& planned : prepared.plan.bindings) {
    planned.binding.file = true; // as below
  }
  return print_value(one, record, reading, prepared);
}

} // namespace

int read_one(const Invocation& invocation, RunRecord& record) {
  config::Binding binding;
  binding.name = "read";
  binding.file = true; // only a variable cannot hold a NUL
  try {
    binding.source = config::parse_reference(invocation.options.operands[0]);
  } catch (const config::ReferenceError& e) {
    return read_variable(invocation, record, Error(ErrorKind::usage, e.what(), e.hint()));
  }
  Reading reading(invocation, record);
  return print_value(invocation, record, reading, reading.prepare_only({std::move(binding)}));
}

} // namespace kvrun::launcher
