// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/tokens.hpp"

#include <string>
#include <string_view>

namespace kvrun::emulator {

// What an error of the service is about.
struct ErrorSubject {
  std::string_view vault; // its name
  std::string_view name;  // of the secret; empty for a list
  std::string_view version;
  std::string_view method;
  std::string_view audience;  // that the vault wants
  std::string_view tenant;    // the vault's
  std::string_view client_id; // the caller's
  std::string_view object_id;
  std::string_view issuer;
};

// `{"error":{…}}` with an `innererror` where there is one.
[[nodiscard]] std::string
error_body(std::string_view code, std::string_view message, std::string_view inner = {});

// The bodies of key-vault.md §10.
[[nodiscard]] std::string not_found_body(const ErrorSubject& subject);
[[nodiscard]] std::string deleted_not_found_body(std::string_view name);
// For an inner code that the service knows, its own text; else a general one.
[[nodiscard]] std::string forbidden_body(std::string_view inner, const ErrorSubject& subject);
// For an AKV code or `TokenExpired`, its own text; "" is AKV10000.
[[nodiscard]] std::string unauthorized_body(std::string_view code, const ErrorSubject& subject);
[[nodiscard]] std::string conflict_body(std::string_view inner, std::string_view name);
[[nodiscard]] std::string throttled_body(std::string_view reason);

} // namespace kvrun::emulator
