// SPDX-License-Identifier: MIT
#pragma once

#include "azure/access_token.hpp"
#include "azure/secret_client.hpp"
#include "base/deadline.hpp"
#include "launcher/plan.hpp"
#include "launcher/session.hpp"
#include "launcher/settings.hpp"
#include "launcher/subcommand/doctor_findings.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace kvrun::launcher {

// A vault that answers, and whose token it would get: nothing where there is none.
struct AskedVault {
  Vault vault;
  std::optional<azure::AccessToken::Claims> caller;
};

// What comes of the reads of a run, which are done as a run does them, all at once: the permission
// on each vault, each mapped secret, and the variables.
class SecretsDoctor {
public:
  SecretsDoctor(Session& session,
                const Settings& settings,
                const Plan& plan,
                Findings& findings,
                const Deadline& deadline)
      : session_(session), settings_(settings), plan_(plan), findings_(findings),
        deadline_(deadline) {}

  void look_at(const std::vector<AskedVault>& vaults);

private:
  struct Read {
    azure::SecretIdentifier secret;
    std::optional<std::size_t> index; // in the plan; nothing: it only asks for the permission
    azure::FetchResult result;
    bool told = false;
  };

  void read(const std::vector<AskedVault>& vaults);
  void look_at_permission(const AskedVault& asked);
  void look_at_secret(const Read& read, const std::vector<AskedVault>& vaults);
  void look_at_variables();
  [[nodiscard]] std::string fed_by(std::size_t index) const;

  Session& session_;
  const Settings& settings_;
  const Plan& plan_;
  Findings& findings_;
  const Deadline& deadline_;
  std::vector<Read> reads_;
  TimePoint begun_;
};

} // namespace kvrun::launcher
