// SPDX-License-Identifier: MIT
#include "launcher/subcommand/vault_listing.hpp"

#include "launcher/plan.hpp"
#include "launcher/session.hpp"
#include "launcher/waiting.hpp"

namespace kvrun::launcher {

namespace {

Settings settings_by(const Options& options, const Invocation& invocation) {
  Problems problems;
  const Deadline deadline =
      Deadline::after(invocation.started, provisional_timeout(options, invocation.environment));
  Settings settings = read_settings(options, invocation.environment, deadline, problems);
  problems.raise();
  return settings;
}

} // namespace

Settings settings_of(const Invocation& invocation) {
  return settings_by(invocation.options, invocation);
}

Settings settings_without_config(const Invocation& invocation) {
  Options options = invocation.options;
  options.config = "";
  return settings_by(options, invocation);
}

std::vector<azure::SecretItem>
list_default_vault(const Invocation& invocation, const Settings& settings, RunRecord& record) {
  const Vault vault = default_vault(settings);
  const Deadline deadline = Deadline::after(invocation.started, settings.timeout);
  Waiting waiting(invocation.log, deadline);
  Session session(settings, invocation.environment, invocation.log, record.trace, &waiting);
  const azure::SecretClientOptions options{
      settings.wait_for_access, &random_fraction, &unix_now, &invocation.log, &record.trace};
  std::vector<azure::SecretItem> items =
      azure::list_secrets({vault.origin, vault.label, vault.audience},
                          session.transport(),
                          session.tokens(),
                          options,
                          deadline);
  record.identity = session.identity_used();
  return items;
}

} // namespace kvrun::launcher
