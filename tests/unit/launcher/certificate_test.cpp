// SPDX-License-Identifier: MIT
// rules A41
#include "base/encoding.hpp"
#include "launcher/certificate.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/unit/launcher/call.hpp"

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

namespace kvrun::launcher {
namespace {

using config::Format;
using fakes::Authority;
using fakes::KeyedCertificate;

constexpr int k_no_mac = -1;

struct Protection {
  const char* password = "";
  int cipher = 0; // 0: OpenSSL's own choice
  int mac_iterations = 0;
  OSSL_LIB_CTX* library = nullptr;
};

// The certificates of a chain in that order behind the key, as PKCS#12.
std::string pkcs12(const KeyedCertificate& leaf,
                   const std::vector<const KeyedCertificate*>& chain,
                   const Protection& by = {}) {
  STACK_OF(X509)* others = sk_X509_new_null();
  for (const KeyedCertificate* one : chain) {
    sk_X509_push(others, one->certificate.get());
  }
  const std::unique_ptr<PKCS12, void (*)(PKCS12*)> made(PKCS12_create_ex(by.password,
                                                                         "kvrun",
                                                                         leaf.key.get(),
                                                                         leaf.certificate.get(),
                                                                         others,
                                                                         by.cipher,
                                                                         by.cipher,
                                                                         0,
                                                                         by.mac_iterations,
                                                                         0,
                                                                         by.library,
                                                                         nullptr),
                                                        PKCS12_free);
  sk_X509_free(others);
  if (!made) {
    throw std::runtime_error("no PKCS#12");
  }
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  i2d_PKCS12_bio(bio.get(), made.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string base64(const std::string& bytes) {
  return std::string(encode_base64(bytes).reveal());
}

class CertificateValue : public testing::Test {
protected:
  static std::string converted(const std::string& stored, Format format) {
    return std::string(convert_certificate(stored, format).reveal());
  }
  static std::string refusal(const std::string& stored, Format format) {
    try {
      static_cast<void>(convert_certificate(stored, format));
      ADD_FAILURE() << "it was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::refused);
      return error.message() + " (" + error.hint() + ")";
    }
    return {};
  }

  Authority root_{"root"};
  Authority below_ = root_.issue_authority("below");
  KeyedCertificate leaf_ = below_.issue("DNS:a.example");
  std::string key_ = leaf_.key_pem();
  std::string chain_ = leaf_.pem() + below_.pem() + root_.pem();
  std::string stored_ = base64(pkcs12(leaf_, {&below_.root(), &root_.root()}));
};

TEST_F(CertificateValue, ComesInEveryFormOutOfPkcs12) {
  EXPECT_EQ(converted(stored_, Format::pem), key_ + chain_);
  EXPECT_EQ(converted(stored_, Format::key), key_);
  EXPECT_EQ(converted(stored_, Format::cert), leaf_.pem());
  EXPECT_EQ(converted(stored_, Format::chain), chain_);
  EXPECT_EQ(base64(converted(stored_, Format::pfx)), stored_);
}

TEST_F(CertificateValue, ComesInEveryFormButPfxOutOfPem) {
  const std::string stored = chain_ + key_;
  EXPECT_EQ(converted(stored, Format::pem), key_ + chain_);
  EXPECT_EQ(converted(stored, Format::key), key_);
  EXPECT_EQ(converted(stored, Format::cert), leaf_.pem());
  EXPECT_EQ(converted(stored, Format::chain), chain_);
  expect_holds(refusal(stored, Format::pfx), "stored as PEM");
}

TEST_F(CertificateValue, MayBeStoredAsBytes) {
  const std::string bytes = pkcs12(leaf_, {&below_.root()});
  EXPECT_EQ(converted(bytes, Format::key), key_);
  EXPECT_EQ(converted(bytes, Format::pfx), bytes);
}

TEST_F(CertificateValue, IsSortedFromTheLeafWhateverTheOrder) {
  EXPECT_EQ(converted(root_.pem() + leaf_.pem() + key_ + below_.pem(), Format::pem), key_ + chain_);
  EXPECT_EQ(converted(below_.pem() + root_.pem() + leaf_.pem() + key_, Format::cert), leaf_.pem());
  const std::string odd = base64(pkcs12(leaf_, {&root_.root(), &below_.root()}));
  EXPECT_EQ(converted(odd, Format::chain), chain_);
}

TEST_F(CertificateValue, KeepsWhatBelongsToNoChainAtTheEnd) {
  const Authority other("other");
  EXPECT_EQ(converted(other.pem() + leaf_.pem() + below_.pem() + key_, Format::chain),
            leaf_.pem() + below_.pem() + other.pem());
}

TEST_F(CertificateValue, FindsTheLeafWithoutAKey) {
  EXPECT_EQ(converted(root_.pem() + below_.pem() + leaf_.pem(), Format::cert), leaf_.pem());
  EXPECT_EQ(converted(root_.pem() + below_.pem() + leaf_.pem(), Format::chain), chain_);
}

TEST_F(CertificateValue, HasNoKeyWhereNoneIsStored) {
  for (const Format format : {Format::key, Format::pem}) {
    expect_holds(refusal(chain_, format), "it has no private key");
  }
  expect_holds(refusal(key_, Format::cert), "it has no certificate");
  EXPECT_EQ(converted(key_, Format::key), key_);
}

TEST_F(CertificateValue, IsRefusedWhereItsKeyIsAnothers) {
  expect_holds(refusal(leaf_.pem() + root_.root().key_pem(), Format::pem),
               "is for its private key");
}

TEST_F(CertificateValue, IsRefusedWhereOneOfItsBlocksIsDamagedAndNotShortened) {
  const std::string below = below_.pem();
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  const std::string end = "-----END CERTIFICATE-----\n";
  std::string changed = below;
  changed.at(begin.size() + 40) = '*';
  for (const std::string& damaged : {changed,
                                     fmt::format("{}AAAA\n{}", begin, end),
                                     below.substr(0, below.size() / 2),
                                     below.substr(0, below.size() - end.size()),
                                     below.substr(1),
                                     ' ' + below,
                                     begin.substr(0, 20) + below.substr(begin.size() - 1)}) {
    for (const Format format : {Format::pem, Format::chain, Format::cert, Format::key}) {
      expect_holds(refusal(key_ + leaf_.pem() + damaged + root_.pem(), format),
                   "its certificate 2 cannot be read");
    }
  }
}

TEST_F(CertificateValue, IsRefusedWhereItsKeyIsDamaged) {
  for (const std::string& damaged :
       {key_.substr(0, key_.size() / 2) + '\n',
        std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        key_.substr(1)}) {
    for (const Format format : {Format::pem, Format::chain, Format::cert, Format::key}) {
      expect_holds(refusal(damaged + chain_, format), "its private key cannot be read");
      expect_holds(refusal(chain_ + damaged, format), "its private key cannot be read");
    }
  }
}

TEST_F(CertificateValue, MayHaveTextAndOtherBlocksBetweenItsOwn) {
  const std::string text = "Bag Attributes\n    friendlyName: a\nKey Attributes: <No Attributes>\n";
  const std::string other = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n"
                            "-----END EC PARAMETERS-----\n";
  EXPECT_EQ(converted(text + key_ + other + text + leaf_.pem() + '\n' + below_.pem() + text +
                          root_.pem() + text,
                      Format::pem),
            key_ + chain_);
}

TEST_F(CertificateValue, MayBeOfTrustedCertificates) {
  EXPECT_EQ(converted(key_ + leaf_.pem() + below_.root().trusted_pem() + root_.pem(), Format::pem),
            key_ + chain_);
}

TEST_F(CertificateValue, IsRefusedWithAPassword) {
  expect_holds(refusal(base64(pkcs12(leaf_, {}, {"hunter2"})), Format::pem), "has a password");
  expect_holds(refusal(leaf_.pem() + leaf_.key_pem("hunter2"), Format::pem), "has a passphrase");
}

TEST_F(CertificateValue, NeedsNoMac) {
  for (const int cipher : {0, -1, NID_pbe_WithSHA1And3_Key_TripleDES_CBC}) {
    const std::string stored = pkcs12(leaf_, {&below_.root()}, {"", cipher, k_no_mac});
    EXPECT_EQ(converted(stored, Format::pem), key_ + leaf_.pem() + below_.pem()) << cipher;
  }
  const std::string locked = pkcs12(leaf_, {}, {"hunter2", 0, k_no_mac});
  expect_holds(refusal(locked, Format::pem), "its PKCS#12 cannot be read (it may have a password");
}

TEST_F(CertificateValue, IsDeliveredAsItsPkcs12WhateverProtectsThat) {
  for (const Protection& by : {Protection{"hunter2"}, Protection{"hunter2", 0, k_no_mac}}) {
    const std::string stored = pkcs12(leaf_, {}, by);
    EXPECT_EQ(converted(base64(stored), Format::pfx), stored);
  }
  expect_holds(refusal(base64(pkcs12(leaf_, {}).substr(0, 400)), Format::pfx), "neither PEM nor");
}

// What Windows and Java still write, and OpenSSL 3 reads only with a provider that is seldom
// loaded.
TEST_F(CertificateValue, IsDeliveredAsPkcs12OfAnOldAlgorithm) {
  const std::unique_ptr<OSSL_LIB_CTX, void (*)(OSSL_LIB_CTX*)> library(OSSL_LIB_CTX_new(),
                                                                       OSSL_LIB_CTX_free);
  using Provider = std::unique_ptr<OSSL_PROVIDER, int (*)(OSSL_PROVIDER*)>;
  const Provider usual(OSSL_PROVIDER_load(library.get(), "default"), OSSL_PROVIDER_unload);
  const Provider legacy(OSSL_PROVIDER_load(library.get(), "legacy"), OSSL_PROVIDER_unload);
  ASSERT_TRUE(usual != nullptr && legacy != nullptr); // libssl3 brings both
  const std::string stored =
      pkcs12(leaf_, {}, {"", NID_pbe_WithSHA1And40BitRC2_CBC, 0, library.get()});
  EXPECT_EQ(converted(stored, Format::pfx), stored);
  expect_holds(refusal(stored, Format::pem), "an algorithm that OpenSSL no longer has");
}

TEST_F(CertificateValue, IsRefusedWhereItIsNoneAndNotQuoted) {
  for (const std::string& stored :
       {std::string("hunter2"),
        std::string(),
        std::string("{\"hunter2\":1}"),
        std::string("-----BEGIN CERTIFICATE-----\nhunter2\n-----END CERTIFICATE-----\n"),
        base64("hunter2")}) {
    expect_lacks(refusal(stored, Format::pem), "hunter2");
    expect_lacks(refusal(stored, Format::pfx), "hunter2");
  }
}

TEST_F(CertificateValue, HasAKeyInPkcs8HoweverItIsStored) {
  EXPECT_TRUE(key_.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  ASSERT_EQ(PEM_write_bio_PrivateKey_traditional(
                bio.get(), leaf_.key.get(), nullptr, nullptr, 0, nullptr, nullptr),
            1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  const std::string old(data, static_cast<std::size_t>(size));
  ASSERT_TRUE(old.starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
  EXPECT_EQ(converted(old, Format::key), key_);
  EXPECT_EQ(converted(chain_ + old, Format::pem), key_ + chain_);
}

} // namespace
} // namespace kvrun::launcher
