// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "base/unique_fd.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

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

TEST_F(TokenFile, WarnsOnceWhenOthersCanReadIt) {
  host_.verbosity = Verbosity::normal;
  for (const mode_t mode : {0640U, 0604U, 0644U}) {
    const std::string file = folder_.write("token", "t0ken-value", mode);
    const auto credential = host_.credential("token-file=" + file);
    const Deadline deadline = Deadline::after(host_.transport.now(), k_budget);
    testing::internal::CaptureStderr();
    for (int i = 0; i < 2; ++i) {
      EXPECT_EQ(text_of(credential->get_token(k_vault_audience, deadline)), "t0ken-value");
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              fmt::format("kvrun: warning: identity 'token-file': other users can read '{}': chmod "
                          "600 makes it yours alone\n",
                          file));
  }
}

TEST_F(TokenFile, MayBeAPipeWhoseModeSaysNothing) {
  host_.verbosity = Verbosity::normal;
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd out(ends[0]);
  UniqueFd in(ends[1]);
  ASSERT_EQ(::fchmod(out.get(), 0644), 0);
  ASSERT_EQ(::write(in.get(), "one", 3), 3);
  in = UniqueFd();
  testing::internal::CaptureStderr();
  EXPECT_EQ(text_of(host_.token(fmt::format("token-file=/dev/fd/{}", out.get()))), "one");
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
