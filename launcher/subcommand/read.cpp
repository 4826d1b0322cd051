// SPDX-License-Identifier: MIT
#include "base/text.hpp"
#include "config/secret_reference.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/reading.hpp"
#include "launcher/subcommand/subcommand.hpp"

#include <utility>

namespace kvrun::launcher {

namespace {

int print_value(const Invocation& invocation, Reading& reading, const Prepared& prepared) {
  std::vector<BoundVariable> variables = reading.deliver(prepared);
  if (!reading.errors().empty()) {
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
int read_variable(const Invocation& invocation, Reading& reading, const Error& no_reference) {
  const std::string& name = invocation.options.operands[0];
  std::optional<Prepared> prepared = reading.prepare_variable(name);
  if (!is_variable_name(name) || !prepared) {
    reading.errors().push_back(no_reference);
    return 2;
  }
  for (PlannedBinding& planned : prepared->plan.bindings) {
    planned.binding.file = true; // as below
  }
  return print_value(invocation, reading, *prepared);
}

} // namespace

int read_one(const Invocation& invocation, RunRecord& record) {
  Reading reading(invocation, record);
  config::Binding binding;
  binding.name = "read";
  binding.file = true; // only a variable cannot hold a NUL
  try {
    binding.source = config::parse_reference(invocation.options.operands[0]);
  } catch (const config::ReferenceError& e) {
    return read_variable(invocation, reading, Error(ErrorKind::usage, e.what(), e.hint()));
  }
  return print_value(invocation, reading, reading.prepare_only({std::move(binding)}));
}

} // namespace kvrun::launcher
