// SPDX-License-Identifier: MIT
#include "base/text.hpp"
#include "config/dotenv.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <set>

namespace kvrun::fuzz {

void run(std::string_view text) {
  const config::Dotenv dotenv = config::parse_dotenv(text);
  const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
  std::set<std::string_view> names;
  std::size_t bytes = 0;
  for (const config::DotenvEntry& entry : dotenv.entries) {
    require(is_variable_name(entry.name));
    require(entry.line >= 1 && entry.line <= lines);
    require(names.insert(entry.name).second || !dotenv.problems.empty());
    bytes += entry.name.size() + entry.value.size();
  }
  require(bytes <= text.size()); // nothing is expanded
  for (const config::DotenvProblem& problem : dotenv.problems) {
    require(problem.line >= 1 && problem.line <= lines && !problem.message.empty());
  }
}

} // namespace kvrun::fuzz
