// SPDX-License-Identifier: MIT
// What is sent again, and when: key-vault.md §3.7, rules A50.
#include "azure/secret_client.hpp"
#include "tests/unit/azure/vault_host.hpp"

#include <string>
#include <vector>

namespace kvrun::azure {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Kind = TransportFailure::Kind;

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
