// SPDX-License-Identifier: MIT
#include "azure/transport/certificate_name.hpp"
#include "tests/fakes/certificates.hpp"

#include <gtest/gtest.h>
#include <openssl/asn1.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace kvrun::azure {
namespace {

// A name of one organisation and one common name, as DER.
std::string name_of(int type, const std::string& organisation, const std::string& common_name) {
  const std::unique_ptr<X509_NAME, void (*)(X509_NAME*)> name(X509_NAME_new(), X509_NAME_free);
  const auto add = [&](const char* field, const std::string& value) {
    X509_NAME_add_entry_by_txt(name.get(),
                               field,
                               type,
                               reinterpret_cast<const unsigned char*>(value.data()),
                               static_cast<int>(value.size()),
                               -1,
                               0);
  };
  add("O", organisation);
  add("CN", common_name);
  unsigned char* der = nullptr;
  const int size = i2d_X509_NAME(name.get(), &der);
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

TEST(LettersOfName, AreTheSameInEveryEncodingOfOneName) {
  const std::string wanted = "digicertincdigicertglobalrootg2";
  EXPECT_EQ(
      letters_of_name(name_of(V_ASN1_PRINTABLESTRING, "DigiCert Inc", "DigiCert Global Root G2")),
      wanted);
  EXPECT_EQ(
      letters_of_name(name_of(V_ASN1_UTF8STRING, " DIGICERT  Inc", "DigiCert Global Root g2 ")),
      wanted);
  EXPECT_EQ(letters_of_name(name_of(V_ASN1_T61STRING, "DigiCert Inc", "DigiCert Global Root G2")),
            wanted);
}

TEST(LettersOfName, SkipWhatIsNotAscii) {
  EXPECT_EQ(letters_of_name(name_of(V_ASN1_UTF8STRING, "Certigná", "Rühr Én 1")),
            letters_of_name(name_of(V_ASN1_T61STRING, "Certign\xe1", "R\xfchr \xc9n 1")));
}

TEST(LettersOfName, AreUnknownWhereALetterHasTwoBytes) {
  EXPECT_EQ(letters_of_name(name_of(V_ASN1_BMPSTRING, std::string("\0A", 2), std::string("NA"))),
            std::nullopt);
}

TEST(LettersOfName, AreUnknownForWhatIsNoName) {
  EXPECT_EQ(letters_of_name(""), std::nullopt);
  EXPECT_EQ(letters_of_name("\x30\x82\xff"), std::nullopt);
  EXPECT_EQ(letters_of_name("\x30\x04\x31\x02\x30\x00"), std::nullopt);
}

TEST(SubjectIn, IsTheSubjectAndNotTheIssuer) {
  const fakes::Authority authority("The Issuer");
  const fakes::Authority below = authority.issue_authority("The Subject");
  unsigned char* der = nullptr;
  const int size = i2d_X509(below.root().certificate.get(), &der);
  const std::string certificate(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  EXPECT_EQ(letters_of_name(subject_in(certificate)), "thesubject");
  EXPECT_EQ(subject_in("no certificate"), "");
}

TEST(SubjectIn, NeedsNothingOfWhatFollowsIt) {
  const fakes::Authority authority("The Subject");
  unsigned char* der = nullptr;
  const int size = i2d_X509(authority.root().certificate.get(), &der);
  const std::string certificate(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  const std::string_view subject = subject_in(certificate);
  ASSERT_FALSE(subject.empty());
  const std::size_t end =
      static_cast<std::size_t>(subject.data() - certificate.data()) + subject.size();
  for (std::size_t cut = 0; cut < certificate.size(); ++cut) {
    EXPECT_EQ(subject_in(std::string(certificate, 0, cut)), cut < end ? "" : subject) << cut;
  }
}

} // namespace
} // namespace kvrun::azure
