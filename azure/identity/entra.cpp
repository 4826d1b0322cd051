// SPDX-License-Identifier: MIT
#include "azure/identity/entra.hpp"

#include "azure/identity/hints.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace kvrun::azure {

namespace {

constexpr std::string_view k_authority_variable = "AZURE_AUTHORITY_HOST";
constexpr std::string_view k_assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::int64_t k_least_assertion = 60; // seconds that it must have left to be sent again

std::string required(std::string_view kind, std::string_view name, const IdentityContext& context) {
  const std::string_view value = context.environment(name);
  if (value.empty()) {
    throw Error(ErrorKind::usage, fmt::format("identity '{}': {} is not set", kind, name));
  }
  const bool good = std::all_of(value.begin(),
                                value.end(),
                                [](char c) {
                                  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                         (c >= '0' && c <= '9') || c == '-' || c == '.';
                                }) &&
                    value.find_first_not_of('.') != std::string_view::npos;
  if (!good) {
    throw Error(ErrorKind::usage,
                fmt::format("identity '{}': {} holds no id", kind, name),
                "an id has letters, digits, '-' and '.'");
  }
  return std::string(value);
}

bool is_trusted(const IdentityContext& context, const Origin& origin) {
  return std::find(context.trusted_hosts.begin(), context.trusted_hosts.end(), origin) !=
         context.trusted_hosts.end();
}

// A login host gets the credential itself: it is one of the table's, of the cloud that is used.
Endpoint login_host(const IdentityContext& context) {
  const std::string_view url = context.environment(k_authority_variable);
  if (url.empty()) {
    return {{true, std::string(context.cloud.login_host), 443}, "/", {}};
  }
  Endpoint endpoint = parse_endpoint(k_authority_variable, url, Scheme::https_only);
  if (endpoint.path != "/" || !endpoint.query.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("the variable '{}' holds more than a host", k_authority_variable),
                "write https://HOST/");
  }
  if (is_trusted(context, endpoint.origin)) {
    return endpoint;
  }
  const Cloud* cloud =
      endpoint.origin.port == 443 ? cloud_of_login_host(endpoint.origin.host) : nullptr;
  if (cloud == nullptr) {
    throw Error(ErrorKind::usage,
                fmt::format("the variable '{}' names no login host of Azure", k_authority_variable),
                "a credential goes only to a known login host, or to one given by --trust-host");
  }
  if (cloud->name != context.cloud.name) {
    throw Error(ErrorKind::usage,
                fmt::format("the variable '{}' is of cloud '{}', and the cloud is '{}'",
                            k_authority_variable,
                            cloud->name,
                            context.cloud.name),
                fmt::format("set 'cloud: {}', or unset the variable", cloud->name));
  }
  return endpoint;
}

// The claims that match no federated credential are what has to be compared.
Error with_claims(const Error& error, int aadsts, const Proof& proof) {
  if (!proof.claims || !is_federation_mismatch(aadsts)) {
    return error;
  }
  const AccessToken::Claims claims = proof.claims();
  return {error.kind(),
          fmt::format("{}; the assertion has issuer '{}', subject '{}', audience '{}'",
                      error.message(),
                      claims.issuer,
                      claims.subject,
                      claims.audience),
          error.hint()};
}

} // namespace

bool Application::is_adfs() const {
  return equal_without_case(tenant, "adfs");
}

std::string Application::token_url() const {
  return fmt::format("https://{}{}", login.origin.authority(), login.path);
}

Application find_application(std::string_view kind,
                             std::string_view tenant_variable,
                             std::string_view client_variable,
                             const IdentityContext& context) {
  Application application{login_host(context),
                          required(kind, tenant_variable, context),
                          required(kind, client_variable, context)};
  application.login.path = application.is_adfs()
                               ? "/adfs/oauth2/token"
                               : fmt::format("/{}/oauth2/v2.0/token", application.tenant);
  context.log.verbose(fmt::format("identity '{}': client id '{}' in tenant '{}' at {}",
                                  kind,
                                  application.client_id,
                                  application.tenant,
                                  application.login.origin.authority()));
  return application;
}

HttpRequest Federated::token_request(const Deadline&) const {
  HttpRequest request;
  request.origin = application_.login.origin;
  request.target = application_.login.path;
  return request;
}

AccessToken
Federated::exchange(const Proof& proof, std::string_view audience, const Deadline& deadline) const {
  const auto request = [&] {
    HttpRequest made = token_request(deadline);
    made.method = "POST";
    made.headers.push_back({"Content-Type", SecretString("application/x-www-form-urlencoded")});
    add_field(made.body, "grant_type", "client_credentials");
    add_field(made.body, "client_id", application_.client_id);
    add_field(made.body,
              "scope",
              application_.is_adfs() ? std::string(audience)
                                     : fmt::format("{}/.default", audience));
    proof.add(made.body);
    return made;
  };
  Peer login = peer({token_request(deadline).origin, {}, {}});
  bool asked_with_fresh_assertion = false;
  login.transient = [&](const IdentityAnswer& answer) {
    proof.answered();
    if (answer.aadsts == 700024 && !asked_with_fresh_assertion) {
      // The assertion's time was over or had not come: the next one may do, once.
      asked_with_fresh_assertion = true;
      return true;
    }
    return answer.aadsts != 50196 &&
           (Peer::may_succeed_later(answer) || is_transient_aadsts(answer.aadsts) ||
            answer.code == "temporarily_unavailable");
  };
  const HttpResponse response = ask(login, context(), request, deadline);
  if (response.status != 200) {
    const IdentityAnswer answer = parse_answer(response);
    throw with_claims(refusal(login, answer), answer.aadsts, proof);
  }
  return std::move(expect_token(login, context(), response).token);
}

AccessToken Federated::exchange_assertion(const std::function<SecretString()>& fetch,
                                          std::string_view audience,
                                          const Deadline& deadline,
                                          AssertionLife life) const {
  std::optional<AccessToken> assertion;
  AccessToken::Claims claims;
  Proof proof;
  proof.add = [&](SecretString& form) {
    const bool over =
        claims.expires_on != 0 && claims.expires_on - context().unix_time() < k_least_assertion;
    if (!assertion || life == AssertionLife::one_try || over) {
      assertion = AccessToken{fetch(), 0};
      claims = assertion->claims();
    }
    add_field(form, "client_assertion_type", k_assertion_type);
    add_field(form, "client_assertion", assertion->token.reveal());
  };
  proof.answered = [&] { assertion.reset(); };
  proof.claims = [&] { return claims; };
  return exchange(proof, audience, deadline);
}

} // namespace kvrun::azure
