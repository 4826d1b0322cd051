// SPDX-License-Identifier: MIT
#include "azure/identity/credential.hpp"
#include "launcher/option_table.hpp"
#include "launcher/subcommand/completion_script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kvrun::launcher {

namespace {

// Text inside single quotes and the brackets of a specification of _arguments.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'') {
      result += "'\\''";
    } else {
      if (c == '[' || c == ']' || c == ':' || c == '\\') {
        result += '\\';
      }
      result += c;
    }
  }
  return result;
}

std::string action_of(const OptionSpec& option, Verb verb) {
  switch (option.value) {
  // clang-format off
  case ValueKind::none:     return {};
  case ValueKind::text:     return ": ";
  case ValueKind::file:     return ":_files";
  case ValueKind::identity: return fmt::format(":({})", fmt::join(azure::identity_kinds(), " "));
  case ValueKind::format:   return fmt::format(":({})", fmt::join(formats_of(verb), " "));
  case ValueKind::profile:  return ":_kvrun_profiles";
    // clang-format on
  }
  return {};
}

// '(-c --config)'{-c+,--config=}'[the config]:FILE:_files'
std::string specification(const OptionSpec& option, Verb verb) {
  const bool takes_value = !option.argument.empty();
  const std::string name = fmt::format("--{}{}", option.name, takes_value ? "=" : "");
  const std::string tail = fmt::format("[{}]{}{}",
                                       escaped(option.help),
                                       takes_value ? ":" + escaped(option.argument) : std::string(),
                                       action_of(option, verb));
  if (option.letter == '\0') {
    return fmt::format("'*{}{}'", name, tail);
  }
  return fmt::format("'*'{{-{}{},{}}}'{}'", option.letter, takes_value ? "+" : "", name, tail);
}

std::string specifications(Verb verb) {
  std::string lines;
  for (const OptionSpec& option : k_options) {
    if ((option.verbs & verb_bit(verb)) != 0) {
      lines += fmt::format("    {}\n", specification(option, verb));
    }
  }
  return lines;
}

std::string_view operands_of(Verb verb) {
  switch (verb) {
  // clang-format off
  case Verb::check:      return " '*:: :_kvrun_command'";
  case Verb::read:       return " '1:REFERENCE: '";
  case Verb::render:     return " '1:FILE:_files'";
  case Verb::completion: return " '1:shell:(bash zsh fish)'";
  default:               return "";
    // clang-format on
  }
}

} // namespace

std::string zsh_completion() {
  std::string text = R"zsh(#compdef kvrun
# zsh completion for kvrun; made by 'kvrun completion zsh'

_kvrun_profiles() {
  local config=${KVRUN_CONFIG:-kvrun.yaml} at=${words[(i)(-c|--config)]}
  ((at < CURRENT)) && config=${(Q)words[at+1]}
  at=${words[(i)--config=*]}
  ((at < CURRENT)) && config=${${(Q)words[at]}#--config=}
  [[ -f $config && -r $config ]] || return 1
  local -a names
  names=(${(f)"$(awk '@awk@' < $config)"})
  compadd -- $names
}

_kvrun_command() {
  if [[ $words[1] == -- ]]; then shift words; ((CURRENT--)); fi
  if ((CURRENT == 1)); then _command_names -e; else _normal; fi
}

_kvrun_first() {
  local -a verbs
  verbs=(
)zsh";
  constexpr std::string_view mark = "@awk@";
  text.replace(text.find(mark), mark.size(), k_profiles_awk);
  for (const VerbSpec& verb : k_verbs) {
    text += fmt::format("    '{}:{}'\n", verb.name, escaped(verb.help));
  }
  text += R"zsh(  )
  [[ ${words[CURRENT-1]} == -- ]] || _describe -t commands 'subcommand' verbs
  [[ -z $PREFIX ]] || _command_names -e
}

_kvrun() {
  local curcontext=$curcontext state
  local -a options
  options=(
)zsh";
  text += specifications(Verb::run);
  text += R"zsh(  )
  _arguments -s -S -A "-*" $options '1: :_kvrun_first' '*:: :->rest' && return
  [[ $state == rest ]] || return
  case $words[1] in
)zsh";
  for (const VerbSpec& verb : k_verbs) {
    text += fmt::format("  {})\n    options=(\n{}    )\n    _arguments -s -S $options{}\n    ;;\n",
                        verb.name,
                        specifications(verb.verb),
                        operands_of(verb.verb));
  }
  text += R"zsh(  *) _normal ;;
  esac
}

if [[ $funcstack[1] == _kvrun ]]; then
  _kvrun "$@"
elif (($+functions[compdef])); then
  compdef _kvrun kvrun
fi
)zsh";
  return text;
}

} // namespace kvrun::launcher
