// SPDX-License-Identifier: MIT
#include "emulator/trust.hpp"

#include "base/deadline.hpp"
#include "base/file.hpp"

#include <openssl/objects.h>
#include <openssl/pem.h>

#include <array>
#include <vector>

namespace kvrun::emulator {
namespace {

using BagPtr = std::unique_ptr<PKCS12_SAFEBAG, OpensslDeleter<PKCS12_SAFEBAG_free>>;
using StorePtr = std::unique_ptr<PKCS12, OpensslDeleter<PKCS12_free>>;

struct FreeBags {
  void operator()(STACK_OF(PKCS12_SAFEBAG) * bags) const {
    sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
  }
};
struct FreeSafes {
  void operator()(STACK_OF(PKCS7) * safes) const { sk_PKCS7_pop_free(safes, PKCS7_free); }
};

// Without this attribute Java takes a certificate in a PKCS#12 file for one that it does not trust.
constexpr const char* k_trusted_key_usage = "2.16.840.1.113894.746875.1.1";

void add_certificate(STACK_OF(PKCS12_SAFEBAG) * bags, X509* certificate, const std::string& alias) {
  BagPtr bag(PKCS12_SAFEBAG_create_cert(certificate));
  require(bag != nullptr, "making a trust store");
  // OpenSSL 3.0 adds attributes whose value is a string only: one is added, then made an object.
  constexpr std::array<unsigned char, 1> any{'x'};
  require(PKCS12_add1_attr_by_txt(
              bag.get(), k_trusted_key_usage, V_ASN1_UTF8STRING, any.data(), any.size()) == 1,
          "making a trust store");
  X509_ATTRIBUTE* attribute = sk_X509_ATTRIBUTE_value(PKCS12_SAFEBAG_get0_attrs(bag.get()), 0);
  ASN1_OBJECT* any_usage = OBJ_nid2obj(NID_anyExtendedKeyUsage);
  require(any_usage != nullptr, "making a trust store");
  ASN1_TYPE_set(X509_ATTRIBUTE_get0_type(attribute, 0), V_ASN1_OBJECT, any_usage);
  require(PKCS12_add_friendlyname_utf8(bag.get(), alias.c_str(), -1) == 1, "making a trust store");
  sk_PKCS12_SAFEBAG_push(bags, bag.release());
}

} // namespace

std::string system_roots(const std::string& ssl_cert_file) {
  constexpr std::size_t limit = 16UL * 1024 * 1024;
  const std::array<std::string, 4> places{ssl_cert_file,
                                          "/etc/ssl/certs/ca-certificates.crt",
                                          "/etc/pki/tls/certs/ca-bundle.crt",
                                          "/etc/ssl/cert.pem"};
  for (const std::string& place : places) {
    try {
      if (!place.empty()) {
        const SecretString text =
            read_file(place,
                      limit,
                      ErrorKind::usage,
                      Deadline::after(std::chrono::steady_clock::now(), Milliseconds(2000)));
        return std::string(text.reveal());
      }
    } catch (const Error&) {
      continue; // the next place
    }
  }
  return {};
}

std::string java_trust_store(std::string_view pem) {
  const BioPtr input(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), FreeBags> bags(sk_PKCS12_SAFEBAG_new_null());
  std::size_t count = 0;
  while (
      const CertificatePtr certificate{PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr)}) {
    add_certificate(bags.get(), certificate.get(), "root-" + std::to_string(++count));
  }
  ERR_clear_error(); // the end of the text
  STACK_OF(PKCS7)* list = nullptr;
  const bool packed = PKCS12_add_safe(&list, bags.get(), -1, 0, nullptr) == 1;
  const std::unique_ptr<STACK_OF(PKCS7), FreeSafes> safes(list);
  require(packed, "making a trust store");
  const StorePtr store(PKCS12_add_safes(safes.get(), 0));
  const std::string password(k_java_password);
  require(store != nullptr &&
              PKCS12_set_mac(store.get(), password.c_str(), -1, nullptr, 0, 1, EVP_sha256()) == 1,
          "making a trust store");
  const BioPtr output(BIO_new(BIO_s_mem()));
  require(i2d_PKCS12_bio(output.get(), store.get()) == 1, "writing a trust store");
  char* data = nullptr;
  const long size = BIO_get_mem_data(output.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

} // namespace kvrun::emulator
