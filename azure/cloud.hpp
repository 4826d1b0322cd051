// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

namespace kvrun::azure {

// One national cloud (reference/key-vault.md §2.7, identity.md §13.1).
struct Cloud {
  std::string_view name;
  std::string_view vault_suffix;
  std::string_view audience; // also the resource; a scope adds "/.default"
  std::string_view login_host;
  std::string_view federated_audience; // of CI tokens (identity.md §11.2)
};

[[nodiscard]] std::span<const Cloud> all_clouds();
// By name; nullptr when it is none.
[[nodiscard]] const Cloud* find_cloud(std::string_view name);
// The cloud in whose Key Vault suffix the host stands: strictly inside, after a dot, whole labels,
// compared without case (rules T2). nullptr when it is in none.
[[nodiscard]] const Cloud* cloud_of_vault(std::string_view host);
// The cloud of a login host, the aliases included; nullptr when it is none.
[[nodiscard]] const Cloud* cloud_of_login_host(std::string_view host);

} // namespace kvrun::azure
