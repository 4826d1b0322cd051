// SPDX-License-Identifier: MIT
#include "azure/transport/trust_store.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <fstream>

namespace kvrun::azure {
namespace {

using fakes::Authority;
using fakes::KeyedCertificate;

// Whether a store that looks there verifies a certificate.
bool verifies(const TrustedRoots& roots, const KeyedCertificate& leaf) {
  const std::unique_ptr<X509_STORE, void (*)(X509_STORE*)> store(X509_STORE_new(), X509_STORE_free);
  look_up_lazily(store.get(), roots);
  const std::unique_ptr<X509_STORE_CTX, void (*)(X509_STORE_CTX*)> context(X509_STORE_CTX_new(),
                                                                           X509_STORE_CTX_free);
  X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), nullptr);
  X509_STORE_CTX_set_default(context.get(), "ssl_server"); // as a client of TLS does
  return X509_verify_cert(context.get()) == 1;
}

std::string bundle_of(const std::vector<const Authority*>& authorities) {
  std::string text = "# a comment between them\n";
  for (const Authority* authority : authorities) {
    text += authority->pem();
  }
  return text;
}

class Roots : public testing::Test {
protected:
  TemporaryFolder folder_;
  Authority wanted_{"wanted"};
  Authority other_{"other"};
  KeyedCertificate leaf_ = wanted_.issue("DNS:a");
};

TEST_F(Roots, AreFoundInABundleOfMany) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += Authority("unwanted " + std::to_string(i)).pem();
  }
  text += wanted_.pem() + other_.pem();
  EXPECT_TRUE(verifies({{}, {folder_.write("bundle.pem", text)}, {}}, leaf_));
}

TEST_F(Roots, AreNotThoseOfAnotherBundle) {
  EXPECT_FALSE(verifies({{}, {folder_.write("bundle.pem", other_.pem())}, {}}, leaf_));
  EXPECT_FALSE(verifies({}, leaf_));
}

// A root and its successor may have one subject and two keys.
TEST_F(Roots, OfOneSubjectAreAllTried) {
  const Authority old("wanted");
  const Authority older("wanted");
  EXPECT_TRUE(verifies({{}, {}, bundle_of({&old, &older, &wanted_})}, leaf_));
  EXPECT_TRUE(verifies({{}, {}, bundle_of({&wanted_, &old})}, leaf_));
  EXPECT_FALSE(verifies({{}, {}, bundle_of({&old, &older})}, leaf_));
}

TEST_F(Roots, OfOneSubjectInTwoBundlesAreAllTried) {
  const Authority old("wanted");
  EXPECT_TRUE(verifies(
      {{}, {folder_.write("old.pem", old.pem()), folder_.write("new.pem", wanted_.pem())}, {}},
      leaf_));
}

TEST_F(Roots, MayBeTrustedCertificates) {
  EXPECT_TRUE(verifies({{}, {}, other_.pem() + wanted_.root().trusted_pem()}, leaf_));
}

TEST_F(Roots, AreFoundInAHashedDirectory) {
  folder_.write(wanted_.root().hashed_name(), wanted_.pem());
  EXPECT_TRUE(verifies({{folder_.path()}, {}, {}}, leaf_));
  EXPECT_FALSE(verifies({{folder_.path()}, {}, {}}, other_.issue("DNS:a")));
}

TEST_F(Roots, MayLieInSeveralPlaces) {
  folder_.write(other_.root().hashed_name(), other_.pem());
  const TrustedRoots roots{
      {folder_.path()}, {"/nowhere.pem", folder_.write("b.pem", wanted_.pem())}, {}};
  EXPECT_TRUE(verifies(roots, leaf_));
  EXPECT_TRUE(verifies(roots, other_.issue("DNS:a")));
}

TEST_F(Roots, AreSkippedWhereTheyCannotBeRead) {
  EXPECT_TRUE(verifies({{},
                        {},
                        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
                        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n" +
                            wanted_.pem() + "-----BEGIN CERTIFICATE-----\nMII"},
                       leaf_));
}

TEST_F(Roots, AreReadWithLineEndsOfEitherKind) {
  std::string text = wanted_.pem();
  for (std::size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.replace(at, 1, "\r\n");
  }
  EXPECT_TRUE(verifies({{}, {}, text}, leaf_));
}

// The subject is looked for in the beginning of each: a line's end may come in any place of it, or
// the subject later.
TEST_F(Roots, AreReadWithLinesOfAnyLength) {
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  std::string base64 = wanted_.pem();
  base64 = base64.substr(begin.size(), base64.find("-----END") - begin.size());
  std::erase(base64, '\n');
  for (const std::size_t blanks : {1U, 6U, 40U}) {
    for (std::size_t width = 1; width < base64.size() + 40; width += 1 + width / 8) {
      std::string text = begin;
      for (std::size_t at = 0; at < base64.size(); at += width) {
        text += base64.substr(at, width) + std::string(blanks, '\n');
      }
      text += "-----END CERTIFICATE-----\n";
      EXPECT_TRUE(verifies({{}, {}, text}, leaf_)) << width << ' ' << blanks;
      EXPECT_FALSE(verifies({{}, {}, text}, other_.issue("DNS:a"))) << width << ' ' << blanks;
    }
  }
}

TEST_F(Roots, ThatAreOnlyBelowAKnownOneDoNotReplaceIt) {
  const Authority below = wanted_.issue_authority("below");
  const KeyedCertificate leaf = below.issue("DNS:a");
  EXPECT_FALSE(verifies({{}, {}, wanted_.pem()}, leaf)); // the one between them is missing
  EXPECT_TRUE(verifies({{}, {}, wanted_.pem() + below.pem()}, leaf));
}

bool holds(const std::vector<std::string>& list, const std::string& entry) {
  return std::find(list.begin(), list.end(), entry) != list.end();
}

TEST(SystemRoots, AreThoseOfEveryDistributionByDefault) {
  const TrustedRoots roots = system_roots(nullptr, "", "");
  EXPECT_TRUE(holds(roots.bundles, "/etc/ssl/certs/ca-certificates.crt"));
  EXPECT_TRUE(holds(roots.bundles, "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"));
}

TEST(SystemRoots, AreReplacedByTheVariables) {
  const TrustedRoots file = system_roots("/my/roots.pem", nullptr, "");
  EXPECT_EQ(file.bundles, std::vector<std::string>{"/my/roots.pem"});
  const TrustedRoots directory = system_roots("", "/my/roots", "");
  EXPECT_EQ(directory.directories, std::vector<std::string>{"/my/roots"});
  EXPECT_FALSE(holds(directory.bundles, "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem"));
}

TEST_F(Roots, OfTheCallerAreAddedToTheSystems) {
  const std::string file = folder_.write("system.pem", other_.pem());
  const TrustedRoots roots = system_roots(file.c_str(), nullptr, wanted_.pem());
  EXPECT_TRUE(verifies(roots, leaf_));
  EXPECT_TRUE(verifies(roots, other_.issue("DNS:a")));
}

TEST(HoldsCertificate, KnowsOneWhenItSeesIt) {
  const Authority authority;
  EXPECT_TRUE(holds_certificate(authority.pem()));
  EXPECT_TRUE(holds_certificate("text before\n" + authority.root().trusted_pem()));
  EXPECT_FALSE(holds_certificate(authority.root().key_pem()));
  EXPECT_FALSE(holds_certificate(""));
  EXPECT_FALSE(holds_certificate("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
}

} // namespace
} // namespace kvrun::azure
