// SPDX-License-Identifier: MIT
#include "emulator/certificates.hpp"
#include "emulator/clouds.hpp"
#include "emulator/trust.hpp"

#include <gtest/gtest.h>

namespace kvrun::emulator {
namespace {

bool is_for(X509* certificate, std::string_view host) {
  return X509_check_host(certificate, host.data(), host.size(), 0, nullptr) == 1;
}

TEST(CertificateAuthority, SignsALeafForTheNamesThatAreAsked) {
  const CertificateAuthority authority;
  const CertificatePtr leaf = authority.leaf({"DNS:*.vault.azure.net", "IP:127.0.0.1"});
  EXPECT_EQ(X509_verify(leaf.get(), X509_get0_pubkey(authority.certificate())), 1);
  EXPECT_EQ(X509_check_issued(authority.certificate(), leaf.get()), X509_V_OK);
  EXPECT_TRUE(is_for(leaf.get(), "kv1.vault.azure.net"));
  EXPECT_FALSE(is_for(leaf.get(), "vault.azure.net"));
  EXPECT_FALSE(is_for(leaf.get(), "a.b.vault.azure.net"));
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "127.0.0.1", 0), 1);
}

TEST(CertificateAuthority, IsAnotherOneInEveryRun) {
  const CertificateAuthority one;
  const CertificateAuthority other;
  EXPECT_NE(one.pem(), other.pem());
  EXPECT_EQ(one.pem().find("PRIVATE"), std::string::npos);
}

TEST(CertificateAuthority, HasAThumbprintOfFortyDigits) {
  const KeyedCertificate keyed = self_signed(KeyType::ec, "fabric", {"DNS:localhost"});
  const std::string text = thumbprint(keyed.certificate.get());
  EXPECT_EQ(text.size(), 40U);
  EXPECT_EQ(text.find_first_not_of("0123456789ABCDEF"), std::string::npos);
}

TEST(TrustStore, HoldsEveryCertificateForJava) {
  const CertificateAuthority one;
  const CertificateAuthority other;
  const std::string store = java_trust_store("text before\n" + one.pem() + other.pem());
  const BioPtr input(BIO_new_mem_buf(store.data(), static_cast<int>(store.size())));
  const std::unique_ptr<PKCS12, OpensslDeleter<PKCS12_free>> parsed(
      d2i_PKCS12_bio(input.get(), nullptr));
  ASSERT_NE(parsed, nullptr);
  EXPECT_EQ(PKCS12_verify_mac(parsed.get(), k_java_password.data(), -1), 1);
  STACK_OF(X509)* list = nullptr;
  EVP_PKEY* no_key = nullptr;
  X509* no_certificate = nullptr;
  ASSERT_EQ(PKCS12_parse(parsed.get(), k_java_password.data(), &no_key, &no_certificate, &list), 1);
  EXPECT_EQ(sk_X509_num(list), 2);
  sk_X509_pop_free(list, X509_free);
}

TEST(Clouds, TakeOneLabelBelowAVaultSuffix) {
  const auto vault = vault_address("kv1.vault.azure.cn");
  ASSERT_TRUE(vault);
  EXPECT_EQ(vault->name, "kv1");
  EXPECT_EQ(vault->cloud->audience, "https://vault.azure.cn");
  for (const char* host : {"vault.azure.net",
                           "evilvault.azure.net",
                           "a.kv1.vault.azure.net",
                           "kv1.vault.azure.net.evil.example",
                           "ab.vault.azure.net",
                           "a--b.vault.azure.net",
                           "kv_1.vault.azure.net"}) {
    EXPECT_FALSE(vault_address(host)) << host;
  }
}

TEST(Clouds, KnowTheAudiencesThatToolsAskFor) {
  for (const char* audience : {"https://vault.azure.net",
                               "https://vault.azure.net/",
                               "https://management.core.windows.net/"}) {
    EXPECT_TRUE(is_known_audience(audience)) << audience;
  }
  for (const char* audience :
       {"", "/", "vault.azure.net", "https://vault.azure.net//", "https://kv1.vault.azure.net"}) {
    EXPECT_FALSE(is_known_audience(audience)) << audience;
  }
}

} // namespace
} // namespace kvrun::emulator
