// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/clock.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kvrun::emulator {

// Who the emulator's tokens are for: one identity, system-assigned and user-assigned alike.
struct Principal {
  std::string tenant = "11111111-1111-1111-1111-111111111111";
  std::string client_id = "aaaaaaaa-0000-4000-8000-000000000001";
  std::string object_id = "bbbbbbbb-0000-4000-8000-000000000002";
  std::string resource_id =
      "/subscriptions/cccccccc-0000-4000-8000-000000000003/resourcegroups/rg/providers/"
      "Microsoft.ManagedIdentity/userAssignedIdentities/kvrun-emulator";
};

// What stands in a token of ours.
struct Claims {
  std::string audience;
  std::string issuer;
  std::string subject;
  std::string tenant;
  std::string client_id;
  std::string object_id;
  std::int64_t not_before = 0;
  std::int64_t expires = 0;
};

// Makes and recognises the emulator's JWTs. They are signed with a key of this run, so nothing has
// to be remembered and no token of elsewhere is taken for one.
class TokenIssuer {
public:
  TokenIssuer(Principal principal, Clock clock);

  // An access token for an audience, issued by a tenant ("": the principal's own).
  [[nodiscard]] std::string
  access_token(std::string_view audience, std::int64_t life, std::string_view tenant = {}) const;
  // A CI system's or cluster's token, to be exchanged for an access token.
  [[nodiscard]] std::string assertion(std::string_view issuer,
                                      std::string_view subject,
                                      std::string_view audience,
                                      std::int64_t life) const;

  // The claims of a token that this issuer signed, expired or not; nullopt for anything else.
  [[nodiscard]] std::optional<Claims> read(std::string_view token) const;

  [[nodiscard]] const Principal& principal() const noexcept { return principal_; }
  [[nodiscard]] std::int64_t now() const { return unix_seconds(clock_()); }

private:
  [[nodiscard]] std::string sign(const std::string& claims) const;
  [[nodiscard]] std::string signature(std::string_view signed_part) const;

  Principal principal_;
  Clock clock_;
  std::string key_;
};

} // namespace kvrun::emulator
