// SPDX-License-Identifier: MIT
#include "launcher/option_bindings.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "config/dotenv.hpp"
#include "config/secret_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace kvrun::launcher {

namespace {

constexpr std::size_t k_most_file = 16UL * 1024 * 1024;

using Bindings = std::vector<config::Binding>;
using Indexes = std::unordered_map<std::string, std::size_t>; // of the bindings, by name

void add_entry(Bindings& bindings,
               Indexes& indexes,
               const std::string& file,
               const config::DotenvEntry& entry,
               const std::function<bool(std::string_view)>& is_vault_url,
               Problems& problems) {
  config::Binding binding;
  binding.name = entry.name;
  binding.place = binding.source_place = {file, entry.line};
  const std::string_view value = entry.value.reveal();
  if (config::looks_like_reference(value) || is_vault_url(value)) {
    try {
      binding.source = config::parse_reference(value);
    } catch (const config::ReferenceError& e) {
      problems.add(binding.place, fmt::format("{}: {}", entry.name, e.what()), e.hint());
      return;
    }
  } else if (value.find('\0') != std::string_view::npos) {
    problems.add(binding.place,
                 fmt::format("{}: the value holds a NUL byte, which no variable can", entry.name),
                 "a file can: 'files:' in a config");
    return;
  } else {
    binding.source = config::Literal{std::string(value)};
  }
  const auto [known, added] = indexes.try_emplace(binding.name, bindings.size());
  if (added) {
    bindings.push_back(std::move(binding));
  } else {
    bindings[known->second] = std::move(binding);
  }
}

} // namespace

Bindings bindings_of_options(const std::vector<std::string>& texts, Problems& problems) {
  Bindings bindings;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      problems.add(Error(ErrorKind::command_line, "option '--env' takes NAME=REFERENCE"));
      continue;
    }
    config::Binding binding;
    binding.name = text.substr(0, equals);
    if (!is_variable_name(binding.name)) {
      problems.add(Place::of_option("-e"),
                   fmt::format("'{}' is no variable name", one_line(binding.name, 80)),
                   "letters, digits and '_', not a digit first");
      continue;
    }
    const auto same = [&](const config::Binding& other) { return other.name == binding.name; };
    if (std::any_of(bindings.begin(), bindings.end(), same)) {
      problems.add(Place::of_option("-e"), fmt::format("'{}' is mapped twice", binding.name));
      continue;
    }
    binding.place = binding.source_place = Place::of_option(fmt::format("-e {}", binding.name));
    try {
      binding.source = config::parse_reference(std::string_view(text).substr(equals + 1));
    } catch (const config::ReferenceError& e) {
      problems.add(binding.place, e.what(), e.hint());
      continue;
    }
    bindings.push_back(std::move(binding));
  }
  return bindings;
}

Bindings bindings_of_env_files(const std::vector<std::string>& files,
                               const std::function<bool(std::string_view)>& is_vault_url,
                               const Deadline& deadline,
                               Problems& problems) {
  Bindings bindings;
  Indexes indexes;
  for (const std::string& file : files) {
    if (file == "-") {
      problems.add(Place::of_option("--env-file"),
                   "an env file cannot be read from stdin, which is the command's",
                   "name a file");
      continue;
    }
    try {
      const SecretString text = read_file(file, k_most_file, ErrorKind::usage, deadline);
      const config::Dotenv parsed = config::parse_dotenv(text.reveal());
      for (const config::DotenvProblem& problem : parsed.problems) {
        problems.add({file, problem.line}, problem.message);
      }
      for (const config::DotenvEntry& entry : parsed.entries) {
        add_entry(bindings, indexes, file, entry, is_vault_url, problems);
      }
    } catch (const Error& error) {
      problems.add(error);
    }
  }
  return bindings;
}

} // namespace kvrun::launcher
