// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/certificates.hpp"
#include "emulator/identity/identity.hpp"

#include <set>
#include <string>
#include <string_view>

namespace kvrun::emulator {

// Entra ID at the login hosts: discovery, and tokens for a client secret, a certificate or a
// federated assertion (identity.md §8 to §11, interop.md §4).
class Entra {
public:
  // `client_secret` is what opens; "" is none. `certificate` may be null. `tenants` are known
  // besides the principal's own.
  Entra(IdentityContext context,
        std::string client_secret,
        X509* certificate,
        std::set<std::string> tenants);

  // `host` is the login host asked.
  [[nodiscard]] Answer answer(const Request& request, const std::string& host) const;
  // `code` is a number of the AADSTS kind, with or without that word.
  [[nodiscard]] Answer failure(int status, std::string_view code) const;

private:
  [[nodiscard]] Answer discovery(const Request& request, const std::string& host) const;
  [[nodiscard]] Answer configuration(const std::string& tenant, const std::string& host) const;
  [[nodiscard]] Answer
  token(const Request& request, const std::string& tenant, const std::string& host) const;
  // 0 when the credential in the form is good; else the error's code.
  [[nodiscard]] int check_credential(const Fields& form, const std::string& token_url) const;
  [[nodiscard]] int check_assertion(std::string_view assertion, const std::string& token_url) const;
  [[nodiscard]] Answer error(int code) const;
  [[nodiscard]] Answer
  error(int status, std::string_view name, int code, std::string_view text) const;
  [[nodiscard]] bool is_tenant(std::string_view tenant) const;

  IdentityContext context_;
  std::string client_secret_;
  X509* certificate_;
  std::set<std::string> tenants_;
};

// Azure Resource Manager, as far as `az login` asks it (interop.md §4).
[[nodiscard]] Answer arm_answer(const IdentityContext& context, const Request& request);

} // namespace kvrun::emulator
