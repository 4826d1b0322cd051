// SPDX-License-Identifier: MIT
#pragma once

#include "azure/secret_client.hpp"
#include "base/place.hpp"
#include "config/model.hpp"
#include "launcher/environment.hpp"
#include "launcher/settings.hpp"
#include "launcher/vault_host.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// Who maps a variable, from the weakest to the strongest (rules A11).
enum class Source { inherited_reference, bundle, config, env_file, option };
[[nodiscard]] std::string_view name_of(Source source);

// A variable and the secrets that feed it: indexes into Plan::secrets, one a reference, in order.
struct PlannedBinding {
  config::Binding binding;
  Source source = Source::config;
  std::vector<std::size_t> secrets;
};

struct PlannedBundle {
  config::Bundle bundle;
  std::size_t secret = 0;
};

// What will be read, and what each secret feeds. Making one contacts nothing.
struct Plan {
  std::vector<azure::SecretRead> secrets; // distinct
  std::vector<PlannedBinding> bindings;   // each name once, in the order they were written
  std::vector<PlannedBundle> bundles;
  std::vector<PlannedBinding> kept; // selected, and left as they are inherited (rules A16)
  Environment inherited;            // what the command gets of the caller's environment
  std::vector<std::string> warnings;
};

// Lays options, env files, config and inherited references over each other, picks what is selected,
// and makes an address of every reference: the one place that shows every host that can be
// contacted (design.md §8). Problems are added.
[[nodiscard]] Plan
make_plan(const Settings& settings, const Environment& environment, Problems& problems);

// The default vault, for what is asked of a whole vault. Throws Error(usage) where there is none,
// or it may not get a token.
[[nodiscard]] Vault default_vault(const Settings& settings);

// Whether --resolve names that variable of the environment, and it holds a reference.
[[nodiscard]] bool is_resolved_reference(const Settings& settings,
                                         const Environment& environment,
                                         std::string_view name);

// Whether a mapped variable stays as it is inherited (rules A16).
[[nodiscard]] bool
keeps_existing(const Settings& settings, const Environment& inherited, std::string_view name);

// Whether a bundle may hold a variable of that name, as far as its `only`, `rename` and `prefix`
// tell.
[[nodiscard]] bool may_provide(const config::Bundle& bundle, std::string_view name);

} // namespace kvrun::launcher
