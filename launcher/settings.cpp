// SPDX-License-Identifier: MIT
#include "launcher/settings.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "config/dotenv.hpp"
#include "config/loader_names.hpp"
#include "config/parser.hpp"
#include "launcher/connect_to.hpp"
#include "launcher/found_config.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kvrun::launcher {

namespace {

constexpr std::size_t k_most_file = 1024UL * 1024;          // of a config
constexpr std::size_t k_most_env_file = 16UL * 1024 * 1024; // of an env file

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
    choose_cloud_and_vault();
    choose_identity();
    read_hosts();
    read_durations();
    read_option_bindings();
    read_env_files();
    choose_resolve();
    choose_inheritance();
    settings_.anything_mapped = settings_.anything_mapped || config_.has_value();
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
      return config::Setting<std::string>{*option, {std::string(option_name)}};
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
      problems_.add(place.text().empty() ? error : error.within(place.text()));
    }
  }

  void read_config() {
    const auto named = option_or_variable(options_.config, "--config", "KVRUN_CONFIG");
    const auto profile = option_or_variable(options_.profile, "--profile", "KVRUN_PROFILE");
    std::optional<FoundConfig> found;
    std::string file;
    if (named) {
      file = named->value;
      if (file == "-") {
        problems_.add(Error(ErrorKind::usage,
                            "the config cannot be read from stdin, which is the command's",
                            "name a file"));
        return;
      }
    } else {
      try {
        found = find_config();
      } catch (const Error& error) {
        problems_.add(error);
        return;
      }
      if (!found) {
        if (profile) {
          problems_.add(Error(ErrorKind::usage,
                              fmt::format("profile '{}': there is no config that could have it",
                                          one_line(profile->value, 80))));
        }
        return;
      }
      file = found->file;
    }
    settings_.config_file = file;
    config_.emplace(); // there is one, whatever it holds (rules A1)
    const std::size_t before = problems_.all().size();
    collect({}, [&] {
      const SecretString text =
          found ? read_descriptor(found->fd.get(), file, k_most_file, ErrorKind::usage, deadline_)
                : read_file(file, k_most_file, ErrorKind::usage, deadline_);
      const std::vector<std::string_view> clouds = cloud_names();
      const config::Vocabulary vocabulary{
          clouds, [](std::string_view identity) { azure::IdentitySetting::parse(identity); }};
      config_ = config::parse_config(text.reveal(), file, vocabulary, problems_);
    });
    if (profile) {
      const auto chosen = config_->profiles.find(profile->value);
      if (chosen != config_->profiles.end()) {
        config_ = config::with_profile(*config_, chosen->second);
        if (problems_.all().size() == before) { // else the parser has told of the same ones
          config::check_names(*config_, problems_);
        }
      } else if (problems_.all().size() == before) {
        std::vector<std::string_view> names;
        for (const auto& [name, unused] : config_->profiles) {
          names.emplace_back(name);
        }
        const auto near = nearest(profile->value, names);
        problems_.add(
            Error(ErrorKind::usage,
                  fmt::format("{}: there is no profile '{}'", file, one_line(profile->value, 80)),
                  near ? fmt::format("did you mean '{}'?", *near) : std::string()));
      }
    }
    if (found) {
      limit_found_config(*found);
    }
    settings_.config_bindings = config_->bindings;
    settings_.bundles = config_->bundles.value_or(std::vector<config::Bundle>());
    settings_.expired = config_->expired ? config_->expired->value : config::Expired::warn;
  }

  static std::vector<std::string_view> cloud_names() {
    std::vector<std::string_view> names;
    for (const azure::Cloud& cloud : azure::all_clouds()) {
      names.push_back(cloud.name);
    }
    return names;
  }

  // A config that nobody named may not choose which programs run, nor read files or start tools of
  // the caller's (design.md §3).
  void limit_found_config(const FoundConfig& found) {
    const std::string allow =
        fmt::format("name the config to allow it: 'kvrun -c {} -- COMMAND'", found.file);
    for (const config::Binding& binding : config_->bindings) {
      if (config::is_loader_name(binding.name)) {
        problems_.add(binding.place,
                      fmt::format("'{}' changes how programs load or find things: a config that "
                                  "was only found may not set it",
                                  binding.name),
                      allow);
      }
    }
    if (config_->identity && !found.of_caller_or_root) {
      constexpr std::array<std::string_view, 4> kinds{
          "azure-cli", "azure-developer-cli", "client-certificate", "token-file"};
      const std::string_view kind =
          std::string_view(config_->identity->value).substr(0, config_->identity->value.find('='));
      if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) {
        problems_.add(
            config_->identity->place,
            fmt::format("a config that neither you nor root owns may not choose the identity '{}'",
                        kind),
            allow);
      }
    }
  }

  void choose_cloud_and_vault() {
    settings_.cloud =
        azure::find_cloud(config_ && config_->cloud ? config_->cloud->value : "public");
    if (settings_.cloud == nullptr) { // told by the parser
      settings_.cloud = azure::find_cloud("public");
    }
    settings_.vault = option_or_variable(options_.vault, "--vault", "KVRUN_VAULT");
    if (!settings_.vault && config_) {
      settings_.vault = config_->vault;
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
      if (!from_config) { // the parser told of the config's
        problems_.add(error.within(chosen->place.text()));
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
      list.push_back({one, {std::string(option_name)}});
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
            read_file(file->value, k_most_env_file, ErrorKind::usage, deadline_);
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
    for (const std::string& text : options_.env) {
      settings_.anything_mapped = true;
      const std::size_t equals = text.find('=');
      if (equals == std::string::npos) {
        problems_.add(Error(ErrorKind::usage, "option '--env' takes NAME=REFERENCE"));
        continue;
      }
      config::Binding binding;
      binding.name = text.substr(0, equals);
      if (!is_variable_name(binding.name)) {
        problems_.add(Error(ErrorKind::usage,
                            fmt::format("-e: '{}' is no variable name", one_line(binding.name, 80)),
                            "letters, digits and '_', not a digit first"));
        continue;
      }
      const auto same = [&](const config::Binding& other) { return other.name == binding.name; };
      if (std::any_of(settings_.option_bindings.begin(), settings_.option_bindings.end(), same)) {
        problems_.add(
            Error(ErrorKind::usage, fmt::format("-e: '{}' is mapped twice", binding.name)));
        continue;
      }
      binding.place = binding.source_place = {fmt::format("-e {}", binding.name)};
      try {
        binding.source = config::parse_reference(std::string_view(text).substr(equals + 1));
      } catch (const config::ReferenceError& e) {
        problems_.add(binding.place, e.what(), e.hint());
        continue;
      }
      settings_.option_bindings.push_back(std::move(binding));
    }
  }

  void read_env_files() {
    for (const std::string& file : options_.env_file) {
      settings_.anything_mapped = true;
      if (file == "-") {
        problems_.add(Error(ErrorKind::usage,
                            "an env file cannot be read from stdin, which is the command's",
                            "name a file"));
        continue;
      }
      collect({}, [&] {
        const SecretString text = read_file(file, k_most_env_file, ErrorKind::usage, deadline_);
        const config::Dotenv parsed = config::parse_dotenv(text.reveal());
        for (const config::DotenvProblem& problem : parsed.problems) {
          problems_.add({file, problem.line}, problem.message);
        }
        for (const config::DotenvEntry& entry : parsed.entries) {
          add_env_file_entry(file, entry);
        }
      });
    }
  }

  void add_env_file_entry(const std::string& file, const config::DotenvEntry& entry) {
    config::Binding binding;
    binding.name = entry.name;
    binding.place = binding.source_place = {file, entry.line};
    const std::string_view value = entry.value.reveal();
    if (config::looks_like_reference(value) || is_vault_url(value)) {
      try {
        binding.source = config::parse_reference(value);
      } catch (const config::ReferenceError& e) {
        problems_.add(binding.place, fmt::format("{}: {}", entry.name, e.what()), e.hint());
        return;
      }
    } else {
      binding.source = config::Literal{std::string(value)};
    }
    std::erase_if(settings_.env_file_bindings,
                  [&](const config::Binding& other) { return other.name == binding.name; });
    settings_.env_file_bindings.push_back(std::move(binding));
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
    try {
      static_cast<void>(
          resolve_vault(value.substr(0, slash), *settings_.cloud, settings_.trusted_hosts));
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  void choose_resolve() {
    settings_.resolve = list_of(options_.resolve, "--resolve", "KVRUN_RESOLVE");
    settings_.anything_mapped = settings_.anything_mapped || !settings_.resolve.empty();
    if (settings_.resolve.empty() && config_ && config_->resolve) {
      settings_.resolve = *config_->resolve;
    }
    for (const auto& [name, place] : settings_.resolve) {
      if (name.find_first_not_of('*') == std::string::npos) {
        problems_.add(place,
                      "a glob needs a literal part: '*' alone would resolve what anyone can write",
                      "name the variables");
      }
    }
  }

  void choose_inheritance() {
    if (!options_.keep.empty() && !options_.clean_env) {
      problems_.add(Error(ErrorKind::usage, "option '--keep' needs '--clean-env'"));
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
