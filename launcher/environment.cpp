// SPDX-License-Identifier: MIT
#include "launcher/environment.hpp"

#include <utility>

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
    append(with_nul(*entries));
  }
}

void Environment::append(SecretString entry) {
  const std::string_view name = name_of(entry);
  if (name.size() < text_of(entry).size()) { // else it has no '=', and no name
    has_duplicates_ =
        !first_.try_emplace(std::string(name), entries_.size()).second || has_duplicates_;
  }
  entries_.push_back(std::move(entry));
}

Environment Environment::clone() const {
  Environment copy;
  for (const SecretString& entry : entries_) {
    copy.append(entry.clone());
  }
  return copy;
}

std::optional<std::string_view> Environment::get(std::string_view name) const {
  const auto found = first_.find(name);
  return found == first_.end()
             ? std::nullopt
             : std::optional(text_of(entries_[found->second]).substr(name.size() + 1));
}

void Environment::set(std::string_view name, std::string_view value) {
  SecretString entry(name);
  entry.append("=");
  entry.append(value);
  entry.append(k_nul);
  const auto found = first_.find(name);
  if (found == first_.end()) {
    append(std::move(entry));
    return;
  }
  const std::size_t first = found->second;
  entries_[first] = std::move(entry);
  if (has_duplicates_) {
    std::size_t index = 0;
    remove_entries([&](const SecretString& one) { return index++ > first && is_named(one, name); });
  }
}

void Environment::remove_if(const std::function<bool(std::string_view)>& chosen) {
  remove_entries([&](const SecretString& entry) { return chosen(name_of(entry)); });
}

void Environment::remove_entries(const std::function<bool(const SecretString&)>& chosen) {
  std::vector<SecretString> all;
  all.swap(entries_);
  first_.clear();
  has_duplicates_ = false;
  for (SecretString& entry : all) {
    if (!chosen(entry)) {
      append(std::move(entry));
    }
  }
}

std::vector<std::string_view> Environment::names() const {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const std::string_view name = name_of(entries_[i]);
    const auto found = first_.find(name);
    if (found != first_.end() && found->second == i) {
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
