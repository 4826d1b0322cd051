// SPDX-License-Identifier: MIT
#include "base/json.hpp"
#include "emulator/key_vault.hpp"
#include "support.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace kvrun::emulator {
namespace {

using KeyVaultTest = KeyVaultFixture;

std::vector<std::string> ids_of(const Answer& answer) {
  std::vector<std::string> ids;
  const json::Document document = json::Document::parse(answer.body);
  for (const json::Value& item : document.root().find("value")->items) {
    const std::string_view id = item.string("id");
    ids.emplace_back(id.substr(id.rfind('/') + 1));
  }
  return ids;
}

std::string next_link_of(const Answer& answer) {
  const json::Document document = json::Document::parse(answer.body);
  return std::string(document.root().string("nextLink"));
}

TEST_F(KeyVaultTest, ComparesNamesWithoutCaseAndKeepsTheOneOfTheCreation) {
  put("Db-Password", R"({"value":"x"})");
  for (const char* target : {"/secrets/DB-PASSWORD", "/Secrets/db-password"}) {
    const Answer answer = ask(fmt::format("GET {}?api-version=7.4", target));
    EXPECT_EQ(answer.status, 200) << target;
    EXPECT_NE(answer.body.find("/secrets/Db-Password/"), std::string::npos);
  }
}

TEST_F(KeyVaultTest, KnowsEveryApiVersionThatAClientSends) {
  put("a", R"({"value":"x"})");
  for (const char* version : {"7.0",
                              "7.1",
                              "7.2",
                              "7.3",
                              "7.4",
                              "7.5",
                              "7.6-preview.2",
                              "7.6",
                              "2016-10-01",
                              "2025-07-01",
                              "2026-03-01-preview",
                              "2026-04-01"}) {
    EXPECT_EQ(ask(fmt::format("GET /secrets/a?api-version={}", version)).status, 200) << version;
    EXPECT_EQ(ask(fmt::format("GET /secrets/a?api%2Dversion={}", version)).status, 200) << version;
  }
  EXPECT_EQ(ask("GET /secrets/a").status, 400);
}

TEST_F(KeyVaultTest, ListsTwentyFiveAPageAndGoesOnWithTheLink) {
  for (int i = 0; i < 30; ++i) {
    put(fmt::format("s{:02}", i), R"({"value":"hidden"})");
  }
  const Answer first = ask("GET /secrets?api-version=7.4");
  EXPECT_EQ(ids_of(first).size(), 25U);
  EXPECT_EQ(first.body.find("hidden"), std::string::npos);
  const std::string link = next_link_of(first);
  const std::string_view front =
      "https://kv1.vault.azure.net:443/secrets?api-version=7.4&$skiptoken=";
  ASSERT_TRUE(link.starts_with(front)) << link;
  const Answer second = ask("GET " + link.substr(link.find("/secrets?")));
  EXPECT_EQ(ids_of(second), (std::vector<std::string>{"s25", "s26", "s27", "s28", "s29"}));
  EXPECT_NE(second.body.find(R"("nextLink":null)"), std::string::npos);
}

TEST_F(KeyVaultTest, TakesTheEncodedSkipTokenAndKeepsThePageSize) {
  for (const char* name : {"a", "b", "c"}) {
    put(name, R"({"value":"x"})");
  }
  std::string link = next_link_of(ask("GET /secrets?api-version=7.4&maxresults=1"));
  ASSERT_TRUE(link.ends_with("&maxresults=1")) << link;
  link.replace(link.find('$'), 1, "%24");
  const Answer second = ask("GET " + link.substr(link.find("/secrets?")));
  EXPECT_EQ(ids_of(second), std::vector<std::string>{"b"});
  EXPECT_NE(next_link_of(second), "");
}

TEST_F(KeyVaultTest, PagesVersionsToo) {
  for (int i = 0; i < 3; ++i) {
    put("a", R"({"value":"x"})");
  }
  std::string link = next_link_of(ask("GET /secrets/a/versions?api-version=7.4&maxresults=2"));
  ASSERT_NE(link.find(":443/secrets/a/versions?"), std::string::npos) << link;
  const Answer second = ask("GET " + link.substr(link.find("/secrets/a")));
  EXPECT_EQ(ids_of(second).size(), 1U);
  EXPECT_EQ(next_link_of(second), "");
}

TEST_F(KeyVaultTest, RefusesAPageThatTheServiceDoesNotHave) {
  for (const char* bad : {"maxresults=0",
                          "maxresults=26",
                          "maxresults=x",
                          "$skiptoken=garbage",
                          "$skiptoken=e30",
                          "$skiptoken=!"}) {
    EXPECT_EQ(ask(fmt::format("GET /secrets?api-version=7.4&{}", bad)).status, 400) << bad;
  }
}

TEST_F(KeyVaultTest, ListsNoDeletedSecretAndOnlyThoseAmongTheDeleted) {
  put("kept", R"({"value":"x"})");
  put("gone", R"({"value":"x"})");
  ASSERT_EQ(ask("DELETE /secrets/gone?api-version=7.4").status, 200);
  EXPECT_EQ(ids_of(ask("GET /secrets?api-version=7.4")), std::vector<std::string>{"kept"});
  EXPECT_EQ(ids_of(ask("GET /deletedsecrets?api-version=7.4")), std::vector<std::string>{});
  clock_.advance(seed_.propagation);
  const Answer deleted = ask("GET /deletedsecrets?api-version=7.4");
  EXPECT_EQ(ids_of(deleted), std::vector<std::string>{"gone"});
  EXPECT_TRUE(deleted.body.starts_with(
      R"({"value":[{"recoveryId":"https://kv1.vault.azure.net/deletedsecrets/gone","deletedDate":)"));
}

TEST_F(KeyVaultTest, LetsClientsPollForADeleteAndARecover) {
  put("a", R"({"value":"x"})");
  ASSERT_EQ(ask("DELETE /secrets/a?api-version=7.4").status, 200);
  EXPECT_EQ(ask("GET /secrets/a?api-version=7.4").status, 404);
  EXPECT_EQ(ask("GET /deletedsecrets/a?api-version=7.4").status, 404);
  EXPECT_EQ(ask("POST /deletedsecrets/a/recover?api-version=7.4").status, 409);
  EXPECT_EQ(ask("DELETE /deletedsecrets/a?api-version=7.4").status, 409);
  clock_.advance(seed_.propagation);
  EXPECT_EQ(ask("GET /deletedsecrets/a?api-version=7.4").status, 200);
  EXPECT_EQ(ask("POST /deletedsecrets/a/recover?api-version=7.4").status, 200);
  EXPECT_EQ(ask("GET /secrets/a?api-version=7.4").status, 404);
  EXPECT_EQ(ask("PUT /secrets/a?api-version=7.4", R"({"value":"y"})").status, 409);
  clock_.advance(seed_.propagation);
  EXPECT_EQ(ask("GET /secrets/a?api-version=7.4").status, 200);
}

TEST_F(KeyVaultTest, GivesANameBackAfterThePurge) {
  put("a", R"({"value":"x"})");
  ASSERT_EQ(ask("DELETE /secrets/a?api-version=7.4").status, 200);
  clock_.advance(seed_.propagation);
  ASSERT_EQ(ask("DELETE /deletedsecrets/a?api-version=7.4").status, 204);
  EXPECT_EQ(ask("GET /deletedsecrets/a?api-version=7.4").status, 404);
  EXPECT_EQ(ask("PUT /secrets/a?api-version=7.4", R"({"value":"y"})").status, 200);
}

TEST_F(KeyVaultTest, RestoresABackupWithAllItsVersions) {
  put("a", R"({"value":"one \"quoted\" ü"})", std::string(32, '1'));
  put("a", R"({"value":"two","tags":{"t":"v"},"contentType":"text/plain"})", std::string(32, '2'));
  const Answer backup = ask("POST /secrets/a/backup?api-version=7.4");
  ASSERT_EQ(backup.status, 200);
  EXPECT_EQ(ask("POST /secrets/restore?api-version=7.4", backup.body).status, 409);
  ASSERT_EQ(ask("DELETE /secrets/a?api-version=7.4").status, 200);
  clock_.advance(seed_.propagation);
  ASSERT_EQ(ask("DELETE /deletedsecrets/a?api-version=7.4").status, 204);
  const Answer restored = ask("POST /secrets/restore?api-version=7.4", backup.body);
  EXPECT_EQ(restored.status, 200);
  EXPECT_EQ(restored.body.find("\"value\""), std::string::npos);
  const std::string first = "GET /secrets/a/" + std::string(32, '1') + "?api-version=7.4";
  EXPECT_NE(ask(first).body.find(R"("value":"one \"quoted\" ü")"), std::string::npos);
  EXPECT_NE(ask("GET /secrets/a?api-version=7.4").body.find(R"("tags":{"t":"v"})"),
            std::string::npos);
}

TEST_F(KeyVaultTest, RefusesBodiesThatTheServiceWouldNotTake) {
  const std::vector<std::string> bad{
      "",
      "{",
      "[]",
      "{}",
      R"({"value":1})",
      R"({"value":null})",
      R"({"value":"x","attributes":1})",
      R"({"value":"x","attributes":{"exp":"soon"}})",
      R"({"value":"x","attributes":{"nbf":1.5}})",
      R"({"value":"x","attributes":{"enabled":"no"}})",
      R"({"value":"x","tags":{"a":1}})",
      fmt::format(R"({{"value":"x","contentType":"{}"}})", std::string(256, 'c'))};
  for (const std::string& body : bad) {
    EXPECT_EQ(ask("PUT /secrets/a?api-version=7.4", body).status, 400) << body;
  }
  EXPECT_EQ(ask("POST /secrets/restore?api-version=7.4", R"({"value":"bm90IG9uZQ"})").status, 400);
  EXPECT_EQ(ask("GET /secrets/a?api-version=7.4").status, 404);
}

TEST_F(KeyVaultTest, NeverChangesTheValueOfAVersion) {
  put("a", R"({"value":"first"})");
  const Answer updated =
      ask("PATCH /secrets/a?api-version=7.4", R"({"value":"second","contentType":"text/plain"})");
  EXPECT_EQ(updated.status, 200);
  const Answer read = ask("GET /secrets/a?api-version=7.4");
  EXPECT_NE(read.body.find(R"("value":"first","contentType":"text/plain")"), std::string::npos);
}

TEST_F(KeyVaultTest, RefusesTokensThatItDidNotIssue) {
  const std::string own = issuer_.access_token("https://vault.azure.net", 60);
  const TokenIssuer other(Principal(), clock_.clock());
  for (const std::string& token : {std::string("x"),
                                   std::string("eyJhbGciOiJub25lIn0.e30.c2ln"),
                                   own.substr(1),
                                   own + "x",
                                   other.access_token("https://vault.azure.net", 60),
                                   issuer_.assertion("i", "s", "https://vault.azure.net", 60)}) {
    EXPECT_EQ(ask_as(token, "GET /secrets/a?api-version=7.4").status, 401);
  }
}

TEST_F(KeyVaultTest, TellsTheAnonymousCallerBeforeAnythingElse) {
  for (const char* line :
       {"GET /secrets/my_secret?api-version=7.9", "PUT /secrets/a", "GET /nowhere"}) {
    EXPECT_EQ(ask_anonymously(line).status, 401) << line;
  }
}

TEST_F(KeyVaultTest, AnswersWhatItDoesNotKnow) {
  EXPECT_EQ(ask("GET /keys/a?api-version=7.4").status, 404);
  EXPECT_EQ(ask("GET /secrets/a/b/c?api-version=7.4").status, 404);
  EXPECT_EQ(ask("POST /secrets?api-version=7.4").status, 405);
  EXPECT_EQ(ask("GET /secrets/%FF%FE?api-version=7.4").status, 400);
  EXPECT_EQ(ask("GET /secrets/a/%FF?api-version=7.4").status, 400);
  EXPECT_EQ(ask("DELETE /secrets/nosuch?api-version=7.4").status, 404);
}

class LimitedVault : public KeyVaultFixture {
protected:
  LimitedVault() : KeyVaultFixture("limit: { reads: 2, per: 10s }") {}
};

TEST_F(LimitedVault, ThrottlesReadsAndNoWrites) {
  put("a", R"({"value":"x"})");
  const std::string_view get = "GET /secrets/a?api-version=7.4";
  EXPECT_EQ(ask(get).status, 200);
  EXPECT_EQ(ask(get).status, 200);
  const Answer throttled = ask(get);
  EXPECT_EQ(throttled.status, 429);
  EXPECT_TRUE(head_of(throttled).starts_with("HTTP/1.1 429 \r\n"));
  EXPECT_EQ(header_of(throttled, "Retry-After"), "");
  put("a", R"({"value":"y"})");
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(ask(get).status, 200);
}

class SeededVault : public KeyVaultFixture {
protected:
  SeededVault()
      : KeyVaultFixture("vaults:\n"
                        "  kv1:\n"
                        "    plain: text\n"
                        "    full: { value: newest, versions: [oldest, middle] }\n"
                        "  kv2.vault.azure.cn: { a: x }\n") {}
};

TEST_F(SeededVault, HoldsWhatTheSeedSaysInOrderOfAge) {
  EXPECT_NE(ask("GET /secrets/full?api-version=7.4").body.find("newest"), std::string::npos);
  const std::string body = ask("GET /secrets/full/versions?api-version=7.4").body;
  const auto newest = body.find(fmt::format("\"created\":{}", k_start));
  const auto oldest = body.find(fmt::format("\"created\":{}", k_start - 2));
  EXPECT_LT(newest, oldest);
  EXPECT_NE(oldest, std::string::npos);
}

TEST_F(SeededVault, GivesSeededVersionsTheSameNameInEveryRun) {
  // Documents and configs pin it.
  const std::string id = "ed706cd3a93de18a48329cf5a1a1a6c4";
  EXPECT_EQ(ask("GET /secrets/plain/" + id + "?api-version=7.4").status, 200);
}

TEST_F(SeededVault, HasAVaultOfThatNameInEveryCloudAndAHostOnlyInItsOwn) {
  for (const char* host : {"kv1.vault.azure.net",
                           "kv1.vault.azure.cn",
                           "kv1.vault.usgovcloudapi.net",
                           "kv2.vault.azure.cn"}) {
    EXPECT_TRUE(vault_.exists(*vault_address(host))) << host;
  }
  EXPECT_FALSE(vault_.exists(*vault_address("kv2.vault.azure.net")));
  EXPECT_FALSE(vault_.exists(*vault_address("kv3.vault.azure.net")));
}

TEST_F(SeededVault, WantsTheAudienceOfItsCloud) {
  const VaultAddress china = *vault_address("kv1.vault.azure.cn");
  const auto status = [&](std::string_view audience) {
    const std::string token = issuer_.access_token(audience, 60);
    return vault_
        .answer(make_request("GET /secrets/plain?api-version=7.4",
                             {{"Authorization", "Bearer " + token}}),
                china)
        .status;
  };
  EXPECT_EQ(status("https://vault.azure.cn"), 200);
  EXPECT_EQ(status("https://vault.azure.net"), 401);
}

} // namespace
} // namespace kvrun::emulator
