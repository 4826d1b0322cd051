// SPDX-License-Identifier: MIT
// Paging of a vault's list: key-vault.md §1.4, rules T4, A50.
#include "azure/secret_listing.hpp"
#include "tests/unit/azure/vault_host.hpp"

namespace kvrun::azure {
namespace {

using std::chrono::seconds;

constexpr std::string_view k_first = "/secrets?api-version=7.4&maxresults=25";

FakeReply page(std::string_view items, std::string_view next_link = "null") {
  return reply(200, fmt::format(R"({{"value":[{}],"nextLink":{}}})", items, next_link));
}

std::string item(std::string_view name) {
  return fmt::format(
      R"({{"id":"https://kv1.vault.azure.net/secrets/{}","attributes":{{"enabled":true}}}})", name);
}

struct Listed {
  VaultHost host;
  Milliseconds budget{90'000};

  std::vector<SecretItem> list() {
    host.start = host.transport.now();
    AccessTokens tokens(host.credential, host.transport, nullptr);
    SecretClientOptions options;
    options.wait_for_access = host.wait_for_access;
    options.random = [] { return 0.5; };
    options.unix_time = [] { return std::int64_t{1893369600}; };
    const ListedVault vault{{true, "kv1.vault.azure.net", 443}, "kv1", "https://vault.azure.net"};
    return list_secrets(
        vault, host.transport, tokens, options, Deadline::after(host.start, budget));
  }
  std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const SecretItem& one : list()) {
      names.push_back(one.name);
    }
    return names;
  }
  Error failure() {
    try {
      static_cast<void>(list());
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "it was listed";
    return {ErrorKind::usage, ""};
  }
  [[nodiscard]] std::vector<std::string> targets() const {
    std::vector<std::string> targets;
    for (const SeenRequest& request : host.transport.seen) {
      targets.push_back(request.target);
    }
    return targets;
  }
};

using Names = std::vector<std::string>;

TEST(SecretListing, ReadsWhatTheServiceSaysOfEachSecret) {
  Listed listed;
  listed.host.transport.always(
      "",
      page(R"({"id":"https://kv1.vault.azure.net/secrets/web-tls","managed":true,)"
           R"("contentType":"application/x-pkcs12",)"
           R"("attributes":{"enabled":false,"nbf":100,"exp":200,"created":1}},)" +
           item("plain")));
  const std::vector<SecretItem> items = listed.list();
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[0].name, "web-tls");
  EXPECT_FALSE(items[0].enabled);
  EXPECT_EQ(items[0].not_before, 100);
  EXPECT_EQ(items[0].expires, 200);
  EXPECT_EQ(items[0].content_type, "application/x-pkcs12");
  EXPECT_TRUE(items[0].managed);
  EXPECT_EQ(items[1].name, "plain");
  EXPECT_TRUE(items[1].enabled);
  EXPECT_EQ(items[1].expires, std::nullopt);
  EXPECT_FALSE(items[1].managed);
}

// rules T6
TEST(SecretListing, HoldsNothingThatATerminalOrRunnerObeys) {
  Listed listed;
  listed.host.transport.always(
      "",
      page(R"({"id":"https://kv1.vault.azure.net/secrets/a\n::error::b",)"
           R"("contentType":"\u001b[31m\n##vso[task.complete]","attributes":{}})"));
  const std::vector<SecretItem> items = listed.list();
  ASSERT_EQ(items.size(), 1U);
  for (const std::string& text : {items[0].name, items[0].content_type}) {
    for (const char* sign : {"\n", "::", "##", "\x1b"}) {
      EXPECT_EQ(text.find(sign), std::string::npos) << text;
    }
  }
}

TEST(SecretListing, SendsTheTokenToTheVaultAndNowhereElse) {
  Listed listed;
  listed.host.transport.always("", page(item("a")));
  EXPECT_EQ(listed.names(), Names{"a"});
  ASSERT_EQ(listed.host.transport.seen.size(), 1U);
  EXPECT_EQ(listed.host.transport.seen[0].header("Authorization"), "Bearer token-1");
  EXPECT_EQ(listed.host.transport.seen[0].origin.host, "kv1.vault.azure.net");
  EXPECT_EQ(listed.host.credential.audiences, Names{"https://vault.azure.net"});
}

TEST(SecretListing, FollowsALinkToTheNextPageAsItIs) {
  Listed listed;
  const std::string next = "/secrets?api-version=7.4&$skiptoken=eyJOZXh0TWFya2VyIjoi%2B";
  listed.host.transport.reply(
      k_first, page(item("a"), fmt::format(R"("https://kv1.vault.azure.net:443{}")", next)));
  listed.host.transport.reply("skiptoken", page(item("b"), R"("")"));
  EXPECT_EQ(listed.names(), (Names{"a", "b"}));
  EXPECT_EQ(listed.targets(), (Names{std::string(k_first), next}));
}

TEST(SecretListing, FollowsALinkOfAnEmptyPage) {
  Listed listed;
  listed.host.transport.reply(k_first, page("", R"("https://KV1.vault.azure.net/secrets?p=2")"));
  listed.host.transport.reply("p=2", reply(200, R"({"value":[)" + item("late") + "]}"));
  EXPECT_EQ(listed.names(), Names{"late"});
}

class ForeignLink : public testing::TestWithParam<std::string_view> {};

TEST_P(ForeignLink, GetsNoTokenAndEndsTheList) {
  Listed listed;
  listed.host.transport.reply(k_first, page(item("a"), fmt::format(R"("{}")", GetParam())));
  const Error error = listed.failure();
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_NE(error.message().find("the list goes on at"), std::string::npos) << error.message();
  EXPECT_EQ((error.message() + error.hint()).find("evil"), std::string::npos) << error.message();
  EXPECT_EQ(listed.host.transport.seen.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(,
                         ForeignLink,
                         testing::Values("https://evil.example/secrets?p=2",
                                         "https://kv1.vault.azure.net.evil.example/secrets?p=2",
                                         "https://kv1.vault.azure.net@evil.example/secrets?p=2",
                                         "https://evil.example#@kv1.vault.azure.net/secrets?p=2",
                                         "https://evil.example?kv1.vault.azure.net/secrets",
                                         "https://kv2.vault.azure.net/secrets?p=2",
                                         "https://kv1.vault.azure.net:8443/secrets?p=2",
                                         "http://kv1.vault.azure.net/secrets?p=2",
                                         "//kv1.vault.azure.net/secrets?p=2",
                                         "/secrets?p=2",
                                         "https://kv1.vault.azure.net",
                                         "https://kv1.vault.azure.net/secrets?p=2\\r\\nX: y",
                                         "https://kv1.vault.azure.net/secrets?p=2 HTTP/1.1"));

TEST(SecretListing, StopsWhenALinkComesTwice) {
  Listed listed;
  listed.host.transport.always("", page(item("a"), R"("https://kv1.vault.azure.net/secrets?p=2")"));
  EXPECT_NE(listed.failure().message().find("in a circle"), std::string::npos);
  EXPECT_EQ(listed.host.transport.seen.size(), 2U);
}

TEST(SecretListing, TriesAgainWhenTheVaultIsThrottled) {
  Listed listed;
  listed.host.transport.reply(k_first, reply(429, "", {{"retry-after", "3"}}));
  listed.host.transport.always("", page(item("a")));
  EXPECT_EQ(listed.names(), Names{"a"});
  EXPECT_EQ(listed.host.sent_at(1), seconds(3));
}

TEST(SecretListing, TriesAgainWhenAConnectionBreaks) {
  Listed listed;
  listed.host.transport.reply("", FakeReply::refused_connection());
  listed.host.transport.always("", page(item("a")));
  EXPECT_EQ(listed.names(), Names{"a"});
}

TEST(SecretListing, EndsAtTheDeadline) {
  Listed listed;
  listed.budget = seconds(7);
  listed.host.transport.always("", refusal(503, "ServiceUnavailable"));
  const Error error = listed.failure();
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_NE(error.message().find("503"), std::string::npos) << error.message();
  EXPECT_LE(listed.host.elapsed(), seconds(7));
  EXPECT_GT(listed.host.transport.seen.size(), 2U);
}

TEST(SecretListing, FailsAtOnceWhenItIsToldToWaitPastTheDeadline) {
  Listed listed;
  listed.host.transport.always("", reply(429, "", {{"retry-after", "600"}}));
  EXPECT_NE(listed.failure().message().find("it asks to wait 600 s"), std::string::npos);
  EXPECT_EQ(listed.host.elapsed(), seconds(0));
}

TEST(SecretListing, AsksForOneFreshToken) {
  Listed listed;
  listed.host.transport.reply("", refusal(401, "Unauthorized"));
  listed.host.transport.always("", page(item("a")));
  EXPECT_EQ(listed.names(), Names{"a"});
  EXPECT_EQ(listed.host.transport.seen[1].header("Authorization"), "Bearer token-2");
}

TEST(SecretListing, GivesUpWhenTheFreshTokenIsRefusedToo) {
  Listed listed;
  listed.host.transport.always("", refusal(401, "Unauthorized"));
  EXPECT_EQ(listed.failure().kind(), ErrorKind::refused);
  EXPECT_EQ(listed.host.transport.seen.size(), 2U);
}

TEST(SecretListing, SaysThatItNeedsThePermissionToList) {
  for (const char* code : {"AccessDenied", "ForbiddenByRbac"}) {
    Listed listed;
    listed.host.transport.always("", refusal(403, "Forbidden", "oid=o-1;", code));
    const Error error = listed.failure();
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    EXPECT_NE(error.message().find(code), std::string::npos) << error.message();
    EXPECT_NE(error.hint().find("list"), std::string::npos) << error.hint();
    EXPECT_NE(error.hint().find("o-1"), std::string::npos) << error.hint();
    EXPECT_EQ(listed.host.transport.seen.size(), 1U);
  }
}

TEST(SecretListing, WaitsForAccessWhenItIsTold) {
  Listed listed;
  listed.host.wait_for_access = true;
  listed.host.transport.reply("", refusal(403, "Forbidden", "", "ForbiddenByRbac"));
  listed.host.transport.always("", page(item("a")));
  EXPECT_EQ(listed.names(), Names{"a"});
}

TEST(SecretListing, ReadsAnAnswerThatIsCutShortOnceMore) {
  Listed listed;
  listed.host.transport.reply(k_first, reply(200, R"({"value":[)"));
  listed.host.transport.always("", page(item("a")));
  EXPECT_EQ(listed.names(), Names{"a"});
}

TEST(SecretListing, RefusesWhatIsNoList) {
  for (const char* body : {"<html>", "[]", R"({"value":"s3cret"})", R"({"value":[{"id":"x"}]})"}) {
    Listed listed;
    listed.host.transport.always("", reply(200, body));
    const Error error = listed.failure();
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    EXPECT_EQ(error.message().find("s3cret"), std::string::npos) << error.message();
    EXPECT_EQ(listed.host.transport.seen.size(), 2U) << body;
  }
}

} // namespace
} // namespace kvrun::azure
