// SPDX-License-Identifier: MIT
#pragma once

#include "azure/access_token.hpp"
#include "azure/identity/credential.hpp"
#include "azure/secret_client.hpp"
#include "azure/secret_identifier.hpp"
#include "azure/service_error.hpp"
#include "launcher/vault_host.hpp"

#include <sys/socket.h>

#include <string>
#include <vector>

namespace kvrun::launcher {

// The command that cures a refusal of Key Vault's, with the ids of this vault, identity and host
// filled in; "" where no command is known.
[[nodiscard]] std::string fix_for_refusal(const azure::ServiceError& error,
                                          const Vault& vault,
                                          const azure::SecretIdentifier& secret,
                                          const azure::AccessToken::Claims& caller);

// What to do about a secret that could not be read: a command where there is one.
[[nodiscard]] std::string fix_for_failure(const azure::FetchFailure& failure,
                                          const Vault& vault,
                                          const azure::SecretIdentifier& secret,
                                          const azure::AccessToken::Claims& caller);

// What to do where there is no identity, in view of what is announced here.
[[nodiscard]] std::string fix_for_identity(const azure::IdentitySetting& setting,
                                           const std::vector<azure::SourceReport>& reports);

// What to do where the name of a vault is not known.
[[nodiscard]] std::string fix_for_name(const Vault& vault);

// Whether an address is one of a private network, of this host or link-local.
[[nodiscard]] bool is_private(const sockaddr_storage& address);

} // namespace kvrun::launcher
