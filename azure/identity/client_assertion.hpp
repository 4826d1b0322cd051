// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kvrun::azure {

// Why a file is no usable certificate with its key. Quotes nothing of it.
class BadCertificate : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// What an assertion claims.
struct AssertionClaims {
  std::string audience;
  std::string client_id;
  std::int64_t now = 0; // Unix seconds
};

enum class AssertionForm {
  entra, // PS256, x5t#S256
  adfs,  // RS256, x5t
};

// An RSA certificate with its private key, to sign assertions with (identity.md §9.2).
class ClientCertificate {
public:
  // From PEM (certificate, further ones as its chain, and key, in any order) or PKCS#12. Throws
  // BadCertificate.
  static ClientCertificate load(std::string_view content, std::string_view password);

  ClientCertificate(ClientCertificate&&) noexcept;
  ClientCertificate& operator=(ClientCertificate&&) noexcept;
  ClientCertificate(const ClientCertificate&) = delete;
  ClientCertificate& operator=(const ClientCertificate&) = delete;
  ~ClientCertificate();

  // A signed JWT that is valid for ten minutes, with an id of its own; with `x5c` when the chain is
  // to be sent. Throws BadCertificate when OpenSSL cannot sign.
  [[nodiscard]] SecretString
  sign(const AssertionClaims& claims, AssertionForm form, bool with_chain) const;

private:
  struct State;
  explicit ClientCertificate(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace kvrun::azure
