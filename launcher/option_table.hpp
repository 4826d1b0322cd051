// SPDX-License-Identifier: MIT
#pragma once

#include "launcher/options.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

enum class OptionId {
  config,
  profile,
  vault,
  env,
  env_file,
  resolve,
  identity,
  only,
  clean_env,
  keep,
  unset,
  drop_identity,
  keep_existing,
  timeout,
  wait_for_access,
  connect_to,
  ca_file,
  trust_host,
  mask_ci,
  report,
  timings,
  verbose,
  quiet,
  help,
  version,
  output,
  format,
  force,
  from_env,
};

// What a value is, for the shell completion.
enum class ValueKind { none, text, file, identity, format, profile };

// Which verbs know an option: a bit a verb.
constexpr unsigned verb_bit(Verb verb) {
  return 1U << static_cast<unsigned>(verb);
}
inline constexpr unsigned k_every_verb = ~0U;

struct OptionSpec {
  OptionId id;
  char letter; // '\0' when there is none
  std::string_view name;
  std::string_view argument; // empty for a flag
  ValueKind value;
  unsigned verbs;
  std::string_view help;
};

// The one table of options: the parser, --help, the manual page's test and the completions read it.
// clang-format off
inline constexpr std::array k_options{
    OptionSpec{OptionId::config,          'c',  "config",          "FILE",          ValueKind::file,     k_every_verb, "the config; default $KVRUN_CONFIG, else ./kvrun.yaml if it is there"},
    OptionSpec{OptionId::profile,         'p',  "profile",         "NAME",          ValueKind::profile,  k_every_verb, "a profile of the config; default $KVRUN_PROFILE"},
    OptionSpec{OptionId::vault,           '\0', "vault",           "VAULT",         ValueKind::text,     k_every_verb, "the default vault: a name, a host or a URL; default $KVRUN_VAULT"},
    OptionSpec{OptionId::env,             'e',  "env",             "NAME=REFERENCE", ValueKind::text,    k_every_verb, "map one more variable; repeatable"},
    OptionSpec{OptionId::env_file,        '\0', "env-file",        "FILE",          ValueKind::file,     k_every_verb, "a dotenv file whose values may be references; repeatable"},
    OptionSpec{OptionId::resolve,         '\0', "resolve",         "NAME,...",      ValueKind::text,     k_every_verb, "inherited variables whose value may be a reference; default $KVRUN_RESOLVE"},
    OptionSpec{OptionId::identity,        '\0', "identity",        "KIND[=SELECTOR]", ValueKind::identity, k_every_verb, "which identity; default $KVRUN_IDENTITY, else auto"},
    OptionSpec{OptionId::only,            '\0', "only",            "NAME,...",      ValueKind::text,     k_every_verb, "only these of the mapped variables"},
    OptionSpec{OptionId::clean_env,       '\0', "clean-env",       "",              ValueKind::none,     k_every_verb, "start from an empty environment"},
    OptionSpec{OptionId::keep,            '\0', "keep",            "NAME,...",      ValueKind::text,     k_every_verb, "with --clean-env: keep these of the caller's variables"},
    OptionSpec{OptionId::unset,           '\0', "unset",           "NAME,...",      ValueKind::text,     k_every_verb, "not for the command: these of the caller's variables"},
    OptionSpec{OptionId::drop_identity,   '\0', "drop-identity",   "",              ValueKind::none,     k_every_verb, "not for the command: the variables that could get another token"},
    OptionSpec{OptionId::keep_existing,   '\0', "keep-existing",   "",              ValueKind::none,     k_every_verb, "a variable that is already set is left as it is"},
    OptionSpec{OptionId::timeout,         '\0', "timeout",         "DURATION",      ValueKind::text,     k_every_verb, "the deadline for everything before the command; default 90s"},
    OptionSpec{OptionId::wait_for_access, '\0', "wait-for-access", "",              ValueKind::none,     k_every_verb, "try again while a role that was just granted is not in force"},
    OptionSpec{OptionId::connect_to,      '\0', "connect-to",      "HOST:PORT:ADDRESS:PORT", ValueKind::text, k_every_verb, "connect there instead; an empty HOST is every vault; repeatable"},
    OptionSpec{OptionId::ca_file,         '\0', "ca-file",         "FILE",          ValueKind::file,     k_every_verb, "trust these roots too, for kvrun only; default $KVRUN_CA_FILE"},
    OptionSpec{OptionId::trust_host,      '\0', "trust-host",      "HOST[:PORT][=AUDIENCE]", ValueKind::text, k_every_verb, "this host may get the token, which opens every vault of the identity"},
    OptionSpec{OptionId::mask_ci,         '\0', "mask-ci",         "",              ValueKind::none,     k_every_verb, "tell GitHub Actions or Azure Pipelines to mask the values"},
    OptionSpec{OptionId::report,          '\0', "report",          "FILE",          ValueKind::file,     k_every_verb, "write what happened as JSON, without values"},
    OptionSpec{OptionId::timings,         '\0', "timings",         "",              ValueKind::none,     k_every_verb, "show on stderr where the time went"},
    OptionSpec{OptionId::verbose,         'v',  "verbose",         "",              ValueKind::none,     k_every_verb, "say more; twice: every request"},
    OptionSpec{OptionId::quiet,           'q',  "quiet",           "",              ValueKind::none,     k_every_verb, "only errors"},
    OptionSpec{OptionId::help,            'h',  "help",            "",              ValueKind::none,     k_every_verb, "print this help and exit"},
    OptionSpec{OptionId::version,         '\0', "version",         "",              ValueKind::none,     k_every_verb, "print the version and exit"},
    OptionSpec{OptionId::output,          'o',  "output",          "FILE",          ValueKind::file,     verb_bit(Verb::read) | verb_bit(Verb::exports) | verb_bit(Verb::render) | verb_bit(Verb::init), "write there, not to stdout"},
    OptionSpec{OptionId::format,          '\0', "format",          "FORMAT",        ValueKind::format,   verb_bit(Verb::check) | verb_bit(Verb::exports) | verb_bit(Verb::list) | verb_bit(Verb::doctor), "how to print it"},
    OptionSpec{OptionId::force,           '\0', "force",           "",              ValueKind::none,     verb_bit(Verb::exports) | verb_bit(Verb::init), "print to a terminal; replace a file that is there"},
    OptionSpec{OptionId::from_env,        '\0', "from-env",        "FILE",          ValueKind::file,     verb_bit(Verb::init), "take the names in a dotenv file"},
};
// clang-format on

// The words that --format takes.
inline constexpr std::array<std::string_view, 7> k_export_formats{
    "sh", "dotenv", "docker", "systemd", "json", "github", "pipelines"};
inline constexpr std::array<std::string_view, 1> k_report_formats{"json"};
constexpr std::span<const std::string_view> formats_of(Verb verb) {
  return verb == Verb::exports ? std::span<const std::string_view>(k_export_formats)
                               : std::span<const std::string_view>(k_report_formats);
}

inline constexpr std::array<std::string_view, 3> k_shells{"bash", "zsh", "fish"};

struct VerbSpec {
  Verb verb;
  std::string_view name;
  std::string_view operands;
  std::string_view help;
};

// clang-format off
inline constexpr std::array k_verbs{
    VerbSpec{Verb::check,      "check",      "[-- COMMAND...]",   "fetch all of it, show what would be set, never a value"},
    VerbSpec{Verb::read,       "read",       "REFERENCE",         "print one value"},
    VerbSpec{Verb::exports,    "export",     "--format FORMAT",   "print the variables for another program"},
    VerbSpec{Verb::render,     "render",     "[FILE]",            "fill in the references in a text file"},
    VerbSpec{Verb::list,       "list",       "",                  "the secrets of a vault: name, state, expiry"},
    VerbSpec{Verb::doctor,     "doctor",     "",                  "find out what is wrong, step by step, with the fix"},
    VerbSpec{Verb::init,       "init",       "",                  "write a kvrun.yaml from a vault's listing or a .env file's names"},
    VerbSpec{Verb::completion, "completion", "bash|zsh|fish",     "shell completion"},
};
// clang-format on

// The verbs that alone know an option; none for one that is everyone's.
inline std::vector<std::string_view> verbs_of(const OptionSpec& option) {
  std::vector<std::string_view> names;
  for (const VerbSpec& verb : k_verbs) {
    if (option.verbs != k_every_verb && (option.verbs & verb_bit(verb.verb)) != 0) {
      names.push_back(verb.name);
    }
  }
  return names;
}

// Exact match only: an abbreviation that works today would break when an option is added.
constexpr const OptionSpec* find_option(std::string_view name) {
  const auto* it = std::find_if(k_options.begin(), k_options.end(), [&](const OptionSpec& option) {
    return option.name == name;
  });
  return it == k_options.end() ? nullptr : it;
}
constexpr const OptionSpec* find_option(char letter) {
  const auto* it = std::find_if(k_options.begin(), k_options.end(), [&](const OptionSpec& option) {
    return letter != '\0' && option.letter == letter;
  });
  return it == k_options.end() ? nullptr : it;
}
// Without a pointer: g++ 12 with -fsanitize=undefined takes no comparison with one for a constant.
static_assert(std::any_of(k_options.begin(), k_options.end(), [](const OptionSpec& option) {
  return option.name == "config";
}));

} // namespace kvrun::launcher
