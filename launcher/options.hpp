// SPDX-License-Identifier: MIT
#pragma once

#include "base/log.hpp"
#include "base/place.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

enum class Verb { run, check, read, exports, render, list, doctor, init, completion };

// What was said on the command line, before anything else is known.
struct Options {
  Verb verb = Verb::run;
  bool help = false;
  bool version = false;
  Verbosity verbosity = Verbosity::normal;

  std::optional<std::string> config; // "", which nobody can say: none, though one may be there
  std::optional<std::string> profile;
  std::optional<std::string> vault;
  std::vector<std::string> env;
  std::vector<std::string> env_file;
  std::vector<std::string> resolve;
  std::optional<std::string> identity;
  std::vector<std::string> only;
  bool clean_env = false;
  std::vector<std::string> keep;
  std::vector<std::string> unset;
  bool drop_identity = false;
  bool keep_existing = false;
  std::optional<std::string> timeout;
  bool wait_for_access = false;
  std::vector<std::string> connect_to;
  std::optional<std::string> ca_file;
  std::vector<std::string> trust_host;
  bool mask_ci = false;
  std::optional<std::string> report;
  bool timings = false;

  std::optional<std::string> output;   // -o
  std::optional<std::string> format;   // --format
  std::optional<std::string> from_env; // --from-env
  bool force = false;

  std::vector<std::string> operands; // the command and its arguments, or the subcommand's
};

// Parses the words after the program's name (rules A4, A5). Options are never abbreviated, and end
// at the first operand of a run. Problems are added, each an ErrorKind::command_line; `verb` is
// known all the same.
[[nodiscard]] Options parse_options(std::span<const char* const> words, Problems& problems);

// What --help prints.
[[nodiscard]] std::string help_text();

} // namespace kvrun::launcher
