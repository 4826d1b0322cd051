// SPDX-License-Identifier: MIT
#pragma once

#include "azure/cloud.hpp"
#include "azure/identity/credential.hpp"
#include "azure/transport/poco_transport.hpp"
#include "base/deadline.hpp"
#include "base/place.hpp"
#include "config/model.hpp"
#include "config/parser.hpp"
#include "launcher/environment.hpp"
#include "launcher/options.hpp"
#include "launcher/vault_host.hpp"

#include <optional>
#include <string>
#include <vector>

namespace kvrun::launcher {

// Everything that a run needs to know, each from the strongest source that says it: option, KVRUN_*
// variable, profile, config, default (rules A6).
struct Settings {
  std::string config_file;      // "" when there is none
  bool anything_mapped = false; // a config, -e, --env-file or --resolve (rules A1)

  std::optional<config::Setting<std::string>> vault;
  bool vault_is_good = true; // else that has been told
  const azure::Cloud* cloud = nullptr;
  azure::IdentitySetting identity;
  bool identity_is_good = true; // else that has been told
  std::vector<TrustedHost> trusted_hosts;
  std::vector<azure::ConnectTo> connect_to;
  std::string ca_file; // its path, for messages
  std::string ca_pem;  // what it held: read once, for it may be a pipe

  Milliseconds timeout{90'000};
  Milliseconds start_jitter{0};
  unsigned parallel = config::k_most_parallel;
  bool wait_for_access = false;

  std::vector<config::Binding> option_bindings;   // -e
  std::vector<config::Binding> env_file_bindings; // the later file won
  std::vector<config::Binding> config_bindings;
  std::vector<config::Bundle> bundles;
  std::vector<config::Setting<std::string>> resolve;
  config::Expired expired = config::Expired::warn;

  config::Inherit inherit;
  std::vector<std::string> unset; // names and globs
  bool keep_existing = false;
  bool drop_identity = false;
  std::optional<std::vector<std::string>> only;
  bool names_are_known = true; // else the config could not be read so far
};

// Reads the config and the env files and merges everything. Problems are added; nothing is
// contacted. Files are waited for no longer than the deadline.
[[nodiscard]] Settings read_settings(const Options& options,
                                     const Environment& environment,
                                     const Deadline& deadline,
                                     Problems& problems);

// The time that `--timeout` or KVRUN_TIMEOUT allows, before any file has been read.
[[nodiscard]] Milliseconds provisional_timeout(const Options& options,
                                               const Environment& environment);

} // namespace kvrun::launcher
