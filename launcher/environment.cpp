// SPDX-License-Identifier: MIT
#include "launcher/environment.hpp"

#include <algorithm>
#include <cstring>

namespace kvrun::launcher {

namespace {

std::string_view text_of(const SecretString& entry) {
  return entry.reveal().substr(0, entry.size() - 1);
}

std::string_view name_of(const SecretString& entry) {
  const std::string_view text = text_of(entry);
  return text.substr(0, text.find('='));
}

constexpr std::string_view k_nul("\0", 1);

bool is_named(const SecretString& entry, std::string_view name) {
  const std::string_view text = text_of(entry);
  return text.size() > name.size() && text[name.size()] == '=' && text.starts_with(name);
}

SecretString with_nul(std::string_view text) {
  SecretString entry(text);
  entry.append(k_nul);
  return entry;
}

} // namespace

Environment::Environment(const char* const* entries) {
  for (; entries != nullptr && *entries != nullptr; ++entries) {
    entries_.push_back(with_nul(*entries));
  }
}

Environment Environment::clone() const {
  Environment copy;
  for (const SecretString& entry : entries_) {
    copy.entries_.push_back(entry.clone());
  }
  return copy;
}

std::optional<std::string_view> Environment::get(std::string_view name) const {
  for (const SecretString& entry : entries_) {
    if (is_named(entry, name)) {
      return text_of(entry).substr(name.size() + 1);
    }
  }
  return std::nullopt;
}

void Environment::set(std::string_view name, std::string_view value) {
  SecretString entry(name);
  entry.append("=");
  entry.append(value);
  entry.append(k_nul);
  const auto first = std::find_if(entries_.begin(), entries_.end(), [&](const SecretString& one) {
    return is_named(one, name);
  });
  if (first == entries_.end()) {
    entries_.push_back(std::move(entry));
    return;
  }
  *first = std::move(entry);
  entries_.erase(std::remove_if(first + 1,
                                entries_.end(),
                                [&](const SecretString& one) { return is_named(one, name); }),
                 entries_.end());
}

void Environment::remove_if(const std::function<bool(std::string_view)>& chosen) {
  std::erase_if(entries_, [&](const SecretString& entry) { return chosen(name_of(entry)); });
}

std::vector<std::string_view> Environment::names() const {
  std::vector<std::string_view> names;
  for (const SecretString& entry : entries_) {
    const std::string_view name = name_of(entry);
    if (name.size() < text_of(entry).size() &&
        std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

std::vector<char*> Environment::envp() {
  std::vector<char*> pointers;
  pointers.reserve(entries_.size() + 1);
  for (const SecretString& entry : entries_) {
    pointers.push_back(const_cast<char*>(
        entry.reveal().data())); // NOLINT(cppcoreguidelines-pro-type-const-cast): execve's type
  }
  pointers.push_back(nullptr);
  return pointers;
}

} // namespace kvrun::launcher
