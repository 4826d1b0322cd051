// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kvrun::emulator {

// What a path of the secrets API is about.
struct VaultTarget {
  enum class Kind {
    unknown,
    health,
    secrets,
    secret,
    versions,
    backup,
    restore,
    deleted_secrets,
    deleted_secret,
    recover,
  };
  Kind kind = Kind::unknown;
  std::string name;
  std::string version; // empty: the latest
};

// `/secrets/N`, `/secrets/N/`, `/secrets/N/%2F` and so on; the fixed words in any case. `restore`
// is an operation for POST and a secret's name for everything else.
[[nodiscard]] VaultTarget parse_vault_target(std::string_view method, std::string_view path);

[[nodiscard]] bool is_known_api_version(std::string_view version);

// How many entries a page has and where it starts.
struct Page {
  std::size_t size = 25;
  std::string marker;
};

// nullopt when `maxresults` is not from 1 to 25 or the token is none of ours.
[[nodiscard]] std::optional<Page> parse_page(const std::string* max_results,
                                             const std::string* token);
[[nodiscard]] std::string skip_token(std::string_view marker);

} // namespace kvrun::emulator
