// SPDX-License-Identifier: MIT
#pragma once

#include "azure/cloud.hpp"
#include "azure/http.hpp"
#include "azure/secret_identifier.hpp"
#include "base/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// --trust-host HOST[:PORT][=AUDIENCE]: a host of the caller's that may get the token.
struct TrustedHost {
  azure::Origin origin;
  std::string audience; // "" for the cloud's
};

// Throws Error(usage).
[[nodiscard]] TrustedHost parse_trusted_host(std::string_view text);

// A vault that may receive a token.
struct Vault {
  azure::Origin origin;
  std::string label;    // "contoso-prod" inside the table's suffixes, else host and port
  std::string audience; // from the table or from --trust-host, never from a server
};

// The vault of a text as rules A46 has it: a name in the cloud's suffix, HOST[:PORT], or
// https://HOST[:PORT][/]. The one place that decides which host may get a token (design.md §5):
// strictly inside a Key Vault suffix of a known cloud, port 443; or one that --trust-host names.
// Throws Error(usage).
[[nodiscard]] Vault resolve_vault(std::string_view text,
                                  const azure::Cloud& cloud,
                                  std::span<const TrustedHost> trusted);

} // namespace kvrun::launcher
