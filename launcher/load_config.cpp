// SPDX-License-Identifier: MIT
#include "launcher/load_config.hpp"

#include "azure/cloud.hpp"
#include "azure/identity/credential.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "config/loader_names.hpp"
#include "config/parser.hpp"
#include "launcher/found_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace kvrun::launcher {

namespace {

constexpr std::size_t k_most_file = 1024UL * 1024;

std::vector<std::string_view> cloud_names() {
  std::vector<std::string_view> names;
  for (const azure::Cloud& cloud : azure::all_clouds()) {
    names.push_back(cloud.name);
  }
  return names;
}

config::Config parse(std::string_view text, const std::string& file, Problems& problems) {
  const std::vector<std::string_view> clouds = cloud_names();
  const config::Vocabulary vocabulary{
      clouds, [](std::string_view identity) { azure::IdentitySetting::parse(identity); }};
  return config::parse_config(text, file, vocabulary, problems);
}

std::string hint_for_profile(const std::string& name, std::span<const std::string_view> names) {
  if (const auto near = nearest(name, names)) {
    return fmt::format("did you mean '{}'?", *near);
  }
  return names.empty() ? "the config has none: leave out '-p'"
                       : fmt::format("the profiles are {}", fmt::join(names, ", "));
}

void lay_profile(LoadedConfig& loaded,
                 const std::string& name,
                 bool config_is_good,
                 Problems& problems) {
  config::Config& config = *loaded.config;
  const auto chosen = config.profiles.find(name);
  if (chosen != config.profiles.end()) {
    config = config::with_profile(config, chosen->second);
    if (config_is_good) { // else the parser has told of the same ones
      config::check_names(config, problems);
    }
  } else if (config.profiles_known) {
    std::vector<std::string_view> names;
    for (const auto& [other, unused] : config.profiles) {
      names.emplace_back(other);
    }
    problems.add(Error(ErrorKind::usage,
                       fmt::format("{}: there is no profile '{}'", loaded.file, one_line(name, 80)),
                       hint_for_profile(name, names)));
  }
}

SecretString read_named(const std::string& file, const Deadline& deadline) {
  try {
    return read_file(file, k_most_file, ErrorKind::usage, deadline);
  } catch (const Error& error) {
    throw Error(error.kind(),
                error.message(),
                error.hint().empty() ? "name a config that can be read: '-c FILE'" : error.hint());
  }
}

// A config that nobody named may not choose which programs run, nor read files or start tools of
// the caller's (design.md §3).
void limit_found_config(const config::Config& config,
                        const FoundConfig& found,
                        Problems& problems) {
  const std::string allow =
      fmt::format("name the config to allow it: 'kvrun -c {} -- COMMAND'", found.file);
  const auto check_name = [&](const std::string& name, const Place& place) {
    if (config::is_loader_name(name)) {
      problems.add(place,
                   fmt::format("'{}' changes how programs load or find things: a config that "
                               "was only found may not set it",
                               name),
                   allow);
    }
  };
  for (const config::Binding& binding : config.bindings) {
    check_name(binding.name, binding.place);
  }
  for (const config::Bundle& bundle : config.bundles.value_or(std::vector<config::Bundle>())) {
    for (const std::string& name : config::names_of(bundle)) { // others are refused in the data
      check_name(name, bundle.place);
    }
  }
  if (config.identity && !found.of_caller_or_root) {
    constexpr std::array<std::string_view, 4> kinds{
        "azure-cli", "azure-developer-cli", "client-certificate", "token-file"};
    const std::string_view kind =
        std::string_view(config.identity->value).substr(0, config.identity->value.find('='));
    if (std::find(kinds.begin(), kinds.end(), kind) != kinds.end()) {
      problems.add(
          config.identity->place,
          fmt::format("a config that neither you nor root owns may not choose the identity '{}'",
                      kind),
          allow);
    }
  }
}

} // namespace

LoadedConfig load_config(const std::optional<config::Setting<std::string>>& named,
                         const std::optional<config::Setting<std::string>>& profile,
                         const Deadline& deadline,
                         Problems& problems) {
  LoadedConfig loaded;
  const std::size_t before = problems.all().size();
  std::optional<FoundConfig> found;
  try {
    if (named && named->value == "-") {
      problems.add(named->place,
                   "the config cannot be read from stdin, which is the command's",
                   "name a file");
      return loaded;
    }
    if (!named) {
      found = find_config();
    }
    const bool none = named ? named->value.empty() : !found;
    if (none) {
      if (profile) {
        problems.add(profile->place,
                     fmt::format("there is no config that could have the profile '{}'",
                                 one_line(profile->value, 80)),
                     "name the config with '-c FILE'");
      }
      return loaded;
    }
    loaded.file = named ? named->value : found->file;
    loaded.config.emplace();
    const SecretString text =
        found
            ? read_descriptor(found->fd.get(), loaded.file, k_most_file, ErrorKind::usage, deadline)
            : read_named(loaded.file, deadline);
    loaded.config = parse(text.reveal(), loaded.file, problems);
  } catch (const Error& error) {
    problems.add(error);
    return loaded;
  }
  if (profile) {
    lay_profile(loaded, profile->value, problems.all().size() == before, problems);
  }
  if (found) {
    limit_found_config(*loaded.config, *found, problems);
  }
  return loaded;
}

} // namespace kvrun::launcher
