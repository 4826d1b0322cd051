// SPDX-License-Identifier: MIT
#pragma once

#include "azure/access_token.hpp"
#include "azure/secret_identifier.hpp"
#include "base/deadline.hpp"
#include "base/log.hpp"
#include "launcher/session.hpp"
#include "launcher/settings.hpp"
#include "launcher/subcommand/doctor_findings.hpp"
#include "launcher/vault_host.hpp"

#include <string>

namespace kvrun::launcher {

// The way to a vault, step by step: its name, TCP, TLS, Key Vault or something in between, the
// clock.
class VaultDoctor {
public:
  VaultDoctor(Session& session,
              const Settings& settings,
              Findings& findings,
              const Log& log,
              const Deadline& deadline)
      : session_(session), settings_(settings), findings_(findings), log_(log),
        deadline_(deadline) {}

  // Adds what it finds, up to the first step that fails. Returns whether Key Vault answers.
  [[nodiscard]] bool look_at(const Vault& vault);

private:
  bool look_up(const Vault& vault);
  // TCP, what a proxy said, and TLS.
  bool
  look_at_connection(const Vault& vault, const azure::TransportFailure* failure, bool out_of_time);
  bool look_at_service(const Vault& vault, const azure::HttpResponse& response);
  void look_at_clock(const azure::HttpResponse& response);
  [[nodiscard]] std::string roots_text() const;

  Session& session_;
  const Settings& settings_;
  Findings& findings_;
  const Log& log_;
  const Deadline& deadline_;
  bool clock_seen_ = false;
};

} // namespace kvrun::launcher
