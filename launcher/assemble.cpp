// SPDX-License-Identifier: MIT
#include "launcher/assemble.hpp"

#include "launcher/exec_size.hpp"

#include <unordered_set>

namespace kvrun::launcher {

Assembled assemble(const Environment& inherited,
                   const std::vector<BoundVariable>& variables,
                   const Command* command,
                   std::vector<Error>& errors) {
  Assembled made;
  made.environment = inherited.clone();
  std::unordered_set<std::string_view> secrets;
  for (const BoundVariable& variable : variables) {
    if (variable.secret) {
      secrets.insert(variable.name);
    }
    if (!variable.value) {
      if (variable.forget_inherited) {
        made.environment.remove_if([&](std::string_view name) { return name == variable.name; });
      }
      continue;
    }
    try {
      if (variable.file) {
        made.files.emplace_back(variable.name, variable.value->reveal(), variable.mode);
        made.environment.set(variable.name, made.files.back().path());
      } else {
        made.environment.set(variable.name, variable.value->reveal());
      }
    } catch (const Error& error) {
      errors.push_back(error);
    }
  }
  const auto is_secret = [&](std::string_view name) { return secrets.contains(name); };
  const Command none{{""}, ""};
  const std::vector<Error> sizes =
      check_exec_size(command != nullptr ? *command : none, made.environment, is_secret);
  errors.insert(errors.end(), sizes.begin(), sizes.end());
  return made;
}

} // namespace kvrun::launcher
