// SPDX-License-Identifier: MIT
#include "tests/unit/azure/identity/certificate_maker.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include <array>
#include <stdexcept>

namespace kvrun::azure {

namespace {

void require(bool good) {
  if (!good) {
    throw std::runtime_error("OpenSSL");
  }
}

template <typename Write> std::string written(const Write& write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  require(bio && write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data()); // OpenSSL reads octets
}

} // namespace

MadeCertificate::MadeCertificate(EVP_PKEY* key)
    : key_(key, EVP_PKEY_free), certificate_(X509_new(), X509_free) {
  require(key != nullptr && certificate_);
  X509* made = certificate_.get();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 1);
  X509_gmtime_adj(X509_getm_notBefore(made), 0);
  X509_gmtime_adj(X509_getm_notAfter(made), 86400);
  X509_set_pubkey(made, key);
  X509_NAME* name = X509_get_subject_name(made);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, octets("kvrun test"), -1, -1, 0);
  X509_set_issuer_name(made, name);
  require(X509_sign(made, key, EVP_sha256()) > 0);
}

MadeCertificate MadeCertificate::rsa() {
  return MadeCertificate(EVP_RSA_gen(2048));
}

MadeCertificate MadeCertificate::elliptic() {
  return MadeCertificate(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
}

std::string MadeCertificate::certificate_pem() const {
  return written([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate_.get()); });
}

std::string MadeCertificate::key_pem(std::string_view password) const {
  return written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio,
                                         key_.get(),
                                         password.empty() ? nullptr : EVP_aes_256_cbc(),
                                         password.data(),
                                         static_cast<int>(password.size()),
                                         nullptr,
                                         nullptr);
  });
}

std::string MadeCertificate::pkcs12(const std::string& password) const {
  const std::unique_ptr<PKCS12, void (*)(PKCS12*)> bag(
      PKCS12_create(
          password.c_str(), "kvrun", key_.get(), certificate_.get(), nullptr, 0, 0, 0, 0, 0),
      PKCS12_free);
  require(bag != nullptr);
  return written([&](BIO* bio) { return i2d_PKCS12_bio(bio, bag.get()); });
}

std::string MadeCertificate::der() const {
  return written([&](BIO* bio) { return i2d_X509_bio(bio, certificate_.get()); });
}

std::string MadeCertificate::digest(const char* algorithm) const {
  const std::string bytes = der();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  require(EVP_Digest(bytes.data(),
                     bytes.size(),
                     digest.data(),
                     &size,
                     EVP_get_digestbyname(algorithm),
                     nullptr) == 1);
  return {digest.begin(), digest.begin() + size};
}

bool MadeCertificate::verifies(std::string_view text,
                               std::string_view signature,
                               Padding padding) const {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  EVP_PKEY_CTX* parameters = nullptr;
  require(EVP_DigestVerifyInit(context.get(),
                               &parameters,
                               EVP_sha256(),
                               nullptr,
                               X509_get0_pubkey(certificate_.get())) == 1);
  if (padding == Padding::pss) {
    require(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
    require(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 32) == 1);
  }
  return EVP_DigestVerify(
             context.get(), octets(signature), signature.size(), octets(text), text.size()) == 1;
}

} // namespace kvrun::azure
