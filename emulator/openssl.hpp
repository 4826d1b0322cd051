// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace kvrun::emulator {

// Frees one of OpenSSL's objects.
template <auto Free> struct OpensslDeleter {
  template <typename Object> void operator()(Object* object) const { Free(object); }
};

using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslDeleter<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, OpensslDeleter<X509_free>>;
using BioPtr = std::unique_ptr<BIO, OpensslDeleter<BIO_free_all>>;
using TlsContextPtr = std::unique_ptr<SSL_CTX, OpensslDeleter<SSL_CTX_free>>;
using TlsPtr = std::unique_ptr<SSL, OpensslDeleter<SSL_free>>;

// Throws when OpenSSL says that a step went wrong.
inline void require(bool good, const char* step) {
  if (!good) {
    ERR_clear_error();
    throw std::runtime_error(std::string("OpenSSL: ") + step + " failed");
  }
}

} // namespace kvrun::emulator
