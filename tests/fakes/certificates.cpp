// SPDX-License-Identifier: MIT
#include "tests/fakes/certificates.hpp"

#include <fmt/format.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <atomic>
#include <stdexcept>
#include <string_view>

namespace kvrun::fakes {

namespace {

constexpr long k_day = 24L * 60 * 60;

void require(bool good) {
  if (!good) {
    throw std::runtime_error("OpenSSL made no certificate");
  }
}

template <typename Write> std::string written(const Write& write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  require(bio && write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value), X509_EXTENSION_free);
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

KeyedCertificate make(const std::string& name, Lifetime lifetime) {
  static std::atomic<long> serial{1};
  KeyedCertificate made{{EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free},
                        {X509_new(), X509_free}};
  require(made.key && made.certificate);
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -2 * k_day);
  X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime == Lifetime::now ? k_day : -k_day);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate),
                             "CN",
                             MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()),
                             -1,
                             -1,
                             0);
  return made;
}

// By the issuer, which the key identifiers tell from others of its name.
void sign(KeyedCertificate& made, const KeyedCertificate& issuer, int nid, const char* extension) {
  X509* certificate = made.certificate.get();
  X509* by = issuer.certificate.get();
  add_extension(certificate, by, nid, extension);
  add_extension(certificate, by, NID_subject_key_identifier, "hash");
  if (certificate != by) {
    add_extension(certificate, by, NID_authority_key_identifier, "keyid:always");
  }
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  require(X509_sign(certificate, issuer.key.get(), EVP_sha256()) > 0);
}

KeyedCertificate make_root(const std::string& name, const KeyedCertificate* issuer) {
  KeyedCertificate root = make(name, Lifetime::now);
  sign(root, issuer == nullptr ? root : *issuer, NID_basic_constraints, "critical,CA:TRUE");
  return root;
}

} // namespace

std::string KeyedCertificate::pem() const {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

std::string KeyedCertificate::trusted_pem() const {
  const std::unique_ptr<X509, void (*)(X509*)> copy(X509_dup(certificate.get()), X509_free);
  require(X509_add1_trust_object(copy.get(), OBJ_nid2obj(NID_server_auth)) == 1);
  return written([&](BIO* bio) { return PEM_write_bio_X509_AUX(bio, copy.get()); });
}

std::string KeyedCertificate::key_pem(const std::string& passphrase) const {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio,
                                         key.get(),
                                         passphrase.empty() ? nullptr : EVP_aes_256_cbc(),
                                         passphrase.data(),
                                         static_cast<int>(passphrase.size()),
                                         nullptr,
                                         nullptr);
  });
}

std::string KeyedCertificate::sha1() const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(X509_digest(certificate.get(), EVP_sha1(), digest.data(), &size) == 1);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += fmt::format("{:02x}", digest.at(i));
  }
  return hex;
}

std::string KeyedCertificate::hashed_name() const {
  return fmt::format("{:08x}.0", X509_subject_name_hash(certificate.get()));
}

Authority::Authority(const std::string& name) : root_(make_root(name, nullptr)) {}

KeyedCertificate Authority::issue(const std::string& names, Lifetime lifetime) const {
  KeyedCertificate leaf = make("leaf", lifetime);
  sign(leaf, root_, NID_subject_alt_name, names.c_str());
  return leaf;
}

Authority Authority::issue_authority(const std::string& name) const {
  return Authority(make_root(name, &root_));
}

KeyedCertificate self_signed(const std::string& names) {
  KeyedCertificate made = make("self", Lifetime::now);
  sign(made, made, NID_subject_alt_name, names.c_str());
  return made;
}

} // namespace kvrun::fakes
