// SPDX-License-Identifier: MIT
#include "config/parser.hpp"

#include "base/text.hpp"
#include "base/yaml.hpp"
#include "config/entries.hpp"
#include "config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace kvrun::config {
namespace {

// Options that are no keys: where a token goes and how one call behaves is not a config's to say.
constexpr std::array<std::string_view, 18> k_options_only{"ca-file",
                                                          "clean-env",
                                                          "config",
                                                          "connect-to",
                                                          "env-file",
                                                          "keep",
                                                          "mask-ci",
                                                          "only",
                                                          "profile",
                                                          "quiet",
                                                          "report",
                                                          "timings",
                                                          "verbose",
                                                          "version",
                                                          "wait-for-access",
                                                          "trust-host",
                                                          "help",
                                                          "format"};

// What one level of a config (the top, or a profile) says.
class LevelReader {
public:
  LevelReader(Reader& reader, const Vocabulary& vocabulary, Level level, Config& config)
      : reader_(reader), vocabulary_(vocabulary), level_(level), config_(config) {}

  void read(const yaml::Node& node) {
    for (const yaml::Member& member : node.members) {
      const auto* const key = std::find_if(
          k_keys.begin(), k_keys.end(), [&](const Key& one) { return one.name == member.key; });
      if (key == k_keys.end() || (level_ == Level::profile && key->name == "profiles")) {
        unknown(member);
      } else {
        (this->*key->read)(member.value);
      }
    }
    check_names(config_, reader_.problems());
  }

private:
  struct Key {
    std::string_view name;
    void (LevelReader::*read)(const yaml::Node& node);
  };
  static const std::array<Key, 16> k_keys;

  void unknown(const yaml::Member& member) const {
    std::vector<std::string_view> known;
    for (const Key& key : k_keys) {
      if (level_ == Level::top || key.name != "profiles") {
        known.push_back(key.name);
      }
    }
    std::string hint;
    if (member.key == "profiles") {
      hint = "there is no profile inside a profile";
    } else if (std::find(k_options_only.begin(), k_options_only.end(), member.key) !=
               k_options_only.end()) {
      hint = fmt::format("it is an option only: --{}", member.key);
    } else if (is_variable_name(member.key) &&
               member.key.find_first_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos) {
      hint = "variables stand under 'env' or 'files'";
    }
    reader_.unknown_key(member, known, std::move(hint));
  }

  void problem(const yaml::Node& node, std::string_view message, std::string hint = {}) const {
    reader_.problems().add(node.place, message, std::move(hint));
  }

  void read_vault(const yaml::Node& node) {
    if (const std::string* const text = reader_.text(node, "vault")) {
      config_.vault = {*text, node.place}; // a bad one too: it is there
      try {
        static_cast<void>(parse_vault(*text));
      } catch (const ReferenceError& error) {
        problem(node, fmt::format("'vault': {}", error.what()), error.hint());
      }
    }
  }

  void read_cloud(const yaml::Node& node) {
    if (const std::string* const text = reader_.text(node, "cloud")) {
      const auto clouds = vocabulary_.clouds;
      if (std::find(clouds.begin(), clouds.end(), *text) == clouds.end()) {
        const auto near = nearest(*text, clouds);
        problem(node,
                fmt::format("'cloud' is {}", one_of(clouds, "or")),
                near ? fmt::format("did you mean '{}'?", *near) : "");
        return;
      }
      config_.cloud = {*text, node.place};
    }
  }

  void read_identity(const yaml::Node& node) {
    if (const std::string* const text = reader_.text(node, "identity")) {
      config_.identity = {*text, node.place};
      try {
        vocabulary_.check_identity(*text);
      } catch (const Error& error) {
        problem(node, error.message(), error.hint());
      }
    }
  }

  void read_env(const yaml::Node& node) {
    read_variables(reader_, node, Section::env, level_, config_);
  }

  void read_files(const yaml::Node& node) {
    read_variables(reader_, node, Section::files, level_, config_);
  }

  void read_bundle_list(const yaml::Node& node) { config_.bundles = read_bundles(reader_, node); }

  void read_expired_key(const yaml::Node& node) {
    if (const auto expired = read_expired(reader_, node)) {
      config_.expired = {*expired, node.place};
    }
  }

  void read_timeout(const yaml::Node& node) {
    config_.timeout = read_duration(
        node, "timeout", k_least_timeout, k_most_timeout, "it is 100ms to 1h: 500ms, 30s, 2m");
  }

  void read_start_jitter(const yaml::Node& node) {
    config_.start_jitter = read_duration(node,
                                         "start-jitter",
                                         Milliseconds::zero(),
                                         k_most_start_jitter,
                                         "it is 0 to 10m: 500ms, 30s, 2m");
  }

  [[nodiscard]] std::optional<Setting<Milliseconds>> read_duration(const yaml::Node& node,
                                                                   std::string_view key,
                                                                   Milliseconds least,
                                                                   Milliseconds most,
                                                                   std::string hint) const {
    const std::string* const text = reader_.text(node, key);
    if (text == nullptr) {
      return {};
    }
    const auto duration = parse_duration(*text, least, most);
    if (!duration) {
      problem(node, fmt::format("'{}' is no duration within its bounds", key), std::move(hint));
      return {};
    }
    return Setting<Milliseconds>{*duration, node.place};
  }

  void read_parallel(const yaml::Node& node) {
    if (const std::string* const text = reader_.text(node, "parallel")) {
      unsigned number = 0;
      const char* const end = text->data() + text->size();
      const auto [stop, error] = std::from_chars(text->data(), end, number);
      if (error != std::errc{} || stop != end || text->front() == '0' || number > k_most_parallel) {
        problem(node, "'parallel' is a number from 1 to 64");
        return;
      }
      config_.parallel = {number, node.place};
    }
  }

  void read_inherit(const yaml::Node& node) {
    Inherit inherit;
    if (node.kind == yaml::Node::Kind::scalar) {
      if (node.text != "all" && node.text != "none") {
        problem(node, "'inherit' is 'all', 'none' or a list", "a list is written [NAME, 'GLOB_*']");
        return;
      }
      inherit.all = node.text == "all";
    } else {
      const auto names = read_globs(node, "inherit");
      if (!names) {
        return;
      }
      inherit.all = false;
      for (const Setting<std::string>& name : *names) {
        inherit.names.push_back(name.value);
      }
    }
    config_.inherit = {std::move(inherit), node.place};
  }

  void read_unset(const yaml::Node& node) { config_.unset = read_globs(node, "unset"); }

  void read_resolve(const yaml::Node& node) {
    config_.resolve = read_globs(node, "resolve");
    if (!config_.resolve) {
      return;
    }
    for (const Setting<std::string>& glob : *config_.resolve) {
      if (glob.value.find_first_not_of('*') == std::string::npos) {
        reader_.problems().add(glob.place,
                               "'resolve': a glob needs more than '*'",
                               "anyone can write a branch name: name the variables");
      }
    }
  }

  // Names and globs of inherited variables, whose names may be odd.
  [[nodiscard]] std::optional<std::vector<Setting<std::string>>>
  read_globs(const yaml::Node& node, std::string_view key) const {
    if (node.kind == yaml::Node::Kind::scalar) {
      problem(node, fmt::format("'{}' takes a list, not a text", key), "it is written [NAME]");
      return {};
    }
    if (!reader_.is_list(node, key)) {
      return {};
    }
    std::vector<Setting<std::string>> globs;
    for (const yaml::Node& item : node.items) {
      const std::string* const text = reader_.text(item, key);
      if (text == nullptr) {
        continue;
      }
      constexpr std::string_view k_no_names("=,\0", 3);
      if (text->empty() || text->find_first_of(k_no_names) != std::string::npos) {
        problem(item, fmt::format("'{}': that is no variable's name or glob", key));
        continue;
      }
      globs.push_back({*text, item.place});
    }
    return globs;
  }

  void read_keep_existing(const yaml::Node& node) {
    if (const auto flag = reader_.boolean(node, "keep-existing")) {
      config_.keep_existing = {*flag, node.place};
    }
  }

  void read_drop_identity(const yaml::Node& node) {
    if (const auto flag = reader_.boolean(node, "drop-identity")) {
      config_.drop_identity = {*flag, node.place};
    }
  }

  void read_profiles(const yaml::Node& node) {
    if (!reader_.is_mapping(node, "profiles")) {
      config_.profiles_known = false;
      return;
    }
    for (const yaml::Member& member : node.members) {
      Config& profile = config_.profiles[member.key];
      profile.file = config_.file;
      if (member.key.empty()) {
        reader_.problems().add(member.place, "a profile has no name");
      }
      if (!reader_.is_mapping(member.value, one_line(member.key))) {
        continue;
      }
      LevelReader(reader_, vocabulary_, Level::profile, profile).read(member.value);
    }
  }

  Reader& reader_;
  const Vocabulary& vocabulary_;
  Level level_;
  Config& config_;
};

constexpr std::array<LevelReader::Key, 16> LevelReader::k_keys{
    {{"vault", &LevelReader::read_vault},
     {"cloud", &LevelReader::read_cloud},
     {"identity", &LevelReader::read_identity},
     {"env", &LevelReader::read_env},
     {"files", &LevelReader::read_files},
     {"bundles", &LevelReader::read_bundle_list},
     {"resolve", &LevelReader::read_resolve},
     {"expired", &LevelReader::read_expired_key},
     {"timeout", &LevelReader::read_timeout},
     {"start-jitter", &LevelReader::read_start_jitter},
     {"parallel", &LevelReader::read_parallel},
     {"inherit", &LevelReader::read_inherit},
     {"unset", &LevelReader::read_unset},
     {"keep-existing", &LevelReader::read_keep_existing},
     {"drop-identity", &LevelReader::read_drop_identity},
     {"profiles", &LevelReader::read_profiles}}};

} // namespace

Config parse_config(std::string_view text,
                    const std::string& file,
                    const Vocabulary& vocabulary,
                    Problems& problems) {
  Config config;
  config.file = file;
  const auto document = yaml::parse(text, file, problems);
  const bool empty = document && document->kind == yaml::Node::Kind::null && !document->written;
  config.profiles_known = empty || (document && document->kind == yaml::Node::Kind::mapping);
  if (!document || empty) {
    return config;
  }
  if (document->kind != yaml::Node::Kind::mapping) {
    problems.add(document->place,
                 fmt::format("a config is a mapping, not {}", yaml::describe(*document)),
                 "it begins like this: env: { NAME: SECRET }");
    return config;
  }
  Reader reader(text, problems);
  LevelReader(reader, vocabulary, Level::top, config).read(*document);
  return config;
}

} // namespace kvrun::config
