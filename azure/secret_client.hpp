// SPDX-License-Identifier: MIT
#pragma once

#include "azure/access_token.hpp"
#include "azure/http.hpp"
#include "azure/identity/credential.hpp"
#include "azure/secret_bundle.hpp"
#include "azure/secret_identifier.hpp"
#include "azure/service_error.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace kvrun::azure {

inline constexpr std::string_view k_api_version =
    "7.4"; // understood by every cloud and emulator; not settable (rules A47)

// A secret to read.
struct SecretRead {
  SecretIdentifier secret;
  bool may_be_absent = false; // whoever asked can do without it: a 404 is no refusal
};

// Why a secret could not be read.
struct FetchFailure {
  Error error;
  bool absent = false; // 404 from Key Vault: the name or the version is not there (rules A30)
  std::optional<ServiceError> answer = std::nullopt; // the last one, where the service refused
};

using FetchResult = std::variant<SecretBundle, FetchFailure>;

// What came of all of them: a result for each, or, where no token was to be had, why.
struct Fetched {
  std::vector<std::optional<FetchResult>> results; // in the order asked for
  std::vector<Error> token_errors;                 // one an audience; its secrets have no result
};

// Access tokens of one credential, one an audience, each asked for once and once more when the
// service refuses it.
class AccessTokens {
public:
  AccessTokens(TokenCredential& credential, HttpTransport& transport, Trace* trace)
      : credential_(credential), transport_(transport), trace_(trace) {}

  struct Held {
    AccessToken token;
    unsigned generation = 0; // 1 for the first, 2 for the fresh one after a 401
  };
  // Throws what the credential throws.
  const Held& get(const std::string& audience, const Deadline& deadline);
  // The next one, unless it has been fetched already since `seen`.
  const Held& fresh(const std::string& audience, unsigned seen, const Deadline& deadline);
  // One of those held; nullptr when there is none.
  [[nodiscard]] const AccessToken* any() const;

private:
  void fetch(Held& held, const std::string& audience, const Deadline& deadline);

  TokenCredential& credential_;
  HttpTransport& transport_;
  Trace* trace_;
  std::map<std::string, Held> held_;
};

struct SecretClientOptions {
  bool wait_for_access = false; // a role that was granted a moment ago (--wait-for-access)
  std::function<double()> random;
  std::function<std::int64_t()> unix_time;
  const Log* log = nullptr;
  Trace* trace = nullptr;
};

// Reads secrets from Key Vaults: one token an audience, one request a secret, all at once
// (design.md §1, §4).
class SecretClient {
public:
  SecretClient(HttpTransport& transport, AccessTokens& tokens, SecretClientOptions options)
      : transport_(transport), tokens_(tokens), options_(std::move(options)) {}

  // Reads all of them. TCP and TLS are set up while the tokens are asked for; the first request
  // carries the token. Once anything is refused, first tries still go out and nothing is tried
  // again (design.md §4).
  [[nodiscard]] Fetched fetch(std::span<const SecretRead> secrets, const Deadline& deadline);

private:
  HttpTransport& transport_;
  AccessTokens& tokens_;
  SecretClientOptions options_;
};

// The request for a secret, but for its token. `client_request_id`: a UUID.
[[nodiscard]] HttpRequest secret_request(const SecretIdentifier& secret,
                                         std::string_view token,
                                         std::string_view client_request_id);
// A random UUID (version 4).
[[nodiscard]] std::string make_uuid();

} // namespace kvrun::azure
