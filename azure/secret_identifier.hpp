// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"

#include <string>

namespace kvrun::azure {

// The address of a secret: a host that may receive a token. Only launcher/plan makes one (design.md
// §8).
struct SecretIdentifier {
  Origin vault;
  std::string vault_label; // as messages name it: "contoso-prod", or the whole host
  std::string audience;    // of the token that the vault takes
  std::string name;
  std::string version; // "" for the newest

  // "contoso-prod/db-password", "contoso-prod/db-password/4387…".
  [[nodiscard]] std::string label() const {
    return vault_label + '/' + name + (version.empty() ? "" : '/' + version);
  }
};

} // namespace kvrun::azure
