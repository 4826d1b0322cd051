// SPDX-License-Identifier: MIT
#include "launcher/settings.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "config/parser.hpp"
#include "config/secret_reference.hpp"
#include "launcher/connect_to.hpp"
#include "launcher/load_config.hpp"
#include "launcher/option_bindings.hpp"

#include <fmt/format.h>

#include <utility>

namespace kvrun::launcher {

namespace {

constexpr std::size_t k_most_ca_file = 16UL * 1024 * 1024;

// Reads and merges; what each member function adds stands in its name.
class Reader {
public:
  Reader(const Options& options,
         const Environment& environment,
         const Deadline& deadline,
         Problems& problems)
      : options_(options), environment_(environment), deadline_(deadline), problems_(problems) {}

  Settings read() {
    read_config();
    settings_.names_are_known =
        problems_.empty() || !settings_.config_bindings.empty() || !settings_.bundles.empty();
    choose_cloud();
    choose_vault();
    choose_identity();
    read_hosts();
    read_durations();
    read_option_bindings();
    choose_resolve();
    choose_inheritance();
    settings_.anything_mapped = config_ || !options_.env.empty() || !options_.env_file.empty() ||
                                !settings_.resolve.empty();
    settings_.wait_for_access = options_.wait_for_access;
    return std::move(settings_);
  }

private:
  // A KVRUN_* variable; empty counts as unset (rules A6).
  [[nodiscard]] std::optional<std::string> variable(std::string_view name) const {
    const auto value = environment_.get(name);
    return value && !value->empty() ? std::optional<std::string>(*value) : std::nullopt;
  }
  [[nodiscard]] std::optional<config::Setting<std::string>>
  option_or_variable(const std::optional<std::string>& option,
                     std::string_view option_name,
                     std::string_view variable_name) const {
    if (option) {
      return config::Setting<std::string>{*option, Place::of_option(std::string(option_name))};
    }
    if (auto value = variable(variable_name)) {
      return config::Setting<std::string>{std::move(*value), {std::string(variable_name)}};
    }
    return std::nullopt;
  }
  template <typename Step> void collect(const Place& place, Step step) {
    try {
      step();
    } catch (const Error& error) {
      problems_.add(error_at(place, error));
    }
  }

  void read_config() {
    LoadedConfig loaded =
        load_config(option_or_variable(options_.config, "--config", "KVRUN_CONFIG"),
                    option_or_variable(options_.profile, "--profile", "KVRUN_PROFILE"),
                    deadline_,
                    problems_);
    settings_.config_file = std::move(loaded.file);
    config_ = std::move(loaded.config);
    if (config_) {
      settings_.config_bindings = config_->bindings;
      settings_.bundles = config_->bundles.value_or(std::vector<config::Bundle>());
      settings_.expired = config_->expired ? config_->expired->value : config::Expired::warn;
    }
  }

  void choose_cloud() {
    settings_.cloud =
        azure::find_cloud(config_ && config_->cloud ? config_->cloud->value : "public");
    if (settings_.cloud == nullptr) { // told by the parser
      settings_.cloud = azure::find_cloud("public");
    }
  }

  void choose_vault() {
    settings_.vault = option_or_variable(options_.vault, "--vault", "KVRUN_VAULT");
    const bool from_config = !settings_.vault && config_;
    if (from_config) {
      settings_.vault = config_->vault;
    }
    if (!settings_.vault) {
      return;
    }
    try {
      static_cast<void>(config::parse_vault(settings_.vault->value));
    } catch (const config::ReferenceError& error) {
      settings_.vault_is_good = false;
      if (!from_config) { // the parser told of the config's
        problems_.add(settings_.vault->place, error.what(), error.hint());
      }
    }
  }

  void choose_identity() {
    auto chosen = option_or_variable(options_.identity, "--identity", "KVRUN_IDENTITY");
    const bool from_config = !chosen && config_ && config_->identity;
    if (from_config) {
      chosen = config_->identity;
    }
    if (!chosen) {
      return;
    }
    try {
      settings_.identity = azure::IdentitySetting::parse(chosen->value);
    } catch (const Error& error) {
      settings_.identity_is_good = false;
      if (!from_config) { // the parser told of the config's
        problems_.add(error_at(chosen->place, error));
      }
      return;
    }
    // A path in a config is relative to the config (rules A10).
    std::string& path = settings_.identity.value;
    const std::size_t slash = settings_.config_file.rfind('/');
    if (from_config && settings_.identity.select == azure::IdentitySetting::Select::path &&
        !path.starts_with('/') && slash != std::string::npos) {
      path = settings_.config_file.substr(0, slash + 1) + path;
    }
  }

  // Options if there are any, else the variable's list.
  [[nodiscard]] std::vector<config::Setting<std::string>>
  list_of(const std::vector<std::string>& options,
          std::string_view option_name,
          std::string_view variable_name) const {
    std::vector<config::Setting<std::string>> list;
    list.reserve(options.size());
    for (const std::string& one : options) {
      list.push_back({one, Place::of_option(std::string(option_name))});
    }
    if (list.empty()) {
      const std::string text = variable(variable_name).value_or("");
      for (const std::string_view one : split(text, ',')) {
        if (!trim(one).empty()) {
          list.push_back({std::string(trim(one)), {std::string(variable_name)}});
        }
      }
    }
    return list;
  }

  void read_hosts() {
    for (const auto& [text, place] :
         list_of(options_.trust_host, "--trust-host", "KVRUN_TRUST_HOST")) {
      collect(place,
              [&, &text = text] { settings_.trusted_hosts.push_back(parse_trusted_host(text)); });
    }
    for (const auto& [text, place] :
         list_of(options_.connect_to, "--connect-to", "KVRUN_CONNECT_TO")) {
      collect(place, [&, &text = text] { settings_.connect_to.push_back(parse_connect_to(text)); });
    }
    if (const auto file = option_or_variable(options_.ca_file, "--ca-file", "KVRUN_CA_FILE")) {
      settings_.ca_file = file->value;
      collect(file->place, [&] {
        const SecretString text =
            read_file(file->value, k_most_ca_file, ErrorKind::usage, deadline_);
        settings_.ca_pem = text.reveal();
        if (!azure::holds_certificate(settings_.ca_pem)) {
          throw Error(ErrorKind::usage,
                      fmt::format("'{}' holds no certificate", one_line(file->value)),
                      "it must be PEM: '-----BEGIN CERTIFICATE-----'");
        }
      });
    }
  }

  void read_durations() {
    if (const auto text = option_or_variable(options_.timeout, "--timeout", "KVRUN_TIMEOUT")) {
      const auto timeout =
          config::parse_duration(text->value, config::k_least_timeout, config::k_most_timeout);
      if (timeout) {
        settings_.timeout = *timeout;
      } else {
        problems_.add(text->place, "not a duration from 100ms to 1h", "for example '90s' or '2m'");
      }
    } else if (config_ && config_->timeout) {
      settings_.timeout = config_->timeout->value;
    }
    if (config_ && config_->start_jitter) {
      settings_.start_jitter = config_->start_jitter->value;
    }
    if (config_ && config_->parallel) {
      settings_.parallel = config_->parallel->value;
    }
  }

  void read_option_bindings() {
    settings_.option_bindings = bindings_of_options(options_.env, problems_);
    settings_.env_file_bindings = bindings_of_env_files(
        options_.env_file,
        [this](std::string_view value) { return is_vault_url(value); },
        deadline_,
        problems_);
  }

  // https://HOST/secrets/… with a host that may get a token; any other URL is a literal (rules
  // A49).
  [[nodiscard]] bool is_vault_url(std::string_view value) const {
    constexpr std::string_view scheme = "https://";
    if (!value.starts_with(scheme)) {
      return false;
    }
    const std::size_t slash = value.find('/', scheme.size());
    if (slash == std::string_view::npos || !value.substr(slash).starts_with("/secrets/")) {
      return false;
    }
    const std::string_view host = value.substr(0, slash);
    // Another port is wrong there (rules A46), and no reason to hand the reference on as text.
    const std::size_t port = host.rfind(':');
    return may_get_token(host) || (port >= scheme.size() && may_get_token(host.substr(0, port)));
  }

  [[nodiscard]] bool may_get_token(std::string_view vault) const {
    try {
      static_cast<void>(resolve_vault(vault, *settings_.cloud, settings_.trusted_hosts));
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  void choose_resolve() {
    settings_.resolve = list_of(options_.resolve, "--resolve", "KVRUN_RESOLVE");
    for (const auto& [name, place] : settings_.resolve) { // the parser has told of a config's
      if (name.find_first_not_of('*') == std::string::npos) {
        problems_.add(place,
                      "a glob needs a literal part: '*' alone would resolve what anyone can write",
                      "name the variables");
      }
    }
    if (settings_.resolve.empty() && config_ && config_->resolve) {
      settings_.resolve = *config_->resolve;
    }
  }

  void choose_inheritance() {
    if (!options_.keep.empty() && !options_.clean_env) {
      problems_.add(Error(ErrorKind::command_line, "option '--keep' needs '--clean-env'"));
    }
    if (options_.clean_env) {
      settings_.inherit = {false, options_.keep};
    } else if (config_ && config_->inherit) {
      settings_.inherit = config_->inherit->value;
    }
    if (!options_.unset.empty()) {
      settings_.unset = options_.unset;
    } else if (config_ && config_->unset) {
      for (const auto& [name, place] : *config_->unset) {
        settings_.unset.push_back(name);
      }
    }
    settings_.keep_existing = options_.keep_existing ||
                              (config_ && config_->keep_existing && config_->keep_existing->value);
    settings_.drop_identity = options_.drop_identity ||
                              (config_ && config_->drop_identity && config_->drop_identity->value);
    if (!options_.only.empty()) {
      settings_.only = options_.only;
    }
  }

  const Options& options_;
  const Environment& environment_;
  const Deadline& deadline_;
  Problems& problems_;
  Settings settings_;
  std::optional<config::Config> config_;
};

} // namespace

Settings read_settings(const Options& options,
                       const Environment& environment,
                       const Deadline& deadline,
                       Problems& problems) {
  return Reader(options, environment, deadline, problems).read();
}

Milliseconds provisional_timeout(const Options& options, const Environment& environment) {
  const std::string_view text = options.timeout ? std::string_view(*options.timeout)
                                                : environment.get("KVRUN_TIMEOUT").value_or("");
  return config::parse_duration(text, config::k_least_timeout, config::k_most_timeout)
      .value_or(Settings().timeout);
}

} // namespace kvrun::launcher
