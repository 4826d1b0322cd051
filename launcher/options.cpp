// SPDX-License-Identifier: MIT
#include "launcher/options.hpp"

#include "base/text.hpp"
#include "launcher/option_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace kvrun::launcher {

namespace {

// The option of a word that begins with '-', where it is one, and the value it carries itself.
struct LongOption {
  const OptionSpec* spec = nullptr;
  std::optional<std::string_view> value;
};

LongOption read_long(std::string_view word) {
  const std::string_view text = word.substr(2);
  const std::size_t equals = text.find('=');
  LongOption option;
  option.spec = find_option(text.substr(0, equals));
  if (equals != std::string_view::npos) {
    option.value = text.substr(equals + 1);
  }
  return option;
}

bool is_option(std::string_view word) {
  return word.size() > 1 && word.front() == '-';
}

// Whether the next word is this word's value: `-c FILE`, `--config FILE`, `-vc FILE`.
bool takes_next_word(std::string_view word) {
  if (word.starts_with("--")) {
    const LongOption option = read_long(word);
    return option.spec != nullptr && !option.spec->argument.empty() && !option.value;
  }
  for (std::size_t i = 1; i < word.size(); ++i) {
    const OptionSpec* spec = find_option(word[i]);
    if (spec == nullptr) {
      return false;
    }
    if (!spec->argument.empty()) {
      return i + 1 == word.size();
    }
  }
  return false;
}

// The first operand decides what all the options mean, wherever they stand.
Verb find_verb(std::span<const char* const> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") {
      return Verb::run;
    }
    if (is_option(word)) {
      i += takes_next_word(word) ? 1 : 0;
      continue;
    }
    const auto* verb = std::find_if(
        k_verbs.begin(), k_verbs.end(), [&](const VerbSpec& spec) { return spec.name == word; });
    return verb == k_verbs.end() ? Verb::run : verb->verb;
  }
  return Verb::run;
}

class Parser {
public:
  Parser(std::span<const char* const> words, Problems& problems)
      : words_(words), problems_(problems) {
    options_.verb = find_verb(words);
  }

  Options parse() {
    bool verb_seen = options_.verb == Verb::run;
    while (at_ < words_.size()) {
      const std::string_view word = words_[at_];
      if (word == "--") {
        ++at_;
        take_operands();
      } else if (is_option(word)) {
        ++at_;
        if (word.starts_with("--")) {
          parse_long(word);
        } else {
          parse_letters(word);
        }
      } else if (!verb_seen) {
        verb_seen = true;
        ++at_;
      } else if (options_.verb == Verb::run || options_.verb == Verb::check) {
        take_operands(); // a command: everything from here is its own
      } else {
        options_.operands.emplace_back(word);
        ++at_;
      }
    }
    return std::move(options_);
  }

private:
  void take_operands() {
    for (; at_ < words_.size(); ++at_) {
      options_.operands.emplace_back(words_[at_]);
    }
  }

  void problem(std::string message, std::string hint = {}) {
    problems_.add(Error(ErrorKind::command_line, std::move(message), std::move(hint)));
  }

  [[nodiscard]] bool known_here(const OptionSpec* spec) const {
    return spec != nullptr && (spec->verbs & verb_bit(options_.verb)) != 0;
  }

  // `elsewhere`: where another verb knows it.
  void unknown(std::string_view shown, std::string_view name, const OptionSpec* elsewhere) {
    if (elsewhere != nullptr) {
      problem(fmt::format("unknown option '{}'", one_line(shown, 80)),
              fmt::format("'{}' is for {}", shown, fmt::join(verbs_of(*elsewhere), ", ")));
      return;
    }
    std::vector<std::string_view> names;
    for (const OptionSpec& spec : k_options) {
      if (known_here(&spec)) {
        names.push_back(spec.name);
      }
    }
    const auto near = nearest(name, names);
    problem(fmt::format("unknown option '{}'", one_line(shown, 80)),
            near ? fmt::format("did you mean '--{}'?", *near) : "'kvrun --help' lists the options");
  }

  void parse_long(std::string_view word) {
    const LongOption option = read_long(word);
    if (!known_here(option.spec)) {
      const std::string_view name = word.substr(2, word.find('=') - 2);
      unknown(fmt::format("--{}", name), name, option.spec);
      skip_value(word);
      return;
    }
    if (option.spec->argument.empty()) {
      if (option.value) {
        problem(fmt::format("option '--{}' takes no value", option.spec->name));
        return;
      }
      set_flag(option.spec->id);
      return;
    }
    if (option.value) {
      set_value(*option.spec, *option.value);
    } else {
      take_next(*option.spec, fmt::format("--{}", option.spec->name));
    }
  }

  void parse_letters(std::string_view word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const OptionSpec* spec = find_option(word[i]);
      if (!known_here(spec)) {
        unknown(fmt::format("-{}", word.substr(i, 1)), {}, spec);
        skip_value(word);
        return;
      }
      if (spec->argument.empty()) {
        set_flag(spec->id);
        continue;
      }
      if (i + 1 < word.size()) {
        set_value(*spec, word.substr(i + 1));
      } else {
        take_next(*spec, fmt::format("-{}", spec->letter));
      }
      return;
    }
  }

  // Of an option that another verb knows, and that has been told of: its value is no operand.
  void skip_value(std::string_view word) {
    at_ += takes_next_word(word) && at_ < words_.size() ? 1 : 0;
  }

  // The next word is the value, even if it begins with '-' (rules A5).
  void take_next(const OptionSpec& spec, std::string_view shown) {
    if (at_ == words_.size()) {
      problem(fmt::format("option '{}' needs a value: {}", shown, spec.argument));
      return;
    }
    set_value(spec, words_[at_++]);
  }

  void add_names(std::vector<std::string>& list, const OptionSpec& spec, std::string_view value) {
    for (const std::string_view part : split(value, ',')) {
      const std::string_view name = trim(part);
      if (name.empty()) {
        problem(fmt::format("option '--{}' has an empty name in its list", spec.name));
      } else {
        list.emplace_back(name);
      }
    }
  }

  void set_value(const OptionSpec& spec, std::string_view value) {
    if (value.empty()) {
      problem(fmt::format("option '--{}' has an empty value: {}", spec.name, spec.argument));
      return;
    }
    switch (spec.id) {
    // clang-format off
    case OptionId::config:     options_.config = value; return;
    case OptionId::profile:    options_.profile = value; return;
    case OptionId::vault:      options_.vault = value; return;
    case OptionId::env:        options_.env.emplace_back(value); return;
    case OptionId::env_file:   options_.env_file.emplace_back(value); return;
    case OptionId::resolve:    add_names(options_.resolve, spec, value); return;
    case OptionId::identity:   options_.identity = value; return;
    case OptionId::only:       add_names(options_.only, spec, value); return;
    case OptionId::keep:       add_names(options_.keep, spec, value); return;
    case OptionId::unset:      add_names(options_.unset, spec, value); return;
    case OptionId::timeout:    options_.timeout = value; return;
    case OptionId::connect_to: options_.connect_to.emplace_back(value); return;
    case OptionId::ca_file:    options_.ca_file = value; return;
    case OptionId::trust_host: options_.trust_host.emplace_back(value); return;
    case OptionId::report:     options_.report = value; return;
    case OptionId::output:     options_.output = value; return;
    case OptionId::format:     options_.format = value; return;
    case OptionId::from_env:   options_.from_env = value; return;
    default:                   return;
      // clang-format on
    }
  }

  void set_flag(OptionId id) {
    switch (id) {
    // clang-format off
    case OptionId::clean_env:       options_.clean_env = true; return;
    case OptionId::drop_identity:   options_.drop_identity = true; return;
    case OptionId::keep_existing:   options_.keep_existing = true; return;
    case OptionId::wait_for_access: options_.wait_for_access = true; return;
    case OptionId::mask_ci:         options_.mask_ci = true; return;
    case OptionId::timings:         options_.timings = true; return;
    case OptionId::force:           options_.force = true; return;
    case OptionId::help:            options_.help = true; return;
    case OptionId::version:         options_.version = true; return;
    case OptionId::quiet:           options_.verbosity = Verbosity::quiet; return;
    case OptionId::verbose:
      options_.verbosity = options_.verbosity == Verbosity::verbose || options_.verbosity == Verbosity::very_verbose ? Verbosity::very_verbose : Verbosity::verbose;
      return;
    default: return;
      // clang-format on
    }
  }

  std::span<const char* const> words_;
  Problems& problems_;
  Options options_;
  std::size_t at_ = 0;
};

// A word of --format that is none is told before anything is contacted.
void check_format(const Options& options, Problems& problems) {
  const std::span<const std::string_view> known = formats_of(options.verb);
  const std::string words = fmt::format("one of {}", fmt::join(known, ", "));
  if (!options.format) {
    if (options.verb == Verb::exports) {
      problems.add(Error(ErrorKind::command_line, "'kvrun export' needs '--format FORMAT'", words));
    }
  } else if (std::find(known.begin(), known.end(), *options.format) == known.end()) {
    const auto near = nearest(*options.format, known);
    problems.add(Error(
        ErrorKind::command_line,
        fmt::format("option '--format': there is no format '{}'", one_line(*options.format, 80)),
        near ? fmt::format("did you mean '{}'?", *near) : words));
  }
}

void check_operands(const Options& options, Problems& problems) {
  const auto problem = [&](std::string message, std::string hint = {}) {
    problems.add(Error(ErrorKind::command_line, std::move(message), std::move(hint)));
  };
  const std::size_t count = options.operands.size();
  switch (options.verb) {
  case Verb::run:
    if (count == 0) {
      problem("no command to run",
              "'kvrun -- COMMAND' runs a command with its secrets; 'kvrun --help' tells more");
    }
    return;
  case Verb::check:
    return;
  case Verb::read:
    if (count != 1) {
      problem("'kvrun read' takes one REFERENCE");
    }
    return;
  case Verb::render:
    if (count > 1) {
      problem("'kvrun render' takes one FILE");
    }
    return;
  case Verb::completion:
    if (count != 1 || (options.operands[0] != "bash" && options.operands[0] != "zsh" &&
                       options.operands[0] != "fish")) {
      problem("'kvrun completion' takes one of bash, zsh and fish");
    }
    return;
  case Verb::exports:
  case Verb::list:
  case Verb::doctor:
  case Verb::init:
    if (count > 0) {
      problem("this subcommand takes no operand",
              "to run a command of that name, 'kvrun -- COMMAND'");
    }
    return;
  }
}

} // namespace

Options parse_options(std::span<const char* const> words, Problems& problems) {
  Options options = Parser(words, problems).parse();
  if (!options.help && !options.version) {
    check_operands(options, problems);
    check_format(options, problems);
  }
  return options;
}

std::string help_text() {
  std::string text =
      "kvrun: runs a command with its secrets from Azure Key Vault\n\n"
      "usage:\n"
      "  kvrun [OPTION...] [--] COMMAND [ARG...]       run COMMAND with the secrets in "
      "its environment\n";
  for (const VerbSpec& verb : k_verbs) {
    text += fmt::format("  kvrun {:39} {}\n",
                        fmt::format("{} [OPTION...] {}", verb.name, verb.operands),
                        verb.help);
  }
  text += "\noptions:\n";
  for (const OptionSpec& option : k_options) {
    const std::string letter =
        option.letter != '\0' ? fmt::format("-{}, ", option.letter) : std::string("    ");
    const std::string name = fmt::format(
        "{}--{}{}{}", letter, option.name, option.argument.empty() ? "" : " ", option.argument);
    const std::vector<std::string_view> verbs = verbs_of(option);
    const std::string help = verbs.empty()
                                 ? std::string(option.help)
                                 : fmt::format("{} ({})", option.help, fmt::join(verbs, ", "));
    text += name.size() > 32 ? fmt::format("  {}\n  {:34}{}\n", name, "", help)
                             : fmt::format("  {:34}{}\n", name, help);
  }
  text += "\nexit status: the command's own; 126 and 127 as env(1); when kvrun fails: 125 mend the "
          "call,\n"
          "123 mend the access, 124 try again later. A subcommand's: 0 good, 1 problems found, "
          "2 a wrong\n"
          "command line.\n";
  return text;
}

} // namespace kvrun::launcher
