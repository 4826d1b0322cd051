// SPDX-License-Identifier: MIT
#pragma once

#include "azure/secret_listing.hpp"
#include "launcher/delivery.hpp"
#include "launcher/settings.hpp"

#include <vector>

namespace kvrun::launcher {

// The settings alone, for what maps no variable. Throws Errors with every problem.
[[nodiscard]] Settings settings_of(const Invocation& invocation);

// What the default vault lists. Throws as list_secrets() does, and Error(usage) where there is no
// default vault.
[[nodiscard]] std::vector<azure::SecretItem> list_default_vault(const Invocation& invocation,
                                                                const Settings& settings);

} // namespace kvrun::launcher
