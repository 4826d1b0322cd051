// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/store.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kvrun::emulator {

enum class WithValue { no, yes };

// JSON as the service writes it: compact, in its order (key-vault.md §1.3, §10). `host` is the
// vault's.
[[nodiscard]] std::string
secret_bundle(std::string_view host, const Secret& secret, const Version& version, WithValue value);
[[nodiscard]] std::string deleted_bundle(std::string_view host, const Secret& secret);
// An entry of the list of secrets, of deleted secrets and of versions.
[[nodiscard]] std::string secret_item(std::string_view host, const Secret& secret);
[[nodiscard]] std::string deleted_item(std::string_view host, const Secret& secret);
[[nodiscard]] std::string
version_item(std::string_view host, const Secret& secret, const Version& version);

// A body that the service would not take.
class BadBody : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// The body of a set or an update. Throws BadBody with the service's text.
[[nodiscard]] Change parse_change(std::string_view body);

// A secret with all its versions and values, as an opaque text, and back. Throws BadBody.
[[nodiscard]] std::string backup_blob(const Secret& secret);
[[nodiscard]] Secret parse_backup(std::string_view blob);
// The blob in the body of a restore. Throws BadBody.
[[nodiscard]] std::string parse_restore(std::string_view body);

} // namespace kvrun::emulator
