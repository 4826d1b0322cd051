// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvrun::azure {

// A version of a secret, as the service gives it (reference/key-vault.md §1.3).
struct SecretBundle {
  SecretString value;
  std::string name;                       // of its id; "" where it has none
  std::string version;                    // of its id
  std::string content_type;               // one line
  std::optional<std::int64_t> expires;    // Unix seconds
  std::optional<std::int64_t> not_before; // Unix seconds
};

// Throws json::ParseError when the text is no JSON, std::runtime_error (which never quotes it) when
// it is no bundle.
[[nodiscard]] SecretBundle parse_secret_bundle(std::string_view body);

} // namespace kvrun::azure
