// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/openssl.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace kvrun::emulator {

// What a client assertion signed with a certificate has to say.
struct AssertionRules {
  X509* certificate = nullptr;
  std::string_view audience; // the token endpoint's URL
  std::string_view client_id;
  std::int64_t now = 0;
};

// Checks a private_key_jwt (identity.md §9.2): PS256 or RS256 by the certificate, which the header
// names by its hash. 0 when it is good, else the code that Entra ID gives.
[[nodiscard]] int check_client_assertion(std::string_view assertion, const AssertionRules& rules);

} // namespace kvrun::emulator
