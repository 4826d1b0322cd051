// SPDX-License-Identifier: MIT
#include "config/secret_reference.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace kvrun::config {
namespace {

constexpr std::string_view k_version = "4387e9f3d6e14c459867679a90fd0f79";

std::string version_of(std::string_view before, std::string_view after = {}) {
  return std::string(before) + std::string(k_version) + std::string(after);
}

// "" when the text is a reference.
std::string message_for(std::string_view text) {
  try {
    static_cast<void>(parse_reference(text));
    return {};
  } catch (const ReferenceError& error) {
    return error.what();
  }
}

std::string hint_for(std::string_view text) {
  try {
    static_cast<void>(parse_reference(text));
    return "it is a reference";
  } catch (const ReferenceError& error) {
    return error.hint();
  }
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST(SecretReference, IsANameInTheDefaultVault) {
  EXPECT_EQ(parse_reference("db-password"), (SecretReference{"", "db-password", "", "", false}));
}

TEST(SecretReference, KeepsThePinnedVersion) {
  EXPECT_EQ(parse_reference(version_of("api-key/")),
            (SecretReference{"", "api-key", std::string(k_version), "", false}));
  EXPECT_EQ(parse_reference("a/4387E9F3D6E14C459867679A90FD0F79").version,
            "4387E9F3D6E14C459867679A90FD0F79");
}

TEST(SecretReference, KeepsThePointerAsItIsWritten) {
  EXPECT_EQ(parse_reference("cache#/primary/key").pointer, "/primary/key");
  EXPECT_EQ(parse_reference(version_of("a/", "#/x")).pointer, "/x");
  for (const std::string_view pointer : {"/",
                                         "//",
                                         "/a~1b",
                                         "/m~0n",
                                         "/~01",
                                         "/sp ace",
                                         "/\xC3\xBC",
                                         "/a%20b",
                                         "/a#b",
                                         "/a?b",
                                         "/-"}) {
    EXPECT_EQ(parse_reference("a#" + std::string(pointer)).pointer, pointer);
  }
}

TEST(SecretReference, NamesAnotherVault) {
  EXPECT_EQ(parse_reference("kv://contoso-shared/smtp"),
            (SecretReference{"contoso-shared", "smtp", "", "", false}));
  EXPECT_EQ(parse_reference(version_of("kv://KV1/A/", "#/b")),
            (SecretReference{"KV1", "A", std::string(k_version), "/b", false}));
}

TEST(SecretReference, NamesAHostAfterKvWhenThereIsADot) {
  EXPECT_EQ(parse_reference("kv://KV1.vault.Azure.net/a").vault, "KV1.vault.Azure.net");
  EXPECT_EQ(parse_reference("kv://vault.lab.example:8443/a").vault, "vault.lab.example:8443");
}

TEST(SecretReference, IsASecretsUrl) {
  EXPECT_EQ(parse_reference("https://kv1.vault.azure.net/secrets/a"),
            (SecretReference{"kv1.vault.azure.net", "a", "", "", true}));
  EXPECT_EQ(parse_reference("https://kv1.vault.azure.net:443/secrets/a/").vault,
            "kv1.vault.azure.net:443");
  EXPECT_EQ(parse_reference(version_of("https://localhost:8443/secrets/a/", "/")),
            (SecretReference{"localhost:8443", "a", std::string(k_version), "", true}));
}

TEST(SecretReference, IsAnAppServiceReferenceWithKeysInAnyCaseAndOrder) {
  const SecretReference named{"kv1", "a", "", "", false};
  for (const std::string_view text : {"@Microsoft.KeyVault(VaultName=kv1;SecretName=a)",
                                      "@Microsoft.KeyVault(SecretName=a;VaultName=kv1)",
                                      "@microsoft.keyvault(vaultname=kv1;SECRETNAME=a)"}) {
    EXPECT_EQ(parse_reference(text), named) << text;
  }
  EXPECT_EQ(parse_reference(
                version_of("@Microsoft.KeyVault(SecretVersion=", ";VaultName=kv1;SecretName=a)"))
                .version,
            k_version);
}

TEST(SecretReference, IsAnAppServiceReferenceWithAUrl) {
  EXPECT_EQ(
      parse_reference("@Microsoft.KeyVault(SecretUri=https://kv1.vault.azure.net/secrets/a/)"),
      (SecretReference{"kv1.vault.azure.net", "a", "", "", true}));
  EXPECT_EQ(
      parse_reference(
          version_of("@MICROSOFT.KEYVAULT(secreturi=https://kv1.vault.azure.net/secrets/a/", ")"))
          .version,
      k_version);
}

TEST(SecretReference, TakesTheLongestNamesAndPorts) {
  EXPECT_EQ(message_for(std::string(127, 'n')), "");
  EXPECT_NE(message_for(std::string(128, 'n')), "");
  EXPECT_EQ(message_for("kv://" + std::string(24, 'k') + "/a"), "");
  EXPECT_NE(message_for("kv://" + std::string(25, 'k') + "/a"), "");
  EXPECT_EQ(message_for("kv://kv1/a"), "");
  EXPECT_NE(message_for("kv://kv/a"), "");
  EXPECT_EQ(message_for("https://h.example:65535/secrets/a"), "");
  EXPECT_NE(message_for("https://h.example:65536/secrets/a"), "");
  EXPECT_EQ(message_for("https://" + std::string(63, 'h') + ".example/secrets/a"), "");
  EXPECT_NE(message_for("https://" + std::string(64, 'h') + ".example/secrets/a"), "");
}

TEST(SecretReference, RefusesABareTextThatIsNoName) {
  const std::array<std::string, 24> texts{"",
                                          "my_secret",
                                          "a.b",
                                          "a b",
                                          " a",
                                          "a\t",
                                          "a\nb",
                                          "a/",
                                          "/a",
                                          "a/../b",
                                          "a//b",
                                          "a/4387e9f3",
                                          "a/zzzze9f3d6e14c459867679a90fd0f79",
                                          version_of("a/", "0"),
                                          version_of("a/", "/"),
                                          version_of("a/", "/c"),
                                          version_of("/"),
                                          "a%2e",
                                          "a?x",
                                          "a@b",
                                          "a\\b",
                                          "a:b",
                                          "p\xC3\xA4sswort",
                                          std::string("a\0b", 3)};
  for (const std::string& text : texts) {
    EXPECT_NE(message_for(text), "") << text;
  }
}

TEST(SecretReference, RefusesAPointerThatIsNone) {
  for (const std::string_view text : {"a#",
                                      "a#b",
                                      "a#/b~2c",
                                      "a#/b~",
                                      "a#/~~0",
                                      "a##/b",
                                      "#/b",
                                      "a#/b\nc",
                                      "kv://kv1/a#",
                                      "kv://kv1/a#b",
                                      "kv://kv1#/b"}) {
    EXPECT_NE(message_for(text), "") << text;
  }
}

TEST(SecretReference, RefusesAVaultOrHostThatIsNone) {
  for (const std::string_view text : {"kv://",
                                      "kv://kv1",
                                      "kv://kv1/",
                                      "kv:///a",
                                      "kv://kv1/a/",
                                      "kv://kv1//a",
                                      "kv://kv1/my_secret",
                                      "kv://k_v1/a",
                                      "kv://kv1:443/a",
                                      "kv://u@kv1.vault.azure.net/a",
                                      "kv://u:p@kv1/a",
                                      "kv://kv1.vault.azure.net./a",
                                      "kv://.vault.azure.net/a",
                                      "kv://kv1..azure.net/a",
                                      "kv://h.example:/a",
                                      "kv://h.example:0/a",
                                      "kv://h.example:0443/a",
                                      "kv://h.example:70000/a",
                                      "kv://h.example:99999999999999999999/a",
                                      "kv://h.example:+443/a",
                                      "kv://h.example:4x/a",
                                      "kv://[::1]:443/a",
                                      "kv://h.ex\\ample/a",
                                      "kv://h.ex%61mple/a",
                                      "kv://kv1/a%2Fb",
                                      "kv://kv1/a?version=x",
                                      "kv://kv1 /a"}) {
    EXPECT_NE(message_for(text), "") << text;
  }
}

TEST(SecretReference, RefusesAnythingElseInAUrl) {
  for (const std::string_view text : {"https://",
                                      "https:///secrets/a",
                                      "https://kv1.vault.azure.net",
                                      "https://kv1.vault.azure.net/",
                                      "https://kv1.vault.azure.net/secrets",
                                      "https://kv1.vault.azure.net/secrets/",
                                      "https://kv1.vault.azure.net/secrets//",
                                      "https://kv1.vault.azure.net/secrets/a//",
                                      "https://kv1.vault.azure.net/secrets//a",
                                      "https://kv1.vault.azure.net//secrets/a",
                                      "https://kv1.vault.azure.net/Secrets/a",
                                      "https://kv1.vault.azure.net/secrets/a/b/c",
                                      "https://kv1.vault.azure.net/secrets/a#/x",
                                      "https://kv1.vault.azure.net/secrets/a?x=https://h.example",
                                      "https://kv1.vault.azure.net?/secrets/a",
                                      "https://kv1.vault.azure.net#/secrets/a",
                                      "https://kv1.vault.azure.net./secrets/a",
                                      "https://u@kv1.vault.azure.net/secrets/a",
                                      "https://u:p@kv1.vault.azure.net/secrets/a",
                                      "https://kv1.vault.azure.net\\@h.example/secrets/a",
                                      "https://[::1]/secrets/a",
                                      "https://kv1.vault.azure.net:x/secrets/a",
                                      "https://kv1.vault.azure.net:443:443/secrets/a",
                                      "https://kv1.vault.azure.net%2f/secrets/a",
                                      "https://kv1 .vault.azure.net/secrets/a",
                                      "https://kv1.vault.azure.net/secrets/a b",
                                      "https://kv1.vault.azure.net/secrets/a\n",
                                      "HTTPS://kv1.vault.azure.net/secrets/a",
                                      "http://kv1.vault.azure.net/secrets/a",
                                      "KV://kv1/a"}) {
    EXPECT_NE(message_for(text), "") << text;
  }
}

TEST(SecretReference, RefusesAnythingElseInAnAppServiceReference) {
  for (const std::string_view text :
       {"@Microsoft.KeyVault",
        "@Microsoft.KeyVault(",
        "@Microsoft.KeyVault()",
        "@Microsoft.KeyVault(VaultName=kv1)",
        "@Microsoft.KeyVault(SecretName=a)",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=a",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=a)x",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=a) ",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=a;)",
        "@Microsoft.KeyVault(VaultName=kv1; SecretName=a)",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=)",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=a;SecretVersion=)",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=a;SecretVersion=1)",
        "@Microsoft.KeyVault(VaultName=kv1;VaultName=kv2;SecretName=a)",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=a;X=y)",
        "@Microsoft.KeyVault(VaultName=kv1;SecretName=a#/x)",
        "@Microsoft.KeyVault(VaultName=h.example;SecretName=a)",
        "@Microsoft.KeyVault(VaultName=h.example/x;SecretName=a)",
        "@Microsoft.KeyVault(SecretUri=)",
        "@Microsoft.KeyVault(SecretUri=a)",
        "@Microsoft.KeyVault(SecretUri=kv://kv1/a)",
        "@Microsoft.KeyVault(SecretUri=https://kv1.vault.azure.net/secrets/a#/x)",
        "@Microsoft.KeyVault(SecretUri=https://kv1.vault.azure.net/secrets/a;SecretName=a)",
        "@Microsoft.KeyVault(SecretUri=https://kv1.vault.azure.net/secrets/a"}) {
    EXPECT_NE(message_for(text), "") << text;
  }
}

TEST(SecretReference, HintsAtWhatWasProbablyMeant) {
  const std::array<std::pair<std::string_view, std::string_view>, 11> hints{
      {{"https://kv1.vault.azure.net/keys/a", "/secrets/NAME"},
       {"https://kv1.vault.azure.net/certificates/a", "/secrets/NAME"},
       {"a#", "leave out '#'"},
       {"kv://kv1/a#", "leave out '#'"},
       {"a#key", "#/key"},
       {"a/", "leave out '/'"},
       {"my_secret", "'-'"},
       {"a%2e", "percent"},
       {"a?version=x", "NAME/VERSION"},
       {"KV://kv1/a", "'kv://'"},
       {"HTTPS://kv1.vault.azure.net/secrets/a", "'https://'"}}};
  for (const auto& [text, hint] : hints) {
    EXPECT_TRUE(contains(hint_for(text), hint)) << text << ": " << hint_for(text);
  }
  EXPECT_TRUE(contains(hint_for("http://kv1.vault.azure.net/secrets/a"), "https"));
  EXPECT_TRUE(contains(hint_for("https://kv1.vault.azure.net/secrets/a#/b"),
                       "kv://kv1.vault.azure.net/NAME"));
}

TEST(SecretReference, NeverShowsABareText) {
  for (const std::string_view text : {"hunter2_hunter2",
                                      "hunter2#hunter2",
                                      "hunter2/hunter2",
                                      "hunter2?hunter2",
                                      "hunter2%41",
                                      "http://hunter2@host/",
                                      "KV://hunter2_",
                                      "hunter2@Microsoft.KeyVault",
                                      "hunter2!kv://kv1/a b"}) {
    EXPECT_FALSE(contains(message_for(text), "hunter2")) << message_for(text);
    EXPECT_FALSE(contains(hint_for(text), "hunter2")) << hint_for(text);
    EXPECT_NE(message_for(text), "");
  }
}

TEST(SecretReference, ShowsTheTextFromItsSchemeOn) {
  EXPECT_TRUE(contains(message_for("kv://kv1/my_secret"), "'kv://kv1/my_secret'"));
  EXPECT_TRUE(contains(message_for("see kv://kv1/a"), "'kv://kv1/a'"));
  EXPECT_TRUE(contains(message_for("https://h.example/x"), "'https://h.example/x'"));
  EXPECT_TRUE(contains(message_for("@microsoft.KeyVault(SecretName=a)"),
                       "'@microsoft.KeyVault(SecretName=a)'"));
}

TEST(SecretReference, ShowsNeitherUserInfoNorAQuery) {
  for (const std::string_view text :
       {"https://user:hunter2@kv1.vault.azure.net/secrets/a",
        "https://user:hunter2/@kv1.vault.azure.net/secrets/a",
        "https://user:hunter2@x@kv1.vault.azure.net/secrets/a",
        "kv://hunter2@kv1/a",
        "https://kv1.vault.azure.net/secrets/a?sig=hunter2",
        "@Microsoft.KeyVault(SecretUri=https://u:hunter2@kv1.vault.azure.net/secrets/a)"}) {
    const std::string message = message_for(text);
    EXPECT_FALSE(contains(message, "hunter2")) << message;
    EXPECT_TRUE(contains(message, "...")) << message;
    EXPECT_FALSE(contains(hint_for(text), "hunter2")) << hint_for(text);
  }
}

TEST(SecretReference, ShowsATextOnOneLineAndCut) {
  EXPECT_FALSE(contains(message_for("kv://kv1/a\n::error::x"), "\n"));
  EXPECT_FALSE(contains(message_for("kv://kv1/a\x1b[31m"), "\x1b"));
  EXPECT_LT(message_for("kv://kv1/" + std::string(100'000, 'n')).size(), 400U);
}

TEST(SecretReference, IsLookedForInInheritedVariablesByItsBeginning) {
  for (const std::string_view text :
       {"kv://", "kv://kv1/a", "@Microsoft.KeyVault(", "@microsoft.keyvault(x"}) {
    EXPECT_TRUE(looks_like_reference(text)) << text;
  }
  for (const std::string_view text : {"",
                                      "kv:/",
                                      "KV://kv1/a",
                                      " kv://kv1/a",
                                      "see kv://kv1/a",
                                      "https://kv1.vault.azure.net/secrets/a",
                                      "@Microsoft.KeyVault",
                                      "x@Microsoft.KeyVault("}) {
    EXPECT_FALSE(looks_like_reference(text)) << text;
  }
}

TEST(VaultText, IsANameAHostOrAUrl) {
  EXPECT_EQ(parse_vault("contoso-prod"), (VaultText{"contoso-prod", false}));
  EXPECT_EQ(parse_vault("KV1.vault.azure.net"), (VaultText{"KV1.vault.azure.net", false}));
  EXPECT_EQ(parse_vault("vault.lab.example:8443"), (VaultText{"vault.lab.example:8443", false}));
  EXPECT_EQ(parse_vault("https://kv1.vault.azure.net"), (VaultText{"kv1.vault.azure.net", true}));
  EXPECT_EQ(parse_vault("https://kv1.vault.azure.net:443/"),
            (VaultText{"kv1.vault.azure.net:443", true}));
  EXPECT_EQ(parse_vault("https://localhost:8443"), (VaultText{"localhost:8443", true}));
}

TEST(VaultText, RefusesAnythingElse) {
  for (const std::string_view text : {"",
                                      "kv",
                                      "k_v1",
                                      "--",
                                      "kv1:443",
                                      "kv1/",
                                      "kv1.vault.azure.net/",
                                      "kv1.vault.azure.net.",
                                      "http://kv1.vault.azure.net",
                                      "HTTPS://kv1.vault.azure.net",
                                      "kv://kv1",
                                      "file:///etc/passwd",
                                      "https://",
                                      "https:///",
                                      "https://.vault.azure.net",
                                      "https://kv1.vault.azure.net./",
                                      "https://kv1.vault.azure.net//",
                                      "https://kv1.vault.azure.net/secrets",
                                      "https://kv1.vault.azure.net@h.example/",
                                      "https://h.example\\\\.vault.azure.net/",
                                      "https://h.example/#.vault.azure.net",
                                      "https://h.example/?.vault.azure.net",
                                      "https://h.example%2f.vault.azure.net",
                                      "https://[::1]/",
                                      "kv1.vault.azure.net%0d%0aX: y"}) {
    EXPECT_THROW(static_cast<void>(parse_vault(text)), ReferenceError) << text;
  }
}

TEST(VaultText, IsShownOnlyAsAUrlWithoutUserInfo) {
  const auto message_of = [](std::string_view text) -> std::string {
    try {
      static_cast<void>(parse_vault(text));
      return {};
    } catch (const ReferenceError& error) {
      return error.what();
    }
  };
  EXPECT_FALSE(contains(message_of("hunter2_"), "hunter2"));
  EXPECT_FALSE(contains(message_of("https://u:hunter2@kv1.vault.azure.net"), "hunter2"));
  EXPECT_TRUE(contains(message_of("https://h.example/x"), "'https://h.example/x'"));
}

} // namespace
} // namespace kvrun::config
