// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"

#include <cstdint>
#include <string>

namespace kvrun::azure {

// A bearer token for one audience.
struct AccessToken {
  SecretString token;          // visible ASCII without white space: safe in a header
  std::int64_t expires_on = 0; // Unix seconds

  // What its claims say: never verified, "" where it is no JWT. For messages, and for the expiry of
  // a token that came without one.
  struct Claims {
    std::string tenant_id;       // tid
    std::string object_id;       // oid
    std::string client_id;       // appid, azp
    std::string audience;        // aud
    std::string user;            // upn, of a delegated token
    std::string resource_id;     // xms_mirid
    std::string issuer;          // iss
    std::string subject;         // sub
    std::int64_t expires_on = 0; // exp, Unix seconds; 0 where there is none
  };
  [[nodiscard]] Claims claims() const;
};

} // namespace kvrun::azure
