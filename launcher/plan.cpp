// SPDX-License-Identifier: MIT
#include "launcher/plan.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_map>
#include <utility>

namespace kvrun::launcher {

namespace {

// Variables with which the command could get another token (rules A20).
constexpr std::array<std::string_view, 10> k_identity_variables{"AZURE_CLIENT_SECRET",
                                                                "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                                                                "AZURE_CLIENT_CERTIFICATE_PATH",
                                                                "AZURE_FEDERATED_TOKEN_FILE",
                                                                "IDENTITY_HEADER",
                                                                "IDENTITY_ENDPOINT",
                                                                "MSI_SECRET",
                                                                "MSI_ENDPOINT",
                                                                "SYSTEM_ACCESSTOKEN",
                                                                "ACTIONS_ID_TOKEN_REQUEST_TOKEN"};

bool matches_any(const std::vector<std::string>& globs, std::string_view name) {
  return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
    return matches_glob(glob, name);
  });
}

class Planner {
public:
  Planner(const Settings& settings, const Environment& environment, Problems& problems)
      : settings_(settings), environment_(environment), problems_(problems) {}

  Plan make() {
    inherit();
    std::vector<PlannedBinding> all = by_precedence();
    check_selection(all);
    for (PlannedBinding& one : all) {
      if (!selected(one.binding.name)) {
        continue;
      }
      if (kept(one)) {
        plan_.kept.push_back(std::move(one));
      } else {
        add_secrets(one);
        plan_.bindings.push_back(std::move(one));
      }
    }
    for (const config::Bundle& bundle : settings_.bundles) {
      add_bundle(bundle);
    }
    forget_unselected_references();
    warn_of_unnamed_references();
    return std::move(plan_);
  }

private:
  // What the command gets of the caller's environment (rules A15).
  void inherit() {
    plan_.inherited = environment_.clone();
    plan_.inherited.remove_if([&](std::string_view name) {
      const bool identity =
          settings_.drop_identity &&
          std::find(k_identity_variables.begin(), k_identity_variables.end(), name) !=
              k_identity_variables.end();
      return identity || matches_any(settings_.unset, name) ||
             !(settings_.inherit.all || matches_any(settings_.inherit.names, name));
    });
  }

  // Every mapped name once: what is stronger replaces the whole entry (rules A11, A12).
  std::vector<PlannedBinding> by_precedence() {
    std::vector<PlannedBinding> all;
    const auto lay_over = [&](const config::Binding& binding, Source source) {
      const auto [known, added] = mapped_.try_emplace(binding.name, all.size());
      if (added) {
        all.push_back({binding, source, {}});
      } else {
        all[known->second] = {binding, source, {}};
      }
    };
    for (const config::Binding& binding : inherited_references()) {
      lay_over(binding, Source::inherited_reference);
    }
    for (const config::Binding& binding : settings_.config_bindings) {
      lay_over(binding, Source::config);
    }
    for (const config::Binding& binding : settings_.env_file_bindings) {
      lay_over(binding, Source::env_file);
    }
    for (const config::Binding& binding : settings_.option_bindings) {
      lay_over(binding, Source::option);
    }
    return all;
  }

  // Inherited variables that --resolve names and whose whole value is a reference (design.md §3).
  // One that something stronger maps is not looked at.
  std::vector<config::Binding> inherited_references() {
    std::vector<config::Binding> references;
    for (const std::string_view name : environment_.names()) {
      if (!is_resolved_reference(settings_, environment_, name) || mapped_stronger(name)) {
        continue;
      }
      if (!is_variable_name(name)) { // it would be left behind as text
        problems_.add({},
                      fmt::format("'{}' (inherited) is no variable name", one_line(name, 80)),
                      "letters, digits and '_', not a digit first");
        continue;
      }
      config::Binding binding;
      binding.name = name;
      try {
        binding.source = config::parse_reference(environment_.get(name).value_or(""));
      } catch (const config::ReferenceError& e) {
        problems_.add({}, fmt::format("{} (inherited): {}", name, e.what()), e.hint());
        continue;
      }
      references.push_back(std::move(binding));
    }
    return references;
  }

  [[nodiscard]] bool mapped_stronger(std::string_view name) const {
    const auto same = [&](const config::Binding& binding) { return binding.name == name; };
    return std::any_of(settings_.config_bindings.begin(), settings_.config_bindings.end(), same) ||
           std::any_of(
               settings_.env_file_bindings.begin(), settings_.env_file_bindings.end(), same) ||
           std::any_of(settings_.option_bindings.begin(), settings_.option_bindings.end(), same);
  }

  [[nodiscard]] bool selected(std::string_view name) const {
    return !settings_.only ||
           std::find(settings_.only->begin(), settings_.only->end(), name) != settings_.only->end();
  }

  void check_selection(const std::vector<PlannedBinding>& all) {
    if (!settings_.only || !settings_.names_are_known) {
      return;
    }
    std::vector<std::string_view> names;
    names.reserve(all.size());
    for (const PlannedBinding& one : all) {
      names.emplace_back(one.binding.name);
    }
    for (const std::string& name : *settings_.only) {
      const bool known =
          std::find(names.begin(), names.end(), name) != names.end() ||
          std::any_of(settings_.bundles.begin(),
                      settings_.bundles.end(),
                      [&](const config::Bundle& bundle) { return may_provide(bundle, name); });
      if (!known) {
        const auto near = nearest(name, names);
        problems_.add(Place::of_option("--only"),
                      fmt::format("nothing maps '{}'", one_line(name, 80)),
                      near ? fmt::format("did you mean '{}'?", *near) : std::string());
      }
    }
  }

  [[nodiscard]] bool kept(const PlannedBinding& one) const {
    return one.source != Source::inherited_reference &&
           keeps_existing(settings_, plan_.inherited, one.binding.name);
  }

  void add_secrets(PlannedBinding& one) {
    const config::Binding& binding = one.binding;
    std::vector<const config::SecretReference*> references;
    if (const auto* reference = std::get_if<config::SecretReference>(&binding.source)) {
      references.push_back(reference);
    } else if (const auto* text = std::get_if<config::Template>(&binding.source)) {
      references = text->references();
    }
    for (const config::SecretReference* reference : references) {
      if (const auto index =
              secret_of(*reference, binding.name, binding.source_place, !binding.required)) {
        one.secrets.push_back(*index);
      }
    }
  }

  // Whether it can feed a variable that is selected and not kept (rules A14, A16).
  [[nodiscard]] bool is_wanted(const config::Bundle& bundle) const {
    const auto feeds = [&](const std::string& name) {
      return selected(name) && !keeps_existing(settings_, plan_.inherited, name) &&
             !(settings_.only && mapped_stronger(name));
    };
    if (bundle.only) {
      const std::vector<std::string> names = config::names_of(bundle);
      return std::any_of(names.begin(), names.end(), feeds);
    }
    return !settings_.only ||
           std::any_of(settings_.only->begin(), settings_.only->end(), [&](const auto& name) {
             return feeds(name) && may_provide(bundle, name);
           });
  }

  void add_bundle(const config::Bundle& bundle) {
    if (!is_wanted(bundle)) {
      return;
    }
    if (const auto index = secret_of(bundle.reference, "bundle", bundle.reference_place, false)) {
      plan_.bundles.push_back({bundle, *index});
    }
  }

  // The index of a reference's secret, which is made the first time: names are compared without
  // case and sent as first written (rules A23).
  std::optional<std::size_t> secret_of(const config::SecretReference& reference,
                                       std::string_view variable,
                                       const Place& place,
                                       bool may_be_absent) {
    const std::optional<Vault> vault = vault_of(reference, variable, place);
    if (!vault) {
      return std::nullopt;
    }
    const std::string key = fmt::format(
        "{}/{}/{}", vault->origin.authority(), lower(reference.name), lower(reference.version));
    const auto [known, added] = indexes_.try_emplace(key, plan_.secrets.size());
    if (added) {
      plan_.secrets.push_back(
          {{vault->origin, vault->label, vault->audience, reference.name, reference.version},
           may_be_absent});
    }
    plan_.secrets[known->second].may_be_absent =
        plan_.secrets[known->second].may_be_absent && may_be_absent;
    return known->second;
  }

  std::optional<Vault> vault_of(const config::SecretReference& reference,
                                std::string_view variable,
                                const Place& place) {
    const auto told = [&](const Error& error) {
      problems_.add(place, fmt::format("{}: {}", variable, error.message()), error.hint());
    };
    try {
      if (!reference.vault.empty()) {
        return resolve_vault(reference.vault, *settings_.cloud, settings_.trusted_hosts);
      }
      if (!settings_.vault) {
        told(
            Error(ErrorKind::usage,
                  "there is no default vault",
                  "give 'vault:' in the config, --vault or KVRUN_VAULT; or write kv://VAULT/NAME"));
        return std::nullopt;
      }
    } catch (const Error& error) {
      told(error);
      return std::nullopt;
    }
    if (!settings_.vault_is_good) {
      return std::nullopt;
    }
    if (!default_vault_) {
      default_vault_.emplace();
      try {
        *default_vault_ =
            resolve_vault(settings_.vault->value, *settings_.cloud, settings_.trusted_hosts);
      } catch (const Error& error) { // once, not for every variable
        problems_.add(settings_.vault->place,
                      fmt::format("the default vault: {}", error.message()),
                      error.hint());
      }
    }
    return *default_vault_;
  }

  // What --resolve names is never left behind as text (design.md §3), also where --only has it left
  // out.
  void forget_unselected_references() {
    plan_.inherited.remove_if([&](std::string_view name) {
      return !selected(name) && is_resolved_reference(settings_, environment_, name);
    });
  }

  // Anyone can write a branch name: only what is named is resolved. One that looks like a reference
  // is told of, for the command would get it as text.
  void warn_of_unnamed_references() {
    for (const std::string_view name : plan_.inherited.names()) {
      if (config::looks_like_reference(plan_.inherited.get(name).value_or("")) &&
          !is_resolved_reference(settings_, plan_.inherited, name) &&
          !mapped_.contains(std::string(name))) {
        plan_.warnings.push_back(fmt::format("'{}' is inherited and looks like a reference, but is "
                                             "not resolved: '--resolve {}' would",
                                             one_line(name, 80),
                                             one_line(name, 80)));
      }
    }
  }

  const Settings& settings_;
  const Environment& environment_;
  Problems& problems_;
  Plan plan_;
  std::unordered_map<std::string, std::size_t> mapped_;  // names, whether selected or not
  std::unordered_map<std::string, std::size_t> indexes_; // of secrets
  std::optional<std::optional<Vault>> default_vault_;
};

} // namespace

std::string_view name_of(Source source) {
  switch (source) {
  // clang-format off
  case Source::inherited_reference: return "--resolve";
  case Source::bundle:              return "bundle";
  case Source::config:              return "config";
  case Source::env_file:            return "env file";
  case Source::option:              return "-e";
    // clang-format on
  }
  return "";
}

Vault default_vault(const Settings& settings) {
  if (!settings.vault) {
    throw Error(ErrorKind::usage,
                "there is no default vault",
                "give --vault, KVRUN_VAULT, or 'vault:' in the config");
  }
  try {
    return resolve_vault(settings.vault->value, *settings.cloud, settings.trusted_hosts);
  } catch (const Error& error) {
    throw error_at(settings.vault->place, error);
  }
}

bool is_resolved_reference(const Settings& settings,
                           const Environment& environment,
                           std::string_view name) {
  return std::any_of(settings.resolve.begin(),
                     settings.resolve.end(),
                     [&](const auto& glob) { return matches_glob(glob.value, name); }) &&
         config::looks_like_reference(environment.get(name).value_or(""));
}

bool keeps_existing(const Settings& settings, const Environment& inherited, std::string_view name) {
  return settings.keep_existing && inherited.get(name) &&
         !is_resolved_reference(settings, inherited, name);
}

bool may_provide(const config::Bundle& bundle, std::string_view name) {
  if (!is_variable_name(name)) {
    return false;
  }
  std::set<std::string_view> renamed;
  for (const auto& [in_data, variable] : bundle.rename) {
    if (variable == name && takes(bundle, in_data)) {
      return true;
    }
    renamed.insert(in_data);
  }
  if (!name.starts_with(bundle.prefix)) {
    return false;
  }
  const std::string_view in_data = name.substr(bundle.prefix.size());
  return renamed.count(in_data) == 0 && takes(bundle, in_data);
}

Plan make_plan(const Settings& settings, const Environment& environment, Problems& problems) {
  return Planner(settings, environment, problems).make();
}

} // namespace kvrun::launcher
