// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::emulator {

// The environment of the command: what was inherited and what the emulator sets and removes.
class Environment {
public:
  // `inherited` is a process's, as in environ(7).
  explicit Environment(char** inherited);

  // "" when it is not set.
  [[nodiscard]] std::string get(const std::string& name) const;
  void set(const std::string& name, std::string value);
  void remove(const std::string& name);

  // What was set, by name.
  [[nodiscard]] const std::map<std::string, std::string>& changes() const noexcept {
    return changes_;
  }
  // "NAME=value", the inherited ones in their order first.
  [[nodiscard]] std::vector<std::string> entries() const;

private:
  std::vector<std::string> inherited_;
  std::map<std::string, std::string> changes_;
};

// Removes what would announce an identity of another host (identity.md §1.1).
void remove_identities(Environment& environment);

// A value as a shell reads it: bare where that is safe, else in single quotes.
[[nodiscard]] std::string shell_word(std::string_view value);

} // namespace kvrun::emulator
