// SPDX-License-Identifier: MIT
#pragma once

#include "azure/access_token.hpp"
#include "azure/http.hpp"
#include "azure/secret_identifier.hpp"
#include "base/error.hpp"

#include <string>

namespace kvrun::azure {

// What Key Vault says when it does not give a secret (reference/key-vault.md §3). Codes and ids
// only; the message is made safe to print.
struct ServiceError {
  int status = 0;
  std::string code;       // error.code
  std::string inner_code; // the innermost innererror.code
  std::string akv;        // "AKV10032", of a 401
  std::string message;    // one line
  std::string request_id;
  std::string object_id;       // of the caller, as the service sees it
  std::string resource;        // "/subscriptions/…/secrets/…", as an RBAC refusal names it
  std::string tenant_id;       // the vault's, as a challenge names it
  std::string client_address;  // as the firewall sees it
  bool from_key_vault = false; // it has the service's own headers
  bool challenges = false;     // it has a WWW-Authenticate, as each 401 of the service

  // The most telling code: the inner one, else error.code, else "".
  [[nodiscard]] const std::string& telling_code() const;
  // "403 ForbiddenByRbac (request 9a1e99cd-…)".
  [[nodiscard]] std::string summary() const;
};

[[nodiscard]] ServiceError parse_service_error(const HttpResponse& response);

// What to do about an answer (reference/key-vault.md §3.7).
enum class Verdict {
  retry,       // 408, 429, 5xx but 501, AKV10046
  fresh_token, // a 401 that a new token may cure
  absent,      // 404: the secret or the version is not there
  access, // 403 ForbiddenByRbac, AccessDenied, ForbiddenByPolicy: a role granted a moment ago may
          // cure it
  final,
};
[[nodiscard]] Verdict verdict_of(const ServiceError& error);

// The error to print: what failed, on what, what the service answered; and the fix, with the ids
// filled in.
[[nodiscard]] Error explain(const ServiceError& error,
                            const SecretIdentifier& secret,
                            const AccessToken::Claims& caller);

// The same of an answer that does not list a vault's secrets.
[[nodiscard]] Error explain_listing(const ServiceError& error,
                                    const std::string& vault_label,
                                    const AccessToken::Claims& caller);

} // namespace kvrun::azure
