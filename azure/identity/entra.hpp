// SPDX-License-Identifier: MIT
#pragma once

#include "azure/identity/source.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace kvrun::azure {

// An application in a tenant, at the login host of its cloud (identity.md §8, §9).
struct Application {
  Endpoint login; // of the token endpoint
  std::string tenant;
  std::string client_id;

  // What an assertion is for: the URL of the token endpoint.
  [[nodiscard]] std::string token_url() const;
  // AD FS has paths, scopes and algorithms of its own.
  [[nodiscard]] bool is_adfs() const;
};

// The application that two variables name. The login host is AZURE_AUTHORITY_HOST, else the
// cloud's. Throws Error(usage): a variable is not set or holds no id; the host is no https URL, of
// another cloud, or no login host at all and not given by --trust-host (design.md §5).
[[nodiscard]] Application find_application(std::string_view kind,
                                           std::string_view tenant_variable,
                                           std::string_view client_variable,
                                           const IdentityContext& context);

// How an application proves itself. Whatever it adds to the form is made anew for every try.
struct Proof {
  std::function<void(SecretString& form)> add;
  // The assertion's claims, for the message when no federated credential matches.
  std::function<AccessToken::Claims()> claims;
  // The login host has said something about what was added.
  std::function<void()> answered = [] {};
};

// How long an assertion is good: one that a CI service was asked for is as good for a try whose
// predecessor broke off without an answer, and saves a request.
enum class AssertionLife { one_try, until_answered };

// A source that asks the login host for a token in exchange for a proof.
class Federated : public Source {
public:
  Federated(std::string_view kind, const IdentityContext& context, Application application)
      : Source(kind, context), application_(std::move(application)) {}

protected:
  [[nodiscard]] const Application& application() const { return application_; }
  [[nodiscard]] AccessToken
  exchange(const Proof& proof, std::string_view audience, const Deadline& deadline) const;
  // The same with an assertion (RFC 7523), which `fetch` gets whenever its life is over.
  [[nodiscard]] AccessToken exchange_assertion(const std::function<SecretString()>& fetch,
                                               std::string_view audience,
                                               const Deadline& deadline,
                                               AssertionLife life = AssertionLife::one_try) const;
  // Where the request goes, if not to the application's login host.
  [[nodiscard]] virtual HttpRequest token_request(const Deadline& deadline) const;

private:
  Application application_;
};

} // namespace kvrun::azure
