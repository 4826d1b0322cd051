// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "emulator/clock.hpp"
#include "emulator/http_message.hpp"
#include "emulator/seed.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::emulator {

struct Attributes {
  bool enabled = true;
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> expires;
  std::int64_t created = 0;
  std::int64_t updated = 0;
};

struct Version {
  std::string id; // 32 hexadecimal digits
  std::string value;
  std::optional<std::string> content_type;
  Attributes attributes;
  Fields tags;
};

// What a client sets or changes; what is nullopt stays as it is.
struct Change {
  std::optional<std::string> value;
  std::optional<std::string> content_type;
  std::optional<bool> enabled;
  std::optional<std::int64_t> not_before;
  std::optional<std::int64_t> expires;
  std::optional<Fields> tags;
};

struct Secret {
  std::string name;              // as it was created
  std::vector<Version> versions; // oldest first, never empty
  std::optional<Time> deleted;
  std::optional<Time> recovered;

  [[nodiscard]] const Version& latest() const { return versions.back(); }
  // "" is the latest; nullptr when there is no such version.
  [[nodiscard]] const Version* version(std::string_view id) const;
};

// Where a secret stands. A delete and a recover take a while to be seen (key-vault.md §1.2).
enum class SecretState { absent, active, being_deleted, deleted, being_recovered };

// The secrets of one vault, by name without case. Not safe to share between threads.
class Vault {
public:
  // Makes the identifier of a new version.
  using NewVersion = std::function<std::string()>;

  Vault(Milliseconds propagation, NewVersion new_version);

  // What the seed says, as if it had been set just before `now`, one version a second.
  void add(const SeedSecret& secret, Time now);

  [[nodiscard]] SecretState state(std::string_view name, Time now) const;
  // Whatever state it is in; nullptr when there is none.
  [[nodiscard]] const Secret* find(std::string_view name) const;
  // Those in this state from `marker` on, in the order of their names, one more than `count` where
  // there are.
  [[nodiscard]] std::vector<const Secret*>
  list(SecretState state, std::string_view marker, std::size_t count, Time now) const;

  // Adds a version, and the secret where there is none.
  const Secret& set(std::string_view name, const Change& change, Time now);
  // Changes a version, "" the latest; nullptr when there is none.
  const Version*
  update(std::string_view name, std::string_view version, const Change& change, Time now);
  void remove(std::string_view name, Time now);
  void recover(std::string_view name, Time now);
  void purge(std::string_view name);
  // A secret out of a backup; there is none of its name.
  const Secret& restore(Secret secret);

private:
  Secret* get(std::string_view name);

  Milliseconds propagation_;
  NewVersion new_version_;
  std::map<std::string, Secret, std::less<>> secrets_; // by lower-case name
};

// The identifier of a seed's version that has none of its own: the same in every run.
[[nodiscard]] std::string seeded_version(std::string_view secret, std::size_t index);

} // namespace kvrun::emulator
