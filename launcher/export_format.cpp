// SPDX-License-Identifier: MIT
#include "launcher/export_format.hpp"

#include "azure/secret_client.hpp"
#include "base/text.hpp"
#include "config/template.hpp"
#include "launcher/option_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kvrun::launcher {

namespace {

// The longest line that Docker reads: of Go's bufio.Scanner.
constexpr std::size_t k_docker_line = 64UL * 1024 - 1;

// What bash or dash sets itself: they refuse such a name, set it to something else, or evaluate the
// value as arithmetic, which can run commands (bash 5.2, dash 0.5.12).
// clang-format off
constexpr std::array<std::string_view, 28> k_names_of_shells{
    "_", "BASHOPTS", "BASHPID", "BASH_ALIASES", "BASH_ARGC", "BASH_ARGV", "BASH_CMDS", "BASH_COMMAND", "BASH_LINENO",
    "BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME",
    "GROUPS", "HISTCMD", "LINENO", "OPTIND", "PPID", "RANDOM", "SECONDS", "SHELLOPTS", "SHLVL", "SRANDOM", "UID"};
// clang-format on

bool holds(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

// U+FDD0 to U+FDEF and the last two characters of every plane, in a text that is UTF-8: systemd
// takes none of them, and refuses the whole file for one.
bool holds_noncharacter(std::string_view text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[i + at]); };
    const bool fdd0 = byte(0) == 0xEF && byte(1) == 0xB7 && byte(2) >= 0x90 && byte(2) <= 0xAF;
    const bool fffe = byte(0) == 0xEF && byte(1) == 0xBF && byte(2) >= 0xBE;
    const bool plane = i + 3 < text.size() && byte(0) >= 0xF0 && (byte(1) & 0x0FU) == 0x0F &&
                       byte(2) == 0xBF && byte(3) >= 0xBE;
    if (fdd0 || fffe || plane) {
      return true;
    }
  }
  return false;
}

void append_escaped(SecretString& out, std::string_view value, std::string_view escaped) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (escaped.find(value[i]) != std::string_view::npos) {
      out.append("\\");
    }
    out.append(value.substr(i, 1));
  }
}

// As the agent decodes a message: '%' is written %AZP25.
void append_for_agent(SecretString& out, std::string_view value) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    switch (value[i]) {
    // clang-format off
    case '%':  out.append("%AZP25"); break;
    case '\r': out.append("%0D"); break;
    case '\n': out.append("%0A"); break;
    default:   out.append(value.substr(i, 1));
      // clang-format on
    }
  }
}

// One that no value can hold.
std::string delimiter_for(std::string_view value) {
  std::string delimiter;
  do {
    delimiter = fmt::format("kvrun-{}", azure::make_uuid());
  } while (holds(value, delimiter));
  return delimiter;
}

} // namespace

std::optional<ExportFormat> find_export_format(std::string_view name) {
  constexpr std::array formats{ExportFormat::sh,
                               ExportFormat::dotenv,
                               ExportFormat::docker,
                               ExportFormat::systemd,
                               ExportFormat::json,
                               ExportFormat::github,
                               ExportFormat::pipelines};
  static_assert(formats.size() == k_export_formats.size());
  const auto* found = std::find(k_export_formats.begin(), k_export_formats.end(), name);
  if (found == k_export_formats.end()) {
    return std::nullopt;
  }
  return formats.at(static_cast<std::size_t>(found - k_export_formats.begin()));
}

std::string obstacle_to(ExportFormat format, std::string_view name, std::string_view value) {
  if (format == ExportFormat::sh) {
    return std::find(k_names_of_shells.begin(), k_names_of_shells.end(), name) ==
                   k_names_of_shells.end()
               ? std::string()
               : "a shell sets a variable of this name itself";
  }
  if (find_bad_utf8(value) != std::string_view::npos) {
    return "the value is not UTF-8, which this format must be";
  }
  switch (format) {
  case ExportFormat::dotenv:
    // python-dotenv reads two backslashes as one, in single quotes too.
    if (holds(value, "'") || holds(value, "\r") || holds(value, "${") || holds(value, "\\\\") ||
        value.ends_with('\\')) {
      return "no form that all readers share holds a value with a single quote, a carriage return, "
             "'${', two backslashes in a row or a backslash at its end";
    }
    break;
  case ExportFormat::docker:
    if (holds(value, "\n") || value.ends_with('\r')) {
      return "Docker's format holds no value of more than one line";
    }
    if (name.size() + 1 + value.size() > k_docker_line) {
      return "Docker reads no line of 64 KiB or more";
    }
    break;
  case ExportFormat::systemd:
    if (holds_noncharacter(value)) {
      return "the value has a Unicode noncharacter, for which systemd refuses the whole file";
    }
    break;
  case ExportFormat::github:
    if (name == "NODE_OPTIONS") {
      return "GitHub's runner takes no variable of this name";
    }
    break;
  case ExportFormat::sh:
  case ExportFormat::json:
  case ExportFormat::pipelines:
    break;
  }
  return {};
}

void ExportText::add(std::string_view name, std::string_view value) {
  const auto line = [&](std::string_view before, std::string_view after) {
    text_.append(name);
    text_.append(before);
    text_.append(value);
    text_.append(after);
  };
  switch (format_) {
  case ExportFormat::sh:
    text_.append(fmt::format("export {}=", name));
    text_.append(config::apply_filters(value, {config::Filter::shell}).reveal());
    text_.append("\n");
    break;
  case ExportFormat::dotenv:
    line("='", "'\n");
    break;
  case ExportFormat::docker:
    line("=", "\n");
    break;
  case ExportFormat::systemd:
    text_.append(fmt::format("{}=\"", name));
    append_escaped(text_, value, "\\\"$`");
    text_.append("\"\n");
    break;
  case ExportFormat::json:
    text_.append(fmt::format("{}  \"{}\": ", empty_ ? "{\n" : ",\n", name));
    text_.append(config::apply_filters(value, {config::Filter::json}).reveal());
    break;
  case ExportFormat::github: {
    const std::string delimiter = delimiter_for(value);
    line(fmt::format("<<{}\n", delimiter), fmt::format("\n{}\n", delimiter));
    break;
  }
  case ExportFormat::pipelines:
    text_.append(fmt::format("##vso[task.setvariable variable={};issecret=true]", name));
    append_for_agent(text_, value);
    text_.append("\n");
    break;
  }
  empty_ = false;
}

SecretString ExportText::finish() {
  if (format_ == ExportFormat::json) {
    text_.append(empty_ ? "{}\n" : "\n}\n");
  }
  return std::move(text_);
}

} // namespace kvrun::launcher
