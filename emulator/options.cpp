// SPDX-License-Identifier: MIT
#include "emulator/options.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kvrun::emulator {
namespace {

enum class OptionId { seed, host, counts, as_proxy, as_hosts, help, version };

struct OptionSpec {
  OptionId id;
  char letter; // '\0' when there is none
  std::string_view name;
  std::string_view argument; // empty for a flag
  std::string_view help;
};

// clang-format off
constexpr std::array k_options{
    OptionSpec{OptionId::seed,     '\0', "seed",     "FILE", "the vaults, secrets, limits and faults; without it every vault name is an empty vault"},
    OptionSpec{OptionId::host,     '\0', "host",     "KIND", "which host to be (default cloud-shell); 'none' has no identity"},
    OptionSpec{OptionId::counts,   '\0', "counts",   "FILE", "write as JSON, at the end, what was served"},
    OptionSpec{OptionId::as_proxy, '\0', "as-proxy", "",     "be an HTTPS proxy too, for programs that know no KVRUN_CONNECT_TO"},
    OptionSpec{OptionId::as_hosts, '\0', "as-hosts", "",     "run COMMAND in a private network in which the real names are the emulator"},
    OptionSpec{OptionId::help,     'h',  "help",     "",     "print this help and exit"},
    OptionSpec{OptionId::version,  '\0', "version",  "",     "print the version and exit"},
};
// clang-format on

const OptionSpec& find_option(std::string_view word) {
  const bool is_long = word.starts_with("--");
  const std::string_view name = is_long ? word.substr(2, word.find('=') - 2) : word.substr(1);
  const auto* found =
      std::find_if(k_options.begin(), k_options.end(), [&](const OptionSpec& option) {
        return is_long ? option.name == name
                       : name.size() == 1 && option.letter == name[0] && option.letter != '\0';
      });
  if (found != k_options.end()) {
    return *found;
  }
  std::vector<std::string> names;
  names.reserve(k_options.size());
  for (const OptionSpec& option : k_options) {
    names.push_back(fmt::format("--{}", option.name));
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  const std::string shown(word.substr(0, word.find('=')));
  const auto near = nearest(shown, candidates);
  throw Error(ErrorKind::usage,
              fmt::format("unknown option '{}'", shown),
              near ? fmt::format("did you mean '{}'?", *near) : "kvrun-emulator --help");
}

HostKind parse_host(const std::string& text) {
  if (const auto kind = find_host_kind(text)) {
    return *kind;
  }
  std::vector<std::string_view> names;
  names.reserve(k_host_kinds.size());
  for (const HostKindName& known : k_host_kinds) {
    names.push_back(known.name);
  }
  const auto near = nearest(text, names);
  throw Error(ErrorKind::usage,
              fmt::format("unknown host '{}'", text),
              near ? fmt::format("did you mean '{}'?", *near)
                   : fmt::format("one of {}", fmt::join(names, ", ")));
}

void apply(const OptionSpec& option, const std::string& value, Options& options) {
  switch (option.id) {
  case OptionId::seed:
    options.seed = value;
    break;
  case OptionId::host:
    options.host = parse_host(value);
    break;
  case OptionId::counts:
    options.counts = value;
    break;
  case OptionId::as_proxy:
    options.as_proxy = true;
    break;
  case OptionId::as_hosts:
    options.as_hosts = true;
    break;
  case OptionId::help:
    options.help = true;
    break;
  case OptionId::version:
    options.version = true;
    break;
  }
}

} // namespace

Options parse_options(std::span<char* const> words) {
  Options options;
  std::size_t at = 0;
  for (; at < words.size(); ++at) {
    const std::string_view word = words[at];
    if (word == "--") {
      ++at;
      break;
    }
    if (!word.starts_with('-') || word == "-") {
      break;
    }
    const OptionSpec& option = find_option(word);
    const auto equals = word.starts_with("--") ? word.find('=') : std::string_view::npos;
    const bool has_value = equals != std::string_view::npos;
    if (option.argument.empty() && has_value) {
      throw Error(ErrorKind::usage, fmt::format("option '--{}' takes no value", option.name));
    }
    std::string value(has_value ? word.substr(equals + 1) : std::string_view());
    if (!option.argument.empty() && !has_value) {
      if (++at == words.size()) {
        throw Error(ErrorKind::usage,
                    fmt::format("option '--{}' needs {}", option.name, option.argument));
      }
      value = words[at];
    }
    if (!option.argument.empty() && value.empty()) {
      throw Error(ErrorKind::usage,
                  fmt::format("option '--{}' needs {}", option.name, option.argument));
    }
    apply(option, value, options);
  }
  const auto command = words.subspan(at);
  options.command.assign(command.begin(), command.end());
  return options;
}

std::string help_text() {
  std::string text =
      "usage: kvrun-emulator [OPTION...] [--] [COMMAND [ARG...]]\n"
      "Runs COMMAND with a Key Vault and a host's identity endpoint on loopback, and "
      "ends with it.\nWithout COMMAND: prints the variables that point there, and "
      "stays up until TERM or INT.\n\n";
  for (const OptionSpec& option : k_options) {
    const std::string letter =
        option.letter == '\0' ? std::string("    ") : fmt::format("-{}, ", option.letter);
    text +=
        fmt::format("  {}--{:<15}  {}\n",
                    letter,
                    option.argument.empty() ? std::string(option.name)
                                            : fmt::format("{} {}", option.name, option.argument),
                    option.help);
  }
  std::vector<std::string_view> names;
  names.reserve(k_host_kinds.size());
  for (const HostKindName& known : k_host_kinds) {
    names.push_back(known.name);
  }
  return text + fmt::format("\nKIND: {}\n", fmt::join(names, ", "));
}

} // namespace kvrun::emulator
