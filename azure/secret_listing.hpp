// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "azure/secret_client.hpp"
#include "base/deadline.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::azure {

// A secret as a vault lists it: never a value, and no version.
struct SecretItem {
  std::string name;
  bool enabled = true;
  std::optional<std::int64_t> expires;    // Unix seconds
  std::optional<std::int64_t> not_before; // Unix seconds
  std::string content_type;               // one line
  bool managed = false;                   // it belongs to a certificate
};

// A vault that may receive a token.
struct ListedVault {
  Origin origin;
  std::string label;    // as messages name it
  std::string audience; // of the token that it takes
};

// Every secret of a vault, page by page (reference/key-vault.md §1.4). A link to the next page is
// followed as it is, and only to the same host (rules T4). Tries again as a read does. Throws
// Error: `refused` for an answer that no later try will better, `unavailable` at the deadline.
[[nodiscard]] std::vector<SecretItem> list_secrets(const ListedVault& vault,
                                                   HttpTransport& transport,
                                                   AccessTokens& tokens,
                                                   const SecretClientOptions& options,
                                                   const Deadline& deadline);

} // namespace kvrun::azure
