// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/place.hpp"
#include "emulator/faults.hpp"
#include "emulator/http_message.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::emulator {

struct SeedVersion {
  std::string version; // empty: the emulator chooses
  std::string value;
  std::optional<std::string> content_type;
  bool enabled = true;
  std::optional<std::int64_t> expires;
  std::optional<std::int64_t> not_before;
  Fields tags;
};

struct SeedSecret {
  std::string name;
  std::vector<SeedVersion> versions; // oldest first, never empty
};

struct SeedVault {
  std::string name; // lower case: a vault's name, in every cloud, or a host
  std::vector<SeedSecret> secrets;
};

// So many reads of a vault in so long.
struct Limit {
  int reads = 0;
  Milliseconds per{0};
};

// What the emulator holds and how it misbehaves (design.md §9).
struct Seed {
  std::optional<std::vector<SeedVault>> vaults; // nullopt: every vault name is an empty vault
  std::map<std::string, std::string> tenants;   // vault -> tenant id, for other than the usual
  std::vector<Fault> faults;
  Milliseconds latency{0};
  std::optional<Limit> limit;
  Milliseconds propagation{1000};         // until a delete or recover can be seen
  std::optional<std::int64_t> token_life; // seconds

  // Whether there is such a vault, by name or host in lower case.
  [[nodiscard]] bool has_vault(std::string_view name, std::string_view host) const;
};

// Problems are added with their place; the values are never shown.
[[nodiscard]] Seed parse_seed(std::string_view text, const std::string& file, Problems& problems);

} // namespace kvrun::emulator
