// SPDX-License-Identifier: MIT
#include "support.hpp"

#include "base/json.hpp"

namespace kvrun::emulator {

Claims IdentityFixture::claims_of(const Answer& answer) const {
  const json::Document document = json::Document::parse(answer.body);
  const auto claims = issuer_.read(document.root().string("access_token"));
  EXPECT_TRUE(claims) << "no token of ours in " << answer.status;
  return claims.value_or(Claims());
}

} // namespace kvrun::emulator
