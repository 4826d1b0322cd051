// SPDX-License-Identifier: MIT
#include "emulator/certificates.hpp"

#include "emulator/random.hpp"

#include <fmt/format.h>

#include <array>

namespace kvrun::emulator {
namespace {

KeyPtr make_key(KeyType type) {
  // EVP_EC_gen() casts its argument's const away.
  KeyPtr key(type == KeyType::ec ? EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")
                                 : EVP_RSA_gen(2048));
  require(key != nullptr, "making a key");
  return key;
}

void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, OpensslDeleter<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  require(extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1,
          "making an extension");
}

std::string joined(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ","));
}

CertificatePtr make_certificate(EVP_PKEY* key, const std::string& name) {
  constexpr long day = 24L * 60 * 60;
  CertificatePtr certificate(X509_new());
  require(certificate != nullptr, "making a certificate");
  X509_set_version(certificate.get(), X509_VERSION_3);
  const std::string serial = random_bytes(16);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
  const auto* bytes = reinterpret_cast<const unsigned char*>(serial.data());
  const std::unique_ptr<BIGNUM, OpensslDeleter<BN_free>> number(
      BN_bin2bn(bytes, static_cast<int>(serial.size()), nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get()));
  // A day back: clocks in containers and on other machines differ.
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 30 * day);
  require(X509_set_pubkey(certificate.get(), key) == 1, "setting a public key");
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
  const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
  require(X509_NAME_add_entry_by_txt(
              X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1,
          "setting a subject");
  return certificate;
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

} // namespace

CertificateAuthority::CertificateAuthority()
    : key_(make_key(KeyType::ec)), leaf_key_(make_key(KeyType::ec)),
      certificate_(make_certificate(key_.get(), "kvrun-emulator CA")) {
  X509* own = certificate_.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  add_extension(own, own, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  add_extension(own, own, NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(own, own, NID_subject_key_identifier, "hash");
  require(X509_sign(own, key_.get(), EVP_sha256()) > 0, "signing the CA's certificate");
}

CertificatePtr CertificateAuthority::leaf(const std::vector<std::string>& names) const {
  CertificatePtr leaf = make_certificate(leaf_key_.get(), "kvrun-emulator");
  X509* issuer = certificate_.get();
  X509_set_issuer_name(leaf.get(), X509_get_subject_name(issuer));
  add_extension(leaf.get(), issuer, NID_subject_alt_name, joined(names));
  add_extension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature");
  add_extension(leaf.get(), issuer, NID_ext_key_usage, "serverAuth");
  add_extension(leaf.get(), issuer, NID_subject_key_identifier, "hash");
  add_extension(leaf.get(), issuer, NID_authority_key_identifier, "keyid:always");
  require(X509_sign(leaf.get(), key_.get(), EVP_sha256()) > 0, "signing a certificate");
  return leaf;
}

std::string CertificateAuthority::pem() const {
  return to_pem(certificate_.get());
}

KeyedCertificate
self_signed(KeyType type, const std::string& name, const std::vector<std::string>& names) {
  KeyedCertificate made;
  made.key = make_key(type);
  made.certificate = make_certificate(made.key.get(), name);
  X509* own = made.certificate.get();
  X509_set_issuer_name(own, X509_get_subject_name(own));
  add_extension(own, own, NID_subject_alt_name, joined(names));
  require(X509_sign(own, made.key.get(), EVP_sha256()) > 0, "signing a certificate");
  return made;
}

std::string to_pem(X509* certificate) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_X509(bio.get(), certificate) == 1, "writing a certificate");
  return text_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
  const BioPtr bio(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "writing a key");
  return text_of(bio.get());
}

std::string digest(X509* certificate, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  require(X509_digest(certificate, algorithm, bytes.data(), &size) == 1, "digesting");
  return {bytes.begin(), bytes.begin() + size};
}

std::string thumbprint(X509* certificate) {
  std::string text;
  for (const char byte : digest(certificate, EVP_sha1())) {
    text += fmt::format("{:02X}", static_cast<unsigned char>(byte));
  }
  return text;
}

} // namespace kvrun::emulator
