// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/openssl.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kvrun::emulator {

struct KeyedCertificate {
  KeyPtr key;
  CertificatePtr certificate;
};

// A certificate authority that lives as long as the emulator: EC P-256, its key never leaves the
// process. All leaf certificates share one key.
class CertificateAuthority {
public:
  CertificateAuthority();

  // `names` as in a subjectAltName extension: "DNS:*.vault.azure.net", "IP:127.0.0.1".
  [[nodiscard]] CertificatePtr leaf(const std::vector<std::string>& names) const;
  [[nodiscard]] EVP_PKEY* leaf_key() const noexcept { return leaf_key_.get(); }
  [[nodiscard]] X509* certificate() const noexcept { return certificate_.get(); }
  [[nodiscard]] std::string pem() const;

private:
  KeyPtr key_;
  KeyPtr leaf_key_;
  CertificatePtr certificate_;
};

enum class KeyType { ec, rsa };

[[nodiscard]] KeyedCertificate
self_signed(KeyType type, const std::string& name, const std::vector<std::string>& names);

[[nodiscard]] std::string to_pem(X509* certificate);
[[nodiscard]] std::string to_pem(EVP_PKEY* key);
// The digest of the certificate's DER.
[[nodiscard]] std::string digest(X509* certificate, const EVP_MD* algorithm);
// Upper-case digits of the SHA-1, as Service Fabric has it.
[[nodiscard]] std::string thumbprint(X509* certificate);

} // namespace kvrun::emulator
