// SPDX-License-Identifier: MIT
#pragma once

#include "azure/access_token.hpp"
#include "azure/secret_identifier.hpp"
#include "base/deadline.hpp"
#include "launcher/session.hpp"
#include "launcher/settings.hpp"
#include "launcher/subcommand/doctor_findings.hpp"
#include "launcher/vault_host.hpp"

#include <string>

namespace kvrun::launcher {

// The way to the secrets of a vault, step by step: its name, TCP, TLS, Key Vault or something in
// between, the clock, the permission.
class VaultDoctor {
public:
  VaultDoctor(Session& session,
              const Settings& settings,
              Findings& findings,
              const Deadline& deadline)
      : session_(session), settings_(settings), findings_(findings), deadline_(deadline) {}

  // Adds what it finds, up to the first step that fails. The permission is asked for with that
  // secret, by that caller; null where there is no token. Returns whether the secrets can be read.
  [[nodiscard]] bool look_at(const Vault& vault,
                             const azure::SecretIdentifier& secret,
                             const azure::AccessToken::Claims* caller);

private:
  bool look_up(const Vault& vault);
  // TCP, what a proxy said, and TLS.
  bool look_at_connection(const Vault& vault, const azure::TransportFailure* failure);
  bool look_at_service(const Vault& vault, const azure::HttpResponse& response);
  void look_at_clock(const azure::HttpResponse& response);
  bool look_at_permission(const Vault& vault,
                          const azure::SecretIdentifier& secret,
                          const azure::AccessToken::Claims* caller);
  [[nodiscard]] std::string roots_text() const;

  Session& session_;
  const Settings& settings_;
  Findings& findings_;
  const Deadline& deadline_;
  bool clock_seen_ = false;
};

} // namespace kvrun::launcher
