// SPDX-License-Identifier: MIT
// Which host may get a token: rules T2, A46, design.md §5.
#include "launcher/vault_host.hpp"
#include "tests/unit/launcher/call.hpp"

namespace kvrun::launcher {
namespace {

Vault resolved(std::string_view text,
               const Texts& trusted = {},
               std::string_view cloud = "public") {
  std::vector<TrustedHost> hosts;
  for (const std::string& host : trusted) {
    hosts.push_back(parse_trusted_host(host));
  }
  return resolve_vault(text, *azure::find_cloud(cloud), hosts);
}

std::string
authority(std::string_view text, const Texts& trusted = {}, std::string_view cloud = "public") {
  return resolved(text, trusted, cloud).origin.authority();
}

std::string refused(std::string_view text, const Texts& trusted = {}) {
  try {
    const Vault vault = resolved(text, trusted);
    ADD_FAILURE() << "'" << text << "' may get a token as " << vault.origin.authority();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.message() + " (" + error.hint() + ")";
  }
  return {};
}

TEST(VaultHost, TakesANameAHostOrAUrl) {
  for (const char* text : {"contoso-prod",
                           "Contoso-PROD",
                           "contoso-prod.vault.azure.net",
                           "CONTOSO-prod.Vault.Azure.NET",
                           "https://contoso-prod.vault.azure.net",
                           "https://contoso-prod.vault.azure.net/",
                           "https://contoso-prod.vault.azure.net:443/",
                           "contoso-prod.vault.azure.net:443"}) {
    const Vault vault = resolved(text);
    EXPECT_EQ(vault.origin.authority(), "contoso-prod.vault.azure.net") << text;
    EXPECT_TRUE(vault.origin.tls);
    EXPECT_EQ(vault.label, "contoso-prod");
    EXPECT_EQ(vault.audience, "https://vault.azure.net");
  }
}

TEST(VaultHost, OfANameIsInItsCloud) {
  EXPECT_EQ(authority("kv1", {}, "china"), "kv1.vault.azure.cn");
  EXPECT_EQ(authority("kv1", {}, "usgov"), "kv1.vault.usgovcloudapi.net");
  EXPECT_EQ(resolved("kv1", {}, "usgov").audience, "https://vault.usgovcloudapi.net");
}

// rules T3, A29: the audience is the host's own cloud's.
TEST(VaultHost, KeepsItsOwnCloudsAudience) {
  EXPECT_EQ(resolved("kv1.vault.azure.cn").audience, "https://vault.azure.cn");
  EXPECT_EQ(resolved("https://kv1.vault.azure.net", {}, "china").audience,
            "https://vault.azure.net");
}

TEST(VaultHost, RefusesWhatIsNotStrictlyInsideASuffix) {
  for (const char* host : {"evilvault.azure.net",
                           "vault.azure.net",
                           "xvault.azure.net",
                           "kv1.vault.azure.net.evil.example",
                           "kv1.vault.azure.net.",
                           "kv1.vault.azure.net..",
                           "kv1..vault.azure.net",
                           ".vault.azure.net",
                           "kv1.vault.azure.neT.x",
                           "kv1.vault.azure.network",
                           "kv1.vault-azure.net",
                           "kv1.azure.net",
                           "kv1.managedhsm.azure.net",
                           "127.0.0.1",
                           "127.1",
                           "0x7f000001.example",
                           "[::1]",
                           "::1",
                           "localhost.localdomain",
                           "user@kv1.vault.azure.net",
                           "kv1.vault.azure.net@evil.example",
                           "kv1.vault.azure.net:8443",
                           "kv1.vault.azure.net:0",
                           "kv1.vault.azure.net:",
                           "kv1.vault.azure.net:443x",
                           "kv1.vault.azure.net/secrets",
                           "kv1.vault.azure.net#",
                           "kv1.vault.azure.net?x",
                           "kv1%2evault.azure.net",
                           "kv1.vault.azure.net\\@evil.example",
                           "kv1.vault.azure.net\n.evil.example",
                           "kv1 .vault.azure.net",
                           "kv_1.vault.azure.net",
                           "k\xc3\xb6.vault.azure.net",
                           "kv1\xe3\x80\x82vault.azure.net"}) {
    refused(host);
    refused(std::string("https://") + host);
  }
}

TEST(VaultHost, RefusesWhatIsNoVaultAtAll) {
  for (const char* text : {"",
                           "ab",
                           "a-name-of-more-than-24-characters",
                           "http://kv1.vault.azure.net",
                           "HTTPS://kv1.vault.azure.net",
                           "https://",
                           "https:///",
                           "https://kv1.vault.azure.net//",
                           "https://u:p@kv1.vault.azure.net",
                           "kv://kv1",
                           "a/b",
                           "a b"}) {
    refused(text);
  }
}

TEST(VaultHost, IsRefusedWithoutShowingWhatWasWritten) {
  expect_lacks(refused("https://user:hunter2@kv1.vault.azure.net"), "hunter2");
  expect_lacks(refused("hunter2 hunter2"), "hunter2");
}

TEST(VaultHost, OfTheCallersIsTrustedByNameAndPort) {
  EXPECT_EQ(authority("localhost:8443", {"localhost:8443"}), "localhost:8443");
  EXPECT_EQ(authority("https://vault.corp.example/", {"Vault.Corp.Example"}), "vault.corp.example");
  EXPECT_EQ(authority("kv1.vault.azure.net:8443", {"kv1.vault.azure.net:8443"}),
            "kv1.vault.azure.net:8443");
  EXPECT_EQ(authority("[::1]:8443", {"[::1]:8443"}), "[::1]:8443");
  expect_holds(refused("localhost:8444", {"localhost:8443"}), "--trust-host localhost:8444");
  refused("localhost.example", {"localhost:8443"});
  expect_holds(refused("https://kv1", {}), "'kv1' is https://kv1.vault.azure.net");
  refused("a.vault.corp.example", {"vault.corp.example"});
}

TEST(VaultHost, OfTheCallersHasTheAudienceThatWasGiven) {
  EXPECT_EQ(resolved("localhost:8443", {"localhost:8443"}).audience, "https://vault.azure.net");
  EXPECT_EQ(resolved("localhost:8443", {"localhost:8443=china"}).audience,
            "https://vault.azure.cn");
  EXPECT_EQ(resolved("localhost:8443", {"localhost:8443=https://my.audience"}).audience,
            "https://my.audience");
  EXPECT_EQ(resolved("localhost:8443", {"localhost:8443"}, "usgov").audience,
            "https://vault.usgovcloudapi.net");
}

TEST(VaultHost, OfTheCallersHasItsHostForALabel) {
  EXPECT_EQ(resolved("localhost:8443", {"localhost:8443"}).label, "localhost:8443");
}

TEST(TrustedHost, IsRefusedWhereItIsNone) {
  for (const char* text : {"",
                           "=public",
                           "host:0",
                           "host:x",
                           "host:",
                           "https://host",
                           "u@host",
                           "host/path",
                           "*.example",
                           "host.",
                           "[::1",
                           "[host]",
                           "host=",
                           "host=mars",
                           "host=http://a.example",
                           "host=https://",
                           "host=https://a.example/path",
                           "host=https://u@a.example"}) {
    try {
      static_cast<void>(parse_trusted_host(text));
      ADD_FAILURE() << text << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
  }
}

} // namespace
} // namespace kvrun::launcher
