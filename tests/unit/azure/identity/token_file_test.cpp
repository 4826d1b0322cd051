// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <fmt/format.h>

namespace kvrun::azure {
namespace {

class TokenFile : public testing::Test {
protected:
  std::string setting(std::string_view content) {
    return "token-file=" + folder_.write("token", content);
  }
  TemporaryFolder folder_;
  IdentityHost host_;
};

TEST_F(TokenFile, HoldsTheTokenAndNothingIsAsked) {
  const AccessToken token = host_.token(setting(fmt::format(" {}\n", k_jwt_ok)));
  EXPECT_EQ(text_of(token), k_jwt_ok);
  EXPECT_EQ(token.expires_on, 1893456000);
  EXPECT_TRUE(host_.transport.seen.empty());
}

TEST_F(TokenFile, MayHoldATokenThatIsNoJwt) {
  EXPECT_EQ(text_of(host_.token(setting("opaque"))), "opaque");
}

TEST_F(TokenFile, IsReadForEveryToken) {
  const auto credential = host_.credential(setting("one"));
  const Deadline deadline = Deadline::after(host_.transport.now(), k_budget);
  EXPECT_EQ(text_of(credential->get_token(k_vault_audience, deadline)), "one");
  folder_.write("token", "two");
  EXPECT_EQ(text_of(credential->get_token(k_vault_audience, deadline)), "two");
}

TEST_F(TokenFile, IsRefusedWhenTheTokenHasExpired) {
  const Error error = host_.failure(setting(k_jwt_old));
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "has expired");
  host_.now = 1893456000 - 30;
  EXPECT_EQ(host_.failure(setting(k_jwt_ok)).kind(), ErrorKind::refused);
}

TEST_F(TokenFile, WarnsOfATokenForAnotherAudience) {
  host_.verbosity = Verbosity::normal;
  testing::internal::CaptureStderr();
  EXPECT_EQ(text_of(host_.token(setting(k_jwt_arm))), k_jwt_arm);
  expect_holds(testing::internal::GetCapturedStderr(), "another audience");
  testing::internal::CaptureStderr();
  EXPECT_EQ(text_of(host_.token(setting(k_jwt_guid))), k_jwt_guid);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(TokenFile, IsRefusedWhenItHoldsAnythingElse) {
  for (const char* content : {"", "\n", "a b", "a\nb", "tok\x01", "\xc3\xa4"}) {
    const Error error = host_.failure(setting(content));
    EXPECT_EQ(error.kind(), ErrorKind::refused) << content;
    expect_holds(error.message(), folder_.path());
  }
}

TEST_F(TokenFile, IsNamedWhenItIsMissing) {
  const Error error = host_.failure("token-file=" + folder_.path() + "/nosuchtoken");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "nosuchtoken");
}

} // namespace
} // namespace kvrun::azure
