// SPDX-License-Identifier: MIT
#pragma once

#include "azure/secret_listing.hpp"
#include "launcher/delivery.hpp"
#include "launcher/run_record.hpp"
#include "launcher/settings.hpp"

#include <vector>

namespace kvrun::launcher {

// The settings alone, for what maps no variable. Throws Errors with every problem.
[[nodiscard]] Settings settings_of(const Invocation& invocation);
// As if there were no config.
[[nodiscard]] Settings settings_without_config(const Invocation& invocation);

// What the default vault lists; with whose token, and when, is in the record. Throws as
// list_secrets() does, and Error(usage) where there is no default vault.
[[nodiscard]] std::vector<azure::SecretItem>
list_default_vault(const Invocation& invocation, const Settings& settings, RunRecord& record);

} // namespace kvrun::launcher
