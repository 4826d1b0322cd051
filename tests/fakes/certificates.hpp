// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace kvrun::fakes {

// A private key and the certificate for it.
struct KeyedCertificate {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;

  [[nodiscard]] std::string pem() const;
  // As `openssl x509 -trustout` writes it: a TRUSTED CERTIFICATE.
  [[nodiscard]] std::string trusted_pem() const;
  [[nodiscard]] std::string key_pem(const std::string& passphrase = {}) const;
  // SHA-1 of the DER, in lower-case hex.
  [[nodiscard]] std::string sha1() const;
  // The name under which a hashed directory has it: "1234abcd.0".
  [[nodiscard]] std::string hashed_name() const;
};

enum class Lifetime { now, over };

// A certificate authority of a test's own. Its certificate is a root.
class Authority {
public:
  explicit Authority(const std::string& name = "kvrun test authority");

  // `names` as in a subjectAltName: "DNS:a.example,IP:127.0.0.1".
  [[nodiscard]] KeyedCertificate issue(const std::string& names,
                                       Lifetime lifetime = Lifetime::now) const;
  // An authority below this one.
  [[nodiscard]] Authority issue_authority(const std::string& name) const;
  [[nodiscard]] std::string pem() const { return root_.pem(); }
  [[nodiscard]] const KeyedCertificate& root() const { return root_; }

private:
  explicit Authority(KeyedCertificate root) : root_(std::move(root)) {}
  KeyedCertificate root_;
};

[[nodiscard]] KeyedCertificate self_signed(const std::string& names);

} // namespace kvrun::fakes
