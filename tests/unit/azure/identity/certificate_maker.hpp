// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>

namespace kvrun::azure {

enum class Padding { pss, pkcs1 };

// A self-signed certificate with its key, made by OpenSSL itself.
class MadeCertificate {
public:
  static MadeCertificate rsa();
  static MadeCertificate elliptic();

  [[nodiscard]] std::string pem() const { return certificate_pem() + key_pem(""); }
  [[nodiscard]] std::string certificate_pem() const;
  [[nodiscard]] std::string key_pem(std::string_view password) const;
  [[nodiscard]] std::string pkcs12(const std::string& password) const;
  [[nodiscard]] std::string der() const;
  [[nodiscard]] std::string digest(const char* algorithm) const;
  [[nodiscard]] bool
  verifies(std::string_view text, std::string_view signature, Padding padding) const;

private:
  explicit MadeCertificate(EVP_PKEY* key);
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

} // namespace kvrun::azure
