// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace kvrun::config {

// What a user wrote to name a secret (rules A21–A25). It says nothing about who may receive a
// token: only launcher/plan makes an address of it.
struct SecretReference {
  std::string vault;   // "" for the default vault; else a name, a host or HOST:PORT, as written
  std::string name;    // as written
  std::string version; // "" for the newest
  std::string pointer; // "" or a JSON Pointer that begins with '/'
  bool url = false;    // written as https://HOST/secrets/…: the host is complete

  friend bool operator==(const SecretReference&, const SecretReference&) = default;
};

// A vault as `vault:` and --vault have it (rules A46).
struct VaultText {
  std::string vault; // a name, a host or HOST:PORT, as written
  bool url = false;  // written as https://HOST[:PORT][/]: the host is complete

  friend bool operator==(const VaultText&, const VaultText&) = default;
};

// Why a text is no reference. The message shows the text only from `kv://`, `https://` or
// `@Microsoft.KeyVault(` on: what stands where a reference should may be a password (design.md §2).
// Of a text with a '@' or a '?' in it not even that much: neither user-info nor a query.
class ReferenceError : public std::runtime_error {
public:
  ReferenceError(const std::string& message, std::string hint)
      : std::runtime_error(message), hint_(std::move(hint)) {}
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

private:
  std::string hint_;
};

// Throws ReferenceError.
[[nodiscard]] SecretReference parse_reference(std::string_view text);

// Throws ReferenceError. Whether the host may get a token is not asked here.
[[nodiscard]] VaultText parse_vault(std::string_view text);

// Whether a text begins as kv:// or @Microsoft.KeyVault( do: the forms that are looked for in
// inherited variables.
[[nodiscard]] bool looks_like_reference(std::string_view text);

// Key Vault's object names: 1 to 127 ASCII letters, digits and hyphens (reference/key-vault.md
// §1.5).
[[nodiscard]] bool is_secret_name(std::string_view text);
// 3 to 24 of the same characters.
[[nodiscard]] bool is_vault_name(std::string_view text);

} // namespace kvrun::config
