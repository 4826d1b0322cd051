// SPDX-License-Identifier: MIT
// What is sent: rules A2, A30.
#include "azure/secret_client.hpp"
#include "tests/unit/azure/vault_host.hpp"

#include <set>
#include <string>
#include <vector>

namespace kvrun::azure {
namespace {

using std::chrono::seconds;

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

} // namespace
} // namespace kvrun::azure
