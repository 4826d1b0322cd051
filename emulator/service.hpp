// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/counts.hpp"
#include "emulator/entra.hpp"
#include "emulator/faults.hpp"
#include "emulator/host_kind.hpp"
#include "emulator/key_vault.hpp"
#include "emulator/seed.hpp"
#include "emulator/tokens.hpp"

#include <memory>
#include <string>
#include <vector>

namespace kvrun::emulator {

// Where a request came in.
enum class Entrance {
  named,    // TLS, under the name of a host
  identity, // the identity endpoint of the host
  metadata, // 169.254.169.254
};

// What the services' secrets and keys are; made once and told to the command.
struct Credentials {
  std::string header_secret;   // IDENTITY_HEADER, MSI_SECRET, the CI systems' request token
  std::string client_secret;   // of the service principal; empty: it has none
  X509* certificate = nullptr; // of the service principal; may be null
};

// Everything that answers: Key Vault, the identity endpoints, the login hosts, and the faults of
// the seed. No sockets. Safe to share between threads.
class Service {
public:
  // `identities` are the endpoints at Entrance::identity.
  Service(Seed seed, HostKind kind, Credentials credentials, Clock clock);

  // One more endpoint at Entrance::identity.
  void add_identity(HostKind kind);

  // `name` is the host that TLS was set up for.
  [[nodiscard]] Answer answer(const Request& request, Entrance entrance, const std::string& name);
  // Whether there is such a host: a vault of the seed, a login host, localhost, …
  [[nodiscard]] bool exists(std::string_view host) const;

  [[nodiscard]] Counts& counts() noexcept { return counts_; }
  [[nodiscard]] const Seed& seed() const noexcept { return seed_; }
  [[nodiscard]] const TokenIssuer& issuer() const noexcept { return issuer_; }
  [[nodiscard]] const Credentials& credentials() const noexcept { return credentials_; }
  // How a host is called in the counts.
  [[nodiscard]] std::string endpoint_name(Entrance entrance, const std::string& host) const;

private:
  // Who is asked.
  struct Endpoint {
    std::string host;
    std::optional<VaultAddress> vault;
    IdentityEndpoint* identity = nullptr;
  };

  [[nodiscard]] IdentityContext context() const;
  [[nodiscard]] Endpoint
  endpoint(const Request& request, Entrance entrance, const std::string& name) const;
  [[nodiscard]] std::vector<std::string_view> fault_names(const Endpoint& endpoint) const;
  [[nodiscard]] Answer ordinary(const Request& request, const Endpoint& endpoint);
  [[nodiscard]] Answer
  failure(const Fault& fault, const Request& request, const Endpoint& endpoint) const;

  Seed seed_;
  HostKind kind_;
  Credentials credentials_;
  Clock clock_;
  TokenIssuer issuer_;
  KeyVault key_vault_;
  Entra entra_;
  FaultList faults_;
  Counts counts_;
  std::vector<std::unique_ptr<IdentityEndpoint>> identities_;
  std::unique_ptr<IdentityEndpoint> metadata_;
};

} // namespace kvrun::emulator
