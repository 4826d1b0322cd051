// SPDX-License-Identifier: MIT
#include "launcher/subcommand/reading.hpp"

#include "launcher/mask_ci.hpp"

#include <algorithm>
#include <utility>

namespace kvrun::launcher {

namespace {

bool is_mapped(const Settings& settings, const Environment& environment, std::string_view name) {
  const auto holds = [&](const std::vector<config::Binding>& all) {
    return std::any_of(all.begin(), all.end(), [&](const config::Binding& binding) {
      return binding.name == name;
    });
  };
  return holds(settings.option_bindings) || holds(settings.env_file_bindings) ||
         holds(settings.config_bindings) || is_resolved_reference(settings, environment, name);
}

bool may_be_in_a_bundle(const Settings& settings, std::string_view name) {
  return std::any_of(settings.bundles.begin(), settings.bundles.end(), [&](const auto& bundle) {
    return may_provide(bundle, name);
  });
}

} // namespace

Prepared Reading::prepare_mapped(NothingMapped nothing_mapped) {
  Prepared prepared = prepare(invocation_, nothing_mapped);
  for (const std::string& warning : prepared.plan.warnings) {
    warn(warning);
  }
  return prepared;
}

Prepared Reading::prepare_only(std::vector<config::Binding> bindings) {
  Problems problems;
  Settings settings = read(problems);
  if (!settings.vault) {
    problems.raise(); // else the vault of a config that cannot be read were missed as well
  }
  settings.option_bindings.clear();
  settings.env_file_bindings.clear();
  settings.config_bindings = std::move(bindings);
  settings.bundles.clear();
  settings.resolve.clear();
  settings.only.reset();
  settings.keep_existing = false;
  return plan_to_print(std::move(settings), problems);
}

std::optional<Prepared> Reading::prepare_variable(const std::string& name, Bundles bundles) {
  Problems problems;
  Settings settings = read(problems);
  problems.raise();
  if (!is_mapped(settings, invocation_.environment, name) &&
      (bundles == Bundles::do_not_count || !may_be_in_a_bundle(settings, name))) {
    return std::nullopt;
  }
  settings.only = {name};
  settings.keep_existing = false;
  return plan_to_print(std::move(settings), problems);
}

Settings Reading::read(Problems& problems) const {
  const Milliseconds provisional =
      provisional_timeout(invocation_.options, invocation_.environment);
  return read_settings(invocation_.options,
                       invocation_.environment,
                       Deadline::after(invocation_.started, provisional),
                       problems);
}

Prepared Reading::plan_to_print(Settings settings, Problems& problems) {
  printed_ = true;
  Plan plan = make_plan(settings, invocation_.environment, problems);
  problems.raise();
  for (PlannedBinding& planned : plan.bindings) {
    planned.binding.file = true; // only a variable cannot hold a NUL
  }
  const Deadline deadline = Deadline::after(invocation_.started, settings.timeout);
  return {std::move(settings), std::move(plan), std::nullopt, std::nullopt, deadline};
}

std::vector<BoundVariable> Reading::deliver(const Prepared& prepared) {
  Delivered delivered = launcher::deliver(prepared, invocation_, record_.trace);
  record_.identity = std::move(delivered.identity);
  for (const BoundVariable& variable : delivered.bound.variables) {
    record_.variables.push_back(describe(variable));
    record_.variables.back().file = variable.file && !printed_;
  }
  for (std::string& warning : delivered.bound.warnings) {
    warn(std::move(warning));
  }
  for (Error& error : delivered.bound.errors) {
    record_.errors.push_back(std::move(error));
  }
  return std::move(delivered.bound.variables);
}

void Reading::warn(std::string warning) {
  invocation_.log.warning(warning);
  record_.warnings.push_back(std::move(warning));
}

void Reading::mask(std::span<const BoundVariable> variables) const {
  if (invocation_.options.mask_ci) {
    mask_values(find_runner(invocation_.environment), variables);
  }
}

} // namespace kvrun::launcher
