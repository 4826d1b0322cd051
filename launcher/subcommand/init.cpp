// SPDX-License-Identifier: MIT
#include "base/file.hpp"
#include "config/dotenv.hpp"
#include "config/parser.hpp"
#include "launcher/found_config.hpp"
#include "launcher/plan.hpp"
#include "launcher/subcommand/new_config.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/subcommand.hpp"
#include "launcher/subcommand/vault_listing.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace kvrun::launcher {

namespace {

constexpr std::size_t k_most_env_file = 16UL * 1024 * 1024;

// Only the names, in order: the values are gone with the text.
std::vector<FoundName> names_in(const std::string& file, const Deadline& deadline) {
  Problems problems;
  const SecretString text = read_file(file, k_most_env_file, ErrorKind::usage, deadline);
  const config::Dotenv parsed = config::parse_dotenv(text.reveal());
  std::vector<FoundName> names;
  for (const config::DotenvProblem& problem : parsed.problems) {
    if (problem.bad_name) {
      names.push_back({problem.line, *problem.bad_name});
    } else {
      problems.add({file, problem.line}, problem.message);
    }
  }
  problems.raise();
  for (const config::DotenvEntry& entry : parsed.entries) {
    names.push_back({entry.line, entry.name});
  }
  std::sort(names.begin(), names.end(), [](const FoundName& a, const FoundName& b) {
    return a.line < b.line;
  });
  return names;
}

// What kvrun would say of the config that was made: a fault of ours, or more names than one holds.
void verify(const NewConfig& made, const std::string& file, bool from_env) {
  std::vector<std::string_view> clouds;
  for (const azure::Cloud& cloud : azure::all_clouds()) {
    clouds.push_back(cloud.name);
  }
  Problems problems;
  static_cast<void>(
      config::parse_config(made.text, file, {clouds, [](std::string_view) {}}, problems));
  std::vector<Error> errors;
  for (const Error& error : problems.all()) {
    errors.emplace_back(error.kind(),
                        error.message(),
                        from_env ? "too many names: put those of secrets alone into a file, and "
                                   "name that with '--from-env'"
                                 : "too many secrets: write those that are needed by hand; 'kvrun "
                                   "list' names them");
  }
  if (!errors.empty()) {
    throw Errors(std::move(errors));
  }
}

// A config has no secrets and is there for others too: as any new file, by the umask.
void open_for_others(const std::string& file) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  if (::chmod(file.c_str(), 0666 & ~mask) != 0) {
    throw Error(ErrorKind::usage, fmt::format("'{}': its mode cannot be changed", file));
  }
}

// The place that a path names, whatever stands there.
std::filesystem::path place_of(const std::filesystem::path& file) {
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::absolute(file, ignored).parent_path();
  return std::filesystem::weakly_canonical(folder, ignored) / file.filename();
}

// A config that is about to be replaced may be broken, untrusted or not there yet. It is read only
// for the vault, where nothing else says that.
Settings settings_for(const Invocation& invocation, const std::string& file) {
  const auto said = [&](const std::optional<std::string>& option, std::string_view variable) {
    return option.value_or(std::string(invocation.environment.get(variable).value_or("")));
  };
  const std::string config = said(invocation.options.config, "KVRUN_CONFIG");
  const bool replaced = place_of(config.empty() ? k_config_name : config) == place_of(file);
  const bool needed = said(invocation.options.vault, "KVRUN_VAULT").empty();
  return replaced && !needed ? settings_without_config(invocation) : settings_of(invocation);
}

} // namespace

int init(const Invocation& invocation, RunRecord& record) {
  const Options& options = invocation.options;
  const std::string file = options.output.value_or(k_config_name);
  struct stat there {};
  if (file != "-" && !options.force && ::lstat(file.c_str(), &there) == 0) {
    throw Error(ErrorKind::usage,
                fmt::format("'{}' is there already", file),
                "add '--force' to replace it, or name another file with '-o FILE'");
  }
  const Settings settings = settings_for(invocation, file);
  const std::string vault = settings.vault ? settings.vault->value : std::string();
  if (settings.vault) {
    static_cast<void>(default_vault(settings)); // that it is one
  }
  const std::string_view cloud = settings.cloud->name == "public" ? "" : settings.cloud->name;
  NewConfig made;
  if (options.from_env) {
    const Deadline deadline = Deadline::after(invocation.started, settings.timeout);
    made = config_from_names(vault, cloud, names_in(*options.from_env, deadline));
  } else {
    made = config_from_listing(vault, cloud, list_default_vault(invocation, settings, record));
  }
  verify(made, file, options.from_env.has_value());
  write_output(file, made.text);
  if (!options.output) {
    open_for_others(file);
  }
  if (made.left_out > 0) {
    record.warnings.push_back(
        fmt::format("{} of {} names could not be mapped: the comments in {} say why",
                    made.left_out,
                    made.mapped + made.left_out,
                    file == "-" ? "it" : fmt::format("'{}'", file)));
    invocation.log.warning(record.warnings.back());
  }
  return 0;
}

} // namespace kvrun::launcher
