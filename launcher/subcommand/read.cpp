// SPDX-License-Identifier: MIT
#include "base/text.hpp"
#include "config/secret_reference.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/reading.hpp"
#include "launcher/subcommand/subcommand.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace kvrun::launcher {

namespace {

int print_value(const Invocation& invocation, Reading& reading, const Prepared& prepared) {
  std::vector<BoundVariable> variables = reading.deliver(prepared);
  if (!reading.errors().empty()) {
    return 1;
  }
  if (variables.empty() || !variables.front().value) {
    throw Error(ErrorKind::refused,
                fmt::format("{}: there is no value: the secret is absent, without a default",
                            invocation.options.operands[0]));
  }
  reading.mask(variables);
  SecretString text = std::move(*variables.front().value);
  if (goes_to_terminal(invocation.options.output)) {
    text.append("\n");
  }
  write_output(invocation.options.output, text.reveal());
  return 0;
}

int print_secret(const Invocation& invocation,
                 Reading& reading,
                 const config::SecretReference& reference) {
  config::Binding binding;
  binding.name = "read";
  binding.source = reference;
  return print_value(invocation, reading, reading.prepare_only({std::move(binding)}));
}

} // namespace

// A variable that is mapped by that name comes before a secret of that name: only so is what the
// command would get read too, and kv://VAULT/NAME is always the secret.
int read_one(const Invocation& invocation, RunRecord& record) {
  using Bundles = Reading::Bundles;
  Reading reading(invocation, record);
  const std::string& operand = invocation.options.operands[0];
  std::optional<config::SecretReference> reference;
  std::optional<Error> no_reference;
  try {
    reference = config::parse_reference(operand);
  } catch (const config::ReferenceError& e) {
    no_reference.emplace(ErrorKind::usage, e.what(), e.hint());
  }
  if (is_variable_name(operand)) {
    if (auto prepared =
            reading.prepare_variable(operand, reference ? Bundles::do_not_count : Bundles::count)) {
      return print_value(invocation, reading, *prepared);
    }
  }
  if (no_reference) {
    record.errors.push_back(*no_reference);
    return 2;
  }
  return print_secret(invocation, reading, *reference);
}

} // namespace kvrun::launcher
