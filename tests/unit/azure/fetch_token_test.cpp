// SPDX-License-Identifier: MIT
// What a 401 leads to: key-vault.md §3.3.
#include "azure/secret_client.hpp"
#include "tests/unit/azure/vault_host.hpp"

#include <string>
#include <vector>

namespace kvrun::azure {
namespace {

TEST(FreshToken, IsAskedForOnceForManyRefusals) {
  VaultHost host;
  for (int i = 0; i < 5; ++i) {
    host.add(fmt::format("s{}", i));
  }
  host.transport.always("", [](const SeenRequest& request) {
    return request.header("Authorization") == "Bearer token-1"
               ? refusal(401, "Unauthorized", "[TokenExpired] Error validating token: 'S2S12086'.")
               : secret("v");
  });
  const Fetched fetched = host.fetch();
  for (const auto& result : fetched.results) {
    EXPECT_EQ(value_of(result), "v");
  }
  EXPECT_EQ(host.credential.audiences.size(), 2U);
  EXPECT_EQ(host.transport.seen.size(), 10U);
}

TEST(FreshToken, ThatIsRefusedTooIsTheEnd) {
  VaultHost host;
  host.add("a");
  host.transport.always("", refusal(401, "Unauthorized", "[TokenExpired] no"));
  const FetchFailure failure = failure_of(host.fetch().results[0]);
  EXPECT_EQ(failure.error.kind(), ErrorKind::refused);
  EXPECT_NE(failure.error.hint().find("clock"), std::string::npos);
  EXPECT_EQ(host.credential.audiences.size(), 2U);
  EXPECT_EQ(host.transport.seen.size(), 2U);
}

TEST(FreshToken, ThatCannotBeHadIsTheEnd) {
  VaultHost host;
  host.add("a");
  host.add("b");
  host.credential.fails_from = 2;
  host.transport.always("", refusal(401, "Unauthorized", "x"));
  const Fetched fetched = host.fetch();
  EXPECT_EQ(failure_of(fetched.results[0]).error.message(), "kv1/a: no identity");
  EXPECT_EQ(failure_of(fetched.results[1]).error.kind(), ErrorKind::refused);
  EXPECT_EQ(host.credential.audiences.size(), 2U);
}

// The fresh one may take long, and what is refused meanwhile would not be seen.
TEST(FreshToken, IsNotAskedForWhereAnotherSecretIsRefusedMeanwhile) {
  VaultHost host;
  host.add("a");
  host.add("b");
  host.transport.always("/secrets/a?", refusal(401, "Unauthorized", "[TokenExpired] no"));
  FakeReply absent = refusal(404, "SecretNotFound");
  absent.after = Milliseconds(500);
  host.transport.always("/secrets/b?", absent);
  const Fetched fetched = host.fetch();
  EXPECT_TRUE(failure_of(fetched.results[1]).absent);
  EXPECT_EQ(failure_of(fetched.results[0]).error.kind(), ErrorKind::refused);
  EXPECT_EQ(host.credential.audiences.size(), 1U);
}

TEST(FreshToken, WaitsASecondForOthersAtMost) {
  VaultHost host;
  host.add("a");
  host.add("b");
  host.transport.reply("/secrets/a?", refusal(401, "Unauthorized", "[TokenExpired] no"));
  host.transport.always("/secrets/a?", secret("v"));
  host.transport.always("/secrets/b?", secret("w", Milliseconds(5000)));
  EXPECT_EQ(value_of(host.fetch().results[0]), "v");
  EXPECT_EQ(host.sent_at(2), Milliseconds(1000));
}

TEST(FreshToken, IsNotAskedForWhereTheSameTokenWillDo) {
  VaultHost host;
  host.add("a");
  for (int i = 0; i < 3; ++i) {
    host.transport.reply("", refusal(401, "Unauthorized", "AKV10046: Unable to resolve the key"));
  }
  host.transport.always("", secret("v"));
  EXPECT_EQ(value_of(host.fetch().results[0]), "v");
  EXPECT_EQ(host.credential.audiences.size(), 1U);
  EXPECT_EQ(host.transport.seen.back().header("Authorization"), "Bearer token-1");
}

TEST(FreshToken, ThatNeverHelpsAgainstAkv10046IsALaterTry) {
  VaultHost host;
  host.add("a");
  host.transport.always("", refusal(401, "Unauthorized", "AKV10046: Unable to resolve the key"));
  EXPECT_EQ(failure_of(host.fetch().results[0]).error.kind(), ErrorKind::unavailable);
}

// rules T3, key-vault.md C09
TEST(Challenge, OfAForeignAudienceChangesNothing) {
  VaultHost host;
  host.add("a");
  FakeReply challenge = refusal(401, "Unauthorized", "AKV10000: Request is missing a token.");
  challenge.headers.emplace_back(
      "www-authenticate",
      R"(Bearer authorization="https://evil.example/t", resource="https://management.azure.com")");
  host.transport.always("", challenge);
  static_cast<void>(host.fetch());
  EXPECT_EQ(host.credential.audiences, std::vector<std::string>{"https://vault.azure.net"});
  EXPECT_EQ(host.transport.seen.size(), 1U);
}

TEST(Challenge, IsNeverAskedForAnAddress) {
  VaultHost host;
  host.add("a");
  FakeReply challenge = refusal(401, "Unauthorized", "x");
  challenge.headers.emplace_back("www-authenticate",
                                 "Bearer resource=\"https://management.azure.com\"");
  host.transport.reply("", challenge);
  host.transport.always("", secret("v"));
  EXPECT_EQ(value_of(host.fetch().results[0]), "v");
  for (const std::string& audience : host.credential.audiences) {
    EXPECT_EQ(audience, "https://vault.azure.net");
  }
  for (const SeenRequest& request : host.transport.seen) {
    EXPECT_EQ(request.origin.host, "kv1.vault.azure.net");
  }
}

} // namespace
} // namespace kvrun::azure
