// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace kvrun::launcher {

// A process environment, without loss: order, duplicates and entries without '=' stay as they are,
// until a name is set or removed.
class Environment {
public:
  Environment() = default;
  explicit Environment(const char* const* entries);

  // A second one, on purpose: it may hold secrets.
  [[nodiscard]] Environment clone() const;

  // The value of the first entry of that name, as getenv(3) finds it.
  [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
  // In place of the first entry of that name, the others removed; else at the end.
  void set(std::string_view name, std::string_view value);
  // Every entry whose name is chosen; one without '=' has none and is asked as a whole.
  void remove_if(const std::function<bool(std::string_view name)>& chosen);

  // The names, each once, in order.
  [[nodiscard]] std::vector<std::string_view> names() const;
  [[nodiscard]] const std::vector<SecretString>& entries() const noexcept { return entries_; }
  // For execve: as long as this lives and is not changed. The entries are NUL-terminated.
  [[nodiscard]] std::vector<char*> envp();

private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  void append(SecretString entry);
  void remove_entries(const std::function<bool(const SecretString&)>& chosen);

  std::vector<SecretString> entries_; // "NAME=value" and its NUL
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> first_; // by name
  bool has_duplicates_ = false;
};

} // namespace kvrun::launcher
