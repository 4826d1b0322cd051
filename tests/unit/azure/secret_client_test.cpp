// SPDX-License-Identifier: MIT
// What is sent, and what is sent again: key-vault.md §3.3, §3.7, rules A2, A30, A50.
#include "azure/secret_client.hpp"
#include "tests/unit/azure/vault_host.hpp"

#include <set>

namespace kvrun::azure {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = TransportFailure::Kind;

TEST(SecretRequest, AsksForTheNewestOrAPinnedVersion) {
  VaultHost host;
  host.add("db-password");
  host.add("api-key", "4387e9f3d6e14c459867679a90fd0f79");
  host.transport.always("", secret("v"));
  static_cast<void>(host.fetch());
  ASSERT_EQ(host.transport.seen.size(), 2U);
  EXPECT_EQ(host.transport.seen[0].url,
            "https://kv1.vault.azure.net/secrets/db-password?api-version=7.4");
  EXPECT_EQ(host.transport.seen[1].url,
            "https://kv1.vault.azure.net/secrets/api-key/4387e9f3d6e14c459867679a90fd0f79"
            "?api-version=7.4");
}

// With an h for each hexadecimal digit.
std::string shape_of(std::string text) {
  for (char& c : text) {
    c = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ? 'h' : c;
  }
  return text;
}

TEST(SecretRequest, CarriesTheTokenAndAnIdOfItsOwn) {
  VaultHost host;
  host.add("a");
  host.add("b");
  host.transport.always("", secret("v"));
  static_cast<void>(host.fetch());
  std::set<std::string> ids;
  for (const SeenRequest& request : host.transport.seen) {
    EXPECT_EQ(request.header("Authorization"), "Bearer token-1");
    const std::string id = request.header("x-ms-client-request-id");
    EXPECT_EQ(shape_of(id), "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh") << id;
    EXPECT_EQ(id.substr(14, 1), "4") << id; // the version
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 2U);
}

TEST(Fetch, AsksOnceForEachSecretAndOnceForTheToken) {
  VaultHost host;
  for (const char* name : {"a", "b", "c"}) {
    host.add(name);
    host.transport.always(fmt::format("/secrets/{}?", name), secret(std::string("value-") + name));
  }
  const Fetched fetched = host.fetch();
  EXPECT_EQ(value_of(fetched.results[0]), "value-a");
  EXPECT_EQ(value_of(fetched.results[1]), "value-b");
  EXPECT_EQ(value_of(fetched.results[2]), "value-c");
  EXPECT_EQ(host.transport.seen.size(), 3U);
  EXPECT_EQ(host.credential.audiences, std::vector<std::string>{"https://vault.azure.net"});
}

TEST(Fetch, SendsAllFirstTriesAtOnce) {
  VaultHost host;
  for (int i = 0; i < 20; ++i) {
    host.add(fmt::format("s{}", i));
  }
  host.transport.always("", secret("v", seconds(2)));
  static_cast<void>(host.fetch());
  EXPECT_EQ(host.elapsed(), seconds(2));
}

TEST(Fetch, PreparesConnectionsBeforeItHasAToken) {
  VaultHost host;
  host.add("a");
  host.add("b");
  host.add("c", "", "kv2");
  host.credential.fails_from = 1;
  static_cast<void>(host.fetch());
  ASSERT_EQ(host.transport.prepared.size(), 2U);
  EXPECT_EQ(host.transport.prepared[0].first.host, "kv1.vault.azure.net");
  EXPECT_EQ(host.transport.prepared[0].second, 2U);
  EXPECT_EQ(host.transport.prepared[1].second, 1U);
}

// rules A29
TEST(Fetch, AsksForATokenAnAudience) {
  VaultHost host;
  host.add("a");
  host.add("b");
  host.secrets[1].secret.vault.host = "kv1.vault.azure.cn";
  host.secrets[1].secret.audience = "https://vault.azure.cn";
  host.transport.always("", secret("v"));
  static_cast<void>(host.fetch());
  EXPECT_EQ(host.credential.audiences,
            (std::vector<std::string>{"https://vault.azure.cn", "https://vault.azure.net"}));
  for (const SeenRequest& request : host.transport.seen) {
    const bool china = request.origin.host == "kv1.vault.azure.cn";
    EXPECT_EQ(request.header("Authorization"), china ? "Bearer token-1" : "Bearer token-2");
  }
}

TEST(Fetch, SendsNothingWithoutAToken) {
  VaultHost host;
  host.add("a");
  host.credential.fails_from = 1;
  const Fetched fetched = host.fetch();
  ASSERT_EQ(fetched.token_errors.size(), 1U);
  EXPECT_EQ(fetched.token_errors[0].message(), "no identity");
  EXPECT_FALSE(fetched.results[0].has_value());
  EXPECT_TRUE(host.transport.seen.empty());
}

TEST(Fetch, OfNothingAsksNothing) {
  VaultHost host;
  EXPECT_TRUE(host.fetch().results.empty());
  EXPECT_TRUE(host.credential.audiences.empty());
}

// ---- the retry matrix

struct Matrix {
  const char* what;
  FakeReply first;
  bool again;
};

TEST(Retry, FollowsTheMatrix) {
  const std::vector<Matrix> rows{
      {"408", reply(408), true},
      {"429", refusal(429, "Throttled"), true},
      {"500", refusal(500, "InternalServerError"), true},
      {"502", reply(502), true},
      {"503", reply(503, "<h2>not available</h2>"), true},
      {"504", reply(504), true},
      {"501", reply(501), false},
      {"AKV10046", refusal(401, "Unauthorized", "AKV10046: no key"), true},
      {"AKV10000", refusal(401, "Unauthorized", "AKV10000: Request is missing"), false},
      {"AKV10022", refusal(401, "Unauthorized", "AKV10022: Invalid audience."), false},
      {"AKV10032", refusal(401, "Unauthorized", "AKV10032: Invalid issuer."), false},
      {"400", refusal(400, "BadParameter"), false},
      {"403 rbac", refusal(403, "Forbidden", "", "ForbiddenByRbac"), false},
      {"403 firewall", refusal(403, "Forbidden", "", "ForbiddenByFirewall"), false},
      {"403 disabled", refusal(403, "Forbidden", "", "SecretDisabled"), false},
      {"404", refusal(404, "SecretNotFound"), false},
      {"302", reply(302, "", {{"location", "https://evil.example/"}}), false},
      {"reset", FakeReply::failed(Kind::unreachable, "reset"), true},
      {"refused", FakeReply::refused_connection(), true},
      {"no such host", FakeReply::failed(Kind::no_such_host, "no name"), false},
      {"certificate", FakeReply::failed(Kind::certificate, "bad"), false},
      {"tls", FakeReply::failed(Kind::tls, "alert"), false},
      {"protocol", FakeReply::failed(Kind::protocol, "no HTTP"), false},
      {"proxy", FakeReply::failed(Kind::proxy, "407"), false},
      {"unparsable", reply(200, "<html>"), true},
      {"no value", reply(200, R"({"id":"x"})"), false},
  };
  for (const Matrix& row : rows) {
    SCOPED_TRACE(row.what);
    VaultHost host;
    host.add("a");
    host.transport.reply("", row.first);
    host.transport.always("", secret("at last"));
    const Fetched fetched = host.fetch();
    EXPECT_EQ(host.transport.seen.size(), row.again ? 2U : 1U);
    if (row.again) {
      EXPECT_EQ(value_of(fetched.results[0]), "at last");
    } else {
      EXPECT_NE(failure_of(fetched.results[0]).error.kind(), ErrorKind::unavailable);
    }
    EXPECT_EQ(host.credential.audiences.size(), 1U);
  }
}

TEST(Retry, BacksOffLongerEachTimeWithJitter) {
  VaultHost host;
  host.add("a");
  for (int i = 0; i < 4; ++i) {
    host.transport.reply("", refusal(429, "Throttled"));
  }
  host.transport.always("", secret("v"));
  EXPECT_EQ(value_of(host.fetch().results[0]), "v");
  EXPECT_EQ(host.sent_at(1), milliseconds(500));
  EXPECT_EQ(host.sent_at(2), milliseconds(1500));
  EXPECT_EQ(host.sent_at(3), milliseconds(3500));
  EXPECT_EQ(host.sent_at(4), milliseconds(7500));
}

// rules A50
TEST(Retry, WaitsAsLongAsTheAnswerAsks) {
  struct Form {
    std::vector<std::pair<std::string, std::string>> headers;
    Milliseconds wait;
  };
  const std::vector<Form> forms{
      {{{"retry-after", "7"}}, seconds(7)},
      {{{"retry-after-ms", "1250"}, {"retry-after", "7"}}, milliseconds(1250)},
      {{{"x-ms-retry-after-ms", "1500"}}, milliseconds(1500)},
      {{{"retry-after", "Mon, 31 Dec 2029 00:00:09 GMT"}}, seconds(9)},
      {{{"retry-after", "Mon, 31 Dec 2029 00:00:09 GMT"},
        {"date", "Mon, 31 Dec 2029 00:00:05 GMT"}},
       seconds(4)},
      {{{"retry-after", "soon"}}, milliseconds(500)},
  };
  for (const Form& form : forms) {
    VaultHost host;
    host.add("a");
    host.transport.reply("", reply(429, "", form.headers));
    host.transport.always("", secret("v"));
    EXPECT_EQ(value_of(host.fetch().results[0]), "v");
    EXPECT_EQ(host.sent_at(1), form.wait);
  }
}

TEST(Retry, EndsAtOnceWhenAskedToWaitPastTheDeadline) {
  VaultHost host;
  host.add("a");
  host.budget = seconds(30);
  host.transport.always("", reply(429, "", {{"retry-after", "120"}}));
  const FetchFailure failure = failure_of(host.fetch().results[0]);
  EXPECT_EQ(failure.error.kind(), ErrorKind::unavailable);
  EXPECT_EQ(failure.error.message(), "kv1/a: 429; it asks to wait 120 s, and 30 s are left");
  EXPECT_EQ(host.elapsed(), seconds(0));
}

// A fleet of launches asks a launch at a time, not a secret at a time: docs/performance.md.
TEST(Retry, AsksAThrottlingVaultForOneSecretAndForAllWhenItIsLetThrough) {
  VaultHost host;
  for (const char* name : {"a", "b", "c"}) {
    host.add(name);
  }
  for (int i = 0; i < 4; ++i) {
    host.transport.reply("", refusal(429, "Throttled"));
  }
  host.transport.always("", secret("v", milliseconds(100)));
  const Fetched fetched = host.fetch();
  for (const auto& result : fetched.results) {
    EXPECT_EQ(value_of(result), "v");
  }
  ASSERT_EQ(host.transport.seen.size(), 7U);
  EXPECT_EQ(host.sent_at(3), milliseconds(500));
  EXPECT_EQ(host.sent_at(4), milliseconds(1500));
  EXPECT_EQ(host.sent_at(5), milliseconds(1600));
  EXPECT_EQ(host.sent_at(6), milliseconds(1600));
}

TEST(Retry, HoldsNoOtherVaultBackThanTheOneThatThrottles) {
  VaultHost host;
  host.add("a");
  host.add("b", "", "kv2");
  host.transport.reply("kv1", refusal(429, "Throttled"));
  host.transport.reply("kv2", reply(503));
  host.transport.always("", secret("v"));
  static_cast<void>(host.fetch());
  ASSERT_EQ(host.transport.seen.size(), 4U);
  EXPECT_EQ(host.sent_at(2), milliseconds(500));
  EXPECT_EQ(host.sent_at(3), milliseconds(500));
}

TEST(Retry, GoesOnUntilTheDeadlineAndTellsTheLastAnswer) {
  VaultHost host;
  host.add("a");
  host.transport.always("", refusal(429, "Throttled"));
  const FetchFailure failure = failure_of(host.fetch().results[0]);
  EXPECT_EQ(failure.error.kind(), ErrorKind::unavailable);
  EXPECT_EQ(failure.error.message(), "kv1/a: 429 Throttled; out of time after 90 s");
  EXPECT_NE(failure.error.hint(), "");
  EXPECT_EQ(host.elapsed(), seconds(90));
  EXPECT_GT(host.transport.seen.size(), 8U);
}

TEST(Retry, TellsOfSilenceAtTheDeadline) {
  VaultHost host;
  host.add("a");
  host.budget = seconds(3);
  host.transport.always("", FakeReply::silence());
  const FetchFailure failure = failure_of(host.fetch().results[0]);
  EXPECT_EQ(failure.error.kind(), ErrorKind::unavailable);
  EXPECT_EQ(failure.error.message(),
            "kv1/a: no answer from kv1.vault.azure.net; out of time after 3 s");
  EXPECT_EQ(host.transport.cancelled.size(), 1U);
}

TEST(Retry, ReadsAnAnswerThatCannotBeReadOnceMore) {
  VaultHost host;
  host.add("a");
  host.transport.always("", reply(200, "<html><body>Sign in to Wi-Fi</body></html>"));
  const FetchFailure failure = failure_of(host.fetch().results[0]);
  EXPECT_EQ(failure.error.kind(), ErrorKind::refused);
  EXPECT_NE(failure.error.message().find("not Key Vault's"), std::string::npos);
  EXPECT_EQ(failure.error.message().find("Wi-Fi"), std::string::npos);
  EXPECT_EQ(host.transport.seen.size(), 2U);
}

// ---- 401

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

// ---- once something is refused

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
  host.add("a");
  host.add("b");
  host.secrets[0].secret.audience = "https://a.audience";
  host.secrets[1].secret.audience = "https://b.audience";
  host.credential.fails_from = 2;
  host.transport.always("", secret("v"));
  const Fetched fetched = host.fetch();
  EXPECT_EQ(fetched.token_errors.size(), 1U);
  EXPECT_EQ(value_of(fetched.results[0]), "v");
  EXPECT_FALSE(fetched.results[1].has_value());
}

// ---- absent

TEST(Absent, IsA404OfKeyVaultsAndNoRefusalWhereItIsAllowed) {
  VaultHost host;
  host.add("a");
  host.add("b");
  host.secrets[0].may_be_absent = true;
  host.transport.always("/secrets/a?", refusal(404, "SecretNotFound"));
  host.transport.reply("/secrets/b?", refusal(429, "Throttled"));
  host.transport.always("/secrets/b?", secret("v"));
  const Fetched fetched = host.fetch();
  EXPECT_TRUE(failure_of(fetched.results[0]).absent);
  EXPECT_EQ(value_of(fetched.results[1]), "v");
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

TEST(Absent, IsNeverARefusal) {
  for (const char* inner : {"ForbiddenByRbac", "SecretDisabled", "ForbiddenByFirewall"}) {
    VaultHost host;
    host.add("a");
    host.secrets[0].may_be_absent = true;
    host.transport.always("", refusal(403, "Forbidden", "", inner));
    EXPECT_FALSE(failure_of(host.fetch().results[0]).absent) << inner;
  }
}

// ---- --wait-for-access

TEST(WaitForAccess, TriesAgainUntilTheRoleIsThere) {
  for (const char* inner : {"ForbiddenByRbac", "AccessDenied", "ForbiddenByPolicy"}) {
    VaultHost host;
    host.wait_for_access = true;
    host.add("a");
    for (int i = 0; i < 3; ++i) {
      host.transport.reply("", refusal(403, "Forbidden", "", inner));
    }
    host.transport.always("", secret("v"));
    EXPECT_EQ(value_of(host.fetch().results[0]), "v") << inner;
  }
}

TEST(WaitForAccess, WaitsForNothingElse) {
  for (const char* inner : {"ForbiddenByFirewall", "ForbiddenByConnection", "SecretDisabled", ""}) {
    VaultHost host;
    host.wait_for_access = true;
    host.add("a");
    host.transport.always("", refusal(403, "Forbidden", "", inner));
    EXPECT_EQ(failure_of(host.fetch().results[0]).error.kind(), ErrorKind::refused) << inner;
    EXPECT_EQ(host.transport.seen.size(), 1U) << inner;
  }
}

TEST(WaitForAccess, EndsAsARefusal) {
  VaultHost host;
  host.wait_for_access = true;
  host.budget = seconds(20);
  host.add("a");
  host.transport.always("", refusal(403, "Forbidden", "", "ForbiddenByRbac"));
  const FetchFailure failure = failure_of(host.fetch().results[0]);
  EXPECT_EQ(failure.error.kind(), ErrorKind::refused);
  EXPECT_EQ(failure.error.message(), "kv1/a: 403 ForbiddenByRbac; out of time after 20 s");
  EXPECT_EQ(host.elapsed(), seconds(20));
}

} // namespace
} // namespace kvrun::azure
