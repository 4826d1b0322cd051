// SPDX-License-Identifier: MIT
#include "azure/identity/credential.hpp"
#include "launcher/option_table.hpp"
#include "launcher/subcommand/completion_script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace kvrun::launcher {

namespace {

// "--config -c --profile -p …": those that a verb knows.
std::string options_of(Verb verb) {
  std::string words;
  for (const OptionSpec& option : k_options) {
    if ((option.verbs & verb_bit(verb)) != 0) {
      words += fmt::format("{}--{}", words.empty() ? "" : " ", option.name);
      words += option.letter == '\0' ? std::string() : fmt::format(" -{}", option.letter);
    }
  }
  return words;
}

// A pattern of `case` for the options whose value is of that kind.
std::string pattern_of(ValueKind kind) {
  std::string pattern;
  for (const OptionSpec& option : k_options) {
    if (option.value == kind) {
      pattern += fmt::format("{}--{}", pattern.empty() ? "" : "|", option.name);
      pattern += option.letter == '\0' ? std::string() : fmt::format("|-{}", option.letter);
    }
  }
  return pattern;
}

std::string pattern_of_values() {
  std::string pattern;
  for (const ValueKind kind : {ValueKind::text,
                               ValueKind::file,
                               ValueKind::identity,
                               ValueKind::format,
                               ValueKind::profile}) {
    pattern += (pattern.empty() ? "" : "|") + pattern_of(kind);
  }
  return pattern;
}

} // namespace

std::string bash_completion() {
  std::string verbs;
  std::string cases;
  for (const VerbSpec& verb : k_verbs) {
    verbs += fmt::format("{}{}", verbs.empty() ? "" : " ", verb.name);
    cases += fmt::format("    {}) options='{}' ;;\n", verb.name, options_of(verb.verb));
  }
  std::string text = R"bash(# bash completion for kvrun; made by 'kvrun completion bash'

_kvrun_profiles() {
  [[ -f $1 && -r $1 ]] && awk '@awk@' < "$1"
}

# Those of the words given on stdin that begin with $1, as readline wants them: $lead stands before them in
# the word on the line, and $kept is left to it. Nothing of them is expanded.
_kvrun_offer() {
  local word
  while IFS= read -r word; do
    [[ $word == "$1"* ]] && COMPREPLY+=("$lead${word#"$kept"}")
  done
}

_kvrun_files() {
  compopt -o filenames 2> /dev/null
  _kvrun_offer '' < <(compgen -f -- "$1")
}

_kvrun() {
  local -a words=() begins=()
  local line=$COMP_LINE cword=0 cur prev part lead='' kept
  local verb='' config=${KVRUN_CONFIG:-kvrun.yaml} command=0 operand=0 ended=0 i word options
  COMPREPLY=()

  # The words as the shell will have them: readline splits them at '=' and ':' too.
  for ((i = 0; i < ${#COMP_WORDS[@]}; ++i)); do
    word=${COMP_WORDS[i]}
    if ((i == 0)) || [[ $line == [[:blank:]]* ]]; then
      if [[ -z $word ]]; then line=${line#?}; else line=${line#"${line%%[![:blank:]]*}"}; fi
      words+=("$word") begins+=("$i")
    else
      words[${#words[@]}-1]+=$word
    fi
    line=${line#"$word"}
    ((i == COMP_CWORD)) && cword=$((${#words[@]} - 1))
  done
  cur=${words[cword]} prev=${words[cword-1]} part=${COMP_WORDS[COMP_CWORD]}
  case $part in
  '=' | ':') part='' ;;
  --*=*) lead=${part%%=*}= part=${part#*=} ;;
  esac
  case $cur in --*=*) prev=${cur%%=*} cur=${cur#*=} ;; esac
  kept=${cur%"$part"}

  # What stands before: the subcommand, or where the command begins.
  for ((i = 1; i < cword; ++i)); do
    word=${words[i]}
    if ((ended)); then
      operand=1
      continue
    fi
    case $word in
    --)
      if [[ -z $verb || $verb == check ]]; then
        command=$((i + 1))
        break
      fi
      ended=1
      ;;
    --config=*) config=${word#*=} ;;
    @values@)
      ((++i))
      case $word in -c|--config) ((i < cword)) && config=${words[i]} ;; esac
      ;;
    -*) ;;
    *)
      if [[ -z $verb && " @verbs@ " == *" $word "* ]]; then
        verb=$word
      elif [[ -z $verb || $verb == check ]]; then
        command=$i
        break
      else
        operand=1
      fi
      ;;
    esac
  done

  if ((command > 0)); then
    if ((command == cword)); then
      _kvrun_offer '' < <(compgen -c -- "$cur")
      [[ $cur == */* ]] && _kvrun_files "$cur"
    elif declare -F _command_offset > /dev/null; then
      _command_offset "${begins[command]}"
    else
      _kvrun_files "$cur"
    fi
    return
  fi

  ((ended)) && prev=''
  case $prev in
  @profile@)
    _kvrun_offer "$cur" < <(_kvrun_profiles "$config")
    return
    ;;
  @identity@)
    _kvrun_offer "$cur" < <(printf '%s\n' @kinds@)
    return
    ;;
  @format@)
    if [[ $verb == export ]]; then
      _kvrun_offer "$cur" < <(printf '%s\n' @export@)
    else
      _kvrun_offer "$cur" < <(printf '%s\n' @report@)
    fi
    return
    ;;
  @file@)
    _kvrun_files "$cur"
    return
    ;;
  @text@) return ;;
  esac

  if [[ $cur == -* && $ended == 0 ]]; then
    case $verb in
@cases@    *) options='@options@' ;;
    esac
    _kvrun_offer "$cur" < <(printf '%s\n' $options)
    return
  fi
  case $verb in
  '')
    _kvrun_offer "$cur" < <(printf '%s\n' @verbs@)
    [[ -n $cur ]] && _kvrun_offer '' < <(compgen -c -- "$cur")
    [[ $cur == */* ]] && _kvrun_files "$cur"
    ;;
  check) _kvrun_offer '' < <(compgen -c -- "$cur") ;;
  render) ((operand)) || _kvrun_files "$cur" ;;
  completion) ((operand)) || _kvrun_offer "$cur" < <(printf '%s\n' @shells@) ;;
  esac
}

complete -F _kvrun kvrun
)bash";
  const auto put = [&](std::string_view mark, const std::string& what) {
    for (std::size_t at = text.find(mark); at != std::string::npos;
         at = text.find(mark, at + what.size())) {
      text.replace(at, mark.size(), what);
    }
  };
  put("@awk@", std::string(k_profiles_awk));
  put("@values@", pattern_of_values());
  put("@verbs@", verbs);
  put("@profile@", pattern_of(ValueKind::profile));
  put("@identity@", pattern_of(ValueKind::identity));
  put("@kinds@", fmt::format("{}", fmt::join(azure::identity_kinds(), " ")));
  put("@format@", pattern_of(ValueKind::format));
  put("@export@", fmt::format("{}", fmt::join(k_export_formats, " ")));
  put("@report@", fmt::format("{}", fmt::join(k_report_formats, " ")));
  put("@file@", pattern_of(ValueKind::file));
  put("@text@", pattern_of(ValueKind::text));
  put("@cases@", cases);
  put("@options@", options_of(Verb::run));
  put("@shells@", fmt::format("{}", fmt::join(k_shells, " ")));
  return text;
}

} // namespace kvrun::launcher
