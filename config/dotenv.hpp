// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::config {

struct DotenvEntry {
  std::string name;
  SecretString value;
  int line = 0; // from 1, where the entry begins
};

struct DotenvProblem {
  int line = 0;
  std::string message; // names, never values
  // What is no variable's name, where that is the problem; "" unless it is of letters, digits, '_',
  // '.' and '-', for it may be a line of a value that has lost its quotes.
  std::optional<std::string> bad_name = {};
};

struct Dotenv {
  std::vector<DotenvEntry> entries;
  std::vector<DotenvProblem> problems; // in order; also duplicates
};

// The grammar of rules A38: `[export ]NAME=VALUE` a line, quotes, no expansion.
[[nodiscard]] Dotenv parse_dotenv(std::string_view text);

} // namespace kvrun::config
