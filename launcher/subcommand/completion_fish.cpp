// SPDX-License-Identifier: MIT
#include "azure/identity/credential.hpp"
#include "launcher/option_table.hpp"
#include "launcher/subcommand/completion_script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kvrun::launcher {

namespace {

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result;
}

// "-c|--config|-p|…": the words after which a value stands.
std::string words_with_value() {
  std::string words;
  for (const OptionSpec& option : k_options) {
    if (!option.argument.empty()) {
      words += fmt::format(" --{}", option.name);
      words += option.letter == '\0' ? std::string() : fmt::format(" -{}", option.letter);
    }
  }
  return words;
}

std::string value_of(const OptionSpec& option) {
  switch (option.value) {
  // clang-format off
  case ValueKind::none:     return {};
  case ValueKind::text:     return " -x";
  case ValueKind::file:     return " -r -F";
  case ValueKind::identity: return fmt::format(" -x -a '{}'", fmt::join(azure::identity_kinds(), " "));
  case ValueKind::format:   return " -x";
  case ValueKind::profile:  return " -x -a '(__kvrun_profiles)'";
    // clang-format on
  }
  return {};
}

} // namespace

std::string fish_completion() {
  std::string text = fmt::format(R"fish(# fish completion for kvrun; made by 'kvrun completion fish'

function __kvrun_profiles
    set -l config kvrun.yaml
    test -n "$KVRUN_CONFIG"; and set config $KVRUN_CONFIG
    set -l words (commandline -opc)
    for i in (seq (count $words))
        switch $words[$i]
            case -c --config
                test $i -lt (count $words); and set config $words[(math $i + 1)]
            case '--config=*'
                set config (string replace -- --config= '' $words[$i])
        end
    end
    test -f $config -a -r $config; and awk '{}' < $config
end

# The first operand; then every word from the command on, where one has begun.
function __kvrun_operand
    set -l words (commandline -opc)
    set -l with_value{}
    set -l i 2
    while test $i -le (count $words)
        if test "$words[$i]" = --
            printf '%s\n' --
            return
        else if contains -- $words[$i] $with_value
            set i (math $i + 1)
        else if not string match -q -- '-*' $words[$i]
            printf '%s\n' $words[$i]
            return
        end
        set i (math $i + 1)
    end
end

function __kvrun_is
    contains -- "$(__kvrun_operand)" $argv
end

function __kvrun_no_operand
    test -z "$(__kvrun_operand)"
end

# A command of the user's: it is completed as if it stood alone.
function __kvrun_command
    set -l verbs{}
    not __kvrun_no_operand; and not contains -- "$(__kvrun_operand)" $verbs
end

complete -c kvrun -f
complete -c kvrun -n __kvrun_command -x -a '(__fish_complete_subcommand)'
complete -c kvrun -n '__kvrun_no_operand; or __kvrun_is check' -a '(__fish_complete_command)'
complete -c kvrun -n '__kvrun_is render' -F
complete -c kvrun -n '__kvrun_is completion' -a '{}'
)fish",
                                 k_profiles_awk,
                                 words_with_value(),
                                 [] {
                                   std::string verbs;
                                   for (const VerbSpec& verb : k_verbs) {
                                     verbs += fmt::format(" {}", verb.name);
                                   }
                                   return verbs;
                                 }(),
                                 fmt::join(k_shells, " "));
  for (const VerbSpec& verb : k_verbs) {
    text += fmt::format(
        "complete -c kvrun -n __kvrun_no_operand -a {} -d '{}'\n", verb.name, escaped(verb.help));
  }
  for (const OptionSpec& option : k_options) {
    const std::vector<std::string_view> verbs = verbs_of(option);
    text +=
        fmt::format("complete -c kvrun -n '{}'{} -l {}{} -d '{}'\n",
                    verbs.empty() ? std::string("not __kvrun_command")
                                  : fmt::format("__kvrun_is {}", fmt::join(verbs, " ")),
                    option.letter == '\0' ? std::string() : fmt::format(" -s {}", option.letter),
                    option.name,
                    value_of(option),
                    escaped(option.help));
  }
  for (const VerbSpec& verb : k_verbs) {
    if ((find_option("format")->verbs & verb_bit(verb.verb)) != 0) {
      text += fmt::format("complete -c kvrun -n '__kvrun_is {}' -l format -x -a '{}'\n",
                          verb.name,
                          fmt::join(formats_of(verb.verb), " "));
    }
  }
  return text;
}

} // namespace kvrun::launcher
