// SPDX-License-Identifier: MIT
// Once something is refused, and what is merely absent.
#include "azure/secret_client.hpp"
#include "tests/unit/azure/vault_host.hpp"

#include <string>

namespace kvrun::azure {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Refused : public testing::Test {
protected:
  Refused() {
    host_.add("a");
    host_.add("b");
    host_.transport.always("/secrets/a?", refusal(403, "Forbidden", "", "ForbiddenByRbac"));
  }
  VaultHost host_;
};

TEST_F(Refused, NothingIsTriedAgain) {
  host_.transport.always("/secrets/b?", refusal(429, "Throttled"));
  const Fetched fetched = host_.fetch();
  EXPECT_EQ(failure_of(fetched.results[0]).error.kind(), ErrorKind::refused);
  const FetchFailure late = failure_of(fetched.results[1]);
  EXPECT_EQ(late.error.message(), "kv1/b: 429 Throttled; not tried again");
  EXPECT_EQ(late.error.kind(), ErrorKind::unavailable);
  EXPECT_EQ(host_.transport.seen.size(), 2U);
}

TEST_F(Refused, WhatWaitsForItsNextTryIsGivenUp) {
  FakeReply late = refusal(403, "Forbidden", "", "ForbiddenByRbac");
  late.after = milliseconds(200);
  host_.transport.always("/secrets/a?", late);
  host_.transport.always("/secrets/b?", refusal(503, "Unavailable"));
  const Fetched fetched = host_.fetch();
  EXPECT_EQ(failure_of(fetched.results[1]).error.message(),
            "kv1/b: 503 Unavailable; not tried again");
  EXPECT_EQ(host_.elapsed(), milliseconds(200));
  EXPECT_EQ(host_.transport.seen.size(), 2U);
}

// reference/key-vault.md A02
TEST_F(Refused, AnAnswerForAnotherSecretIsNotTaken) {
  for (const char* id : {"https://kv1.vault.azure.net/secrets/other/0", "https://x/secrets/ab"}) {
    VaultHost host;
    host.add("a");
    host.transport.always(
        "", FakeReply{200, fmt::format(R"({{"value":"wrong","id":"{}"}})", id), {}, {}, {}, false});
    const Fetched fetched = host.fetch();
    const FetchFailure failure = failure_of(fetched.results[0]);
    EXPECT_EQ(failure.error.message(),
              "kv1/a: 200, but the answer holds another secret or version");
    EXPECT_EQ(failure.error.kind(), ErrorKind::refused);
  }
}

TEST_F(Refused, NoFreshTokenIsAskedFor) {
  host_.transport.always("/secrets/b?", refusal(401, "Unauthorized", "x"));
  static_cast<void>(host_.fetch());
  EXPECT_EQ(host_.credential.audiences.size(), 1U);
}

TEST_F(Refused, WhatIsUnderWayIsStillTold) {
  FakeReply late = refusal(404, "SecretNotFound");
  late.after = seconds(4);
  host_.transport.always("/secrets/b?", late);
  const Fetched fetched = host_.fetch();
  EXPECT_TRUE(failure_of(fetched.results[1]).absent);
  EXPECT_EQ(host_.elapsed(), seconds(4));
}

TEST_F(Refused, WhatIsUnderWayGetsFiveSeconds) {
  host_.transport.always("/secrets/b?", FakeReply::silence());
  const Fetched fetched = host_.fetch();
  EXPECT_EQ(host_.elapsed(), seconds(5));
  EXPECT_EQ(failure_of(fetched.results[1]).error.message(),
            "kv1/b: no answer from kv1.vault.azure.net; no answer 5 s after another secret was "
            "refused");
  EXPECT_EQ(host_.transport.cancelled.size(), 1U);
}

TEST_F(Refused, AnUnreadableAnswerIsNotReadAgain) {
  host_.transport.always("/secrets/b?", reply(200, "<html>"));
  static_cast<void>(host_.fetch());
  EXPECT_EQ(host_.transport.seen.size(), 2U);
}

TEST(RefusedToken, LetsTheOtherAudienceBeTold) {
  VaultHost host;
  host.add_two_audiences();
  host.credential.fails_from = 2;
  host.transport.always("", secret("v"));
  const Fetched fetched = host.fetch();
  EXPECT_EQ(fetched.token_errors.size(), 1U);
  EXPECT_EQ(value_of(fetched.results[0]), "v");
  EXPECT_FALSE(fetched.results[1].has_value());
}

// rules A2, A29: one identity that is slow for one cloud is no reason to wait in vain.
TEST(SlowToken, HidesNothingOfTheOtherAudience) {
  for (const char* slow : {"https://a.audience", "https://b.audience"}) {
    VaultHost host;
    host.add_two_audiences();
    host.credential.silent_for = slow;
    host.transport.always("", refusal(404, "SecretNotFound"));
    const Fetched fetched = host.fetch();
    ASSERT_EQ(fetched.token_errors.size(), 1U) << slow;
    EXPECT_EQ(fetched.token_errors[0].kind(), ErrorKind::unavailable);
    const auto& other = fetched.results[slow == std::string_view("https://a.audience") ? 1 : 0];
    EXPECT_TRUE(failure_of(other).absent) << slow;
  }
}

TEST(SlowToken, IsAskedForAgainWithWhatTimeIsLeft) {
  VaultHost host;
  host.add_two_audiences();
  host.credential.silent_for = "https://a.audience";
  host.transport.always("", secret("v"));
  static_cast<void>(host.fetch());
  EXPECT_EQ(
      host.credential.audiences,
      (std::vector<std::string>{"https://a.audience", "https://b.audience", "https://a.audience"}));
  EXPECT_EQ(host.credential.deadlines.back(), host.start + host.budget);
}

// rules A30
TEST(Absent, IsA404OfKeyVaultsAndNoRefusalWhereItIsAllowed) {
  for (const char* version : {"", "4387e9f3d6e14c459867679a90fd0f79"}) {
    VaultHost host;
    host.add("a", version);
    host.add("b");
    host.secrets[0].may_be_absent = true;
    host.transport.always("/secrets/a", refusal(404, "SecretNotFound"));
    host.transport.reply("/secrets/b?", refusal(429, "Throttled"));
    host.transport.always("/secrets/b?", secret("v"));
    const Fetched fetched = host.fetch();
    EXPECT_TRUE(failure_of(fetched.results[0]).absent);
    EXPECT_EQ(value_of(fetched.results[1]), "v");
  }
}

TEST(FetchFailed, KeepsWhatTheServiceAnswered) {
  VaultHost host;
  host.add("a");
  host.transport.always("", refusal(403, "Forbidden", "oid=o-1;", "ForbiddenByRbac"));
  const FetchFailure failure = failure_of(host.fetch().results[0]);
  ASSERT_TRUE(failure.answer.has_value());
  EXPECT_EQ(failure.answer->telling_code(), "ForbiddenByRbac");
  EXPECT_EQ(failure.answer->object_id, "o-1");
}

TEST(Absent, IsNoAnswerOfSomethingElse) {
  VaultHost host;
  host.add("a");
  FakeReply other;
  other.status = 404;
  other.body = "<html>not found</html>";
  host.transport.always("", other);
  const FetchFailure failure = failure_of(host.fetch().results[0]);
  EXPECT_FALSE(failure.absent);
  EXPECT_NE(failure.error.message().find("the answer is not Key Vault's"), std::string::npos);
}

// rules A30
TEST(Absent, IsNothingElse) {
  for (const FakeReply& reply : {refusal(403, "Forbidden", "", "ForbiddenByRbac"),
                                 refusal(403, "Forbidden", "", "SecretDisabled"),
                                 refusal(403, "Forbidden", "", "ForbiddenByFirewall"),
                                 refusal(401, "Unauthorized", "AKV10032: Invalid issuer."),
                                 refusal(401, "Unauthorized", "[TokenExpired] no"),
                                 refusal(429, "Throttled"),
                                 refusal(503, "ServiceUnavailable"),
                                 refusal(400, "BadParameter"),
                                 reply(200, "<html>"),
                                 reply(200, R"({"id":"x"})"),
                                 FakeReply::refused_connection(),
                                 FakeReply::silence()}) {
    VaultHost host;
    host.add("a");
    host.secrets[0].may_be_absent = true;
    host.transport.always("", reply);
    const FetchFailure failure = failure_of(host.fetch().results[0]);
    EXPECT_FALSE(failure.absent) << failure.error.message();
  }
}

} // namespace
} // namespace kvrun::azure
