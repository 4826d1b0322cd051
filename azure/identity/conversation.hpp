// SPDX-License-Identifier: MIT
#pragma once

#include "azure/identity/credential.hpp"
#include "azure/identity/endpoint.hpp"
#include "azure/identity/identity_answer.hpp"
#include "azure/identity/token_answer.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace kvrun::azure {

// Whom a source asks, and when it asks again.
struct Peer {
  std::string_view kind; // of the source
  std::string authority; // "169.254.169.254"
  // Whether the same request may succeed later; not asked about a redirect.
  std::function<bool(const IdentityAnswer&)> transient = [](const IdentityAnswer& answer) {
    return may_succeed_later(answer);
  };
  // May throw instead of a further try, after one that brought no answer.
  std::function<void(const TransportFailure&)> unanswered = [](const TransportFailure&) {};
  std::string hint; // where another hint is wanted than the table's

  // 408, 429 and 5xx; the login host's own codes for "later".
  [[nodiscard]] static bool may_succeed_later(const IdentityAnswer& answer);
  // "identity 'vm' at 169.254.169.254".
  [[nodiscard]] std::string label() const;
};

// Asks a peer until an answer comes that asking again does not change, and returns that answer,
// whatever its status. Each try is a request of its own, so that an assertion is as fresh as it can
// be, and may take 30 s. Throws Error: `unavailable` at the deadline, with the last answer; what a
// failure without a remedy is (rules A3).
[[nodiscard]] HttpResponse ask(const Peer& peer,
                               const IdentityContext& context,
                               const std::function<HttpRequest()>& request,
                               const Deadline& deadline);

// The token of an answer. Throws Error(refused) with what the answer says and a hint.
[[nodiscard]] TokenAnswer
expect_token(const Peer& peer, const IdentityContext& context, const HttpResponse& response);

// The error of an answer that brought nothing.
[[nodiscard]] Error refusal(const Peer& peer, const IdentityAnswer& answer);

// A request to a managed-identity endpoint: never through a proxy.
[[nodiscard]] HttpRequest local_request(const Endpoint& endpoint, std::string target);

// A header value out of a variable. Throws Error(usage) naming the variable where it has a control
// character, which could end the header.
[[nodiscard]] Header
secret_header(std::string_view name, std::string_view variable, std::string_view value);

// Appends "name=value" to a form, encoded; the value is copied nowhere else.
void add_field(SecretString& form, std::string_view name, std::string_view value);

} // namespace kvrun::azure
