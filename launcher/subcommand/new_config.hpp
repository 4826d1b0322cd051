// SPDX-License-Identifier: MIT
#pragma once

#include "azure/secret_listing.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kvrun::launcher {

// The text of a new kvrun.yaml. A name that cannot be mapped is a comment that says why (rules
// A55): `db-password` ↔ `DB_PASSWORD`.
struct NewConfig {
  std::string text;
  std::size_t mapped = 0;
  std::size_t left_out = 0;
};

// `vault` is as `vault:` has it; "" leaves a comment in its place. `cloud` is "" for the default.
[[nodiscard]] NewConfig config_from_listing(std::string_view vault,
                                            std::string_view cloud,
                                            std::span<const azure::SecretItem> items);
// What a dotenv file assigns to: a variable's name, another, or one that may not be shown ("").
struct FoundName {
  int line = 0;
  std::string name;
};
[[nodiscard]] NewConfig
config_from_names(std::string_view vault, std::string_view cloud, std::span<const FoundName> names);

} // namespace kvrun::launcher
