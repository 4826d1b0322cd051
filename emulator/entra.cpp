// SPDX-License-Identifier: MIT
#include "emulator/entra.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/client_assertion.hpp"
#include "emulator/clouds.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace kvrun::emulator {
namespace {

struct LoginError {
  int code;
  int status;
  std::string_view name;
  std::string_view text;
};

// identity.md §9.3.
constexpr std::array k_errors{
    LoginError{7000215,
               401,
               "invalid_client",
               "Invalid client secret provided. Ensure the secret being sent in the request is the "
               "client secret value, not the client secret ID, for a secret added to app "
               "'aaaaaaaa-0000-4000-8000-000000000001'."},
    LoginError{7000222, 401, "invalid_client", "The provided client secret keys are expired."},
    LoginError{7000218,
               401,
               "invalid_client",
               "The request body must contain the following parameter: 'client_assertion' or "
               "'client_secret'."},
    LoginError{7000112, 400, "unauthorized_client", "Application is disabled."},
    LoginError{700016,
               400,
               "unauthorized_client",
               "Application with that identifier was not found in the directory."},
    LoginError{700021, 401, "invalid_client", "Client assertion subject or issuer is invalid."},
    LoginError{700023, 401, "invalid_client", "Client assertion audience claim does not match."},
    LoginError{
        700024, 401, "invalid_client", "Client assertion is not within its valid time range."},
    LoginError{700027,
               401,
               "invalid_client",
               "The certificate with identifier used to sign the client assertion is not "
               "registered on application."},
    LoginError{700211,
               401,
               "invalid_client",
               "No matching federated identity record found for presented assertion issuer."},
    LoginError{700212,
               401,
               "invalid_client",
               "No matching federated identity record found for presented assertion audience."},
    LoginError{700213,
               401,
               "invalid_client",
               "No matching federated identity record found for presented assertion subject."},
    LoginError{50027, 401, "invalid_client", "JWT token is invalid or malformed."},
    LoginError{90002, 400, "invalid_request", "Tenant not found."},
    LoginError{90033, 503, "temporarily_unavailable", "A transient error has occurred."},
    LoginError{
        500011, 400, "invalid_resource", "The resource principal was not found in the tenant."},
    LoginError{70011,
               400,
               "invalid_scope",
               "The provided value for the input parameter 'scope' is not valid."},
    LoginError{
        70003, 400, "unsupported_grant_type", "The app requested an unsupported grant type."},
    LoginError{900144,
               400,
               "invalid_request",
               "The request body must contain a parameter that is missing."},
    LoginError{53003, 400, "interaction_required", "Access has been blocked by policy."},
};

std::string_view suffix_of_federation(std::string_view host) {
  const Cloud& cloud = cloud_of_login_host(host);
  return &cloud == &k_clouds[1] ? "China" : &cloud == &k_clouds[2] ? "USGov" : "";
}

std::string value_of(const Fields& form, std::string_view name) {
  const std::string* value = find(form, name);
  return value == nullptr ? std::string() : *value;
}

// The audience in a scope such as `https://vault.azure.net/.default openid`; "" when there is none.
std::string audience_of(std::string_view scopes) {
  constexpr std::string_view tail = "/.default";
  for (const std::string_view scope : split(scopes, ' ')) {
    if (scope.ends_with(tail)) {
      return std::string(scope.substr(0, scope.size() - tail.size()));
    }
  }
  return {};
}

// Whether Entra ID of the cloud at this login host has the audience.
bool is_of_cloud(std::string_view audience, const std::string& host) {
  const bool is_vault = std::any_of(k_clouds.begin(), k_clouds.end(), [&](const Cloud& cloud) {
    return audience.starts_with(cloud.audience);
  });
  return is_known_audience(audience) &&
         (!is_vault || audience.starts_with(cloud_of_login_host(host).audience));
}

} // namespace

Entra::Entra(IdentityContext context,
             std::string client_secret,
             X509* certificate,
             std::set<std::string> tenants)
    : context_(std::move(context)), client_secret_(std::move(client_secret)),
      certificate_(certificate), tenants_(std::move(tenants)) {
  tenants_.insert(context_.issuer->principal().tenant);
}

bool Entra::is_tenant(std::string_view tenant) const {
  return tenants_.count(lower(tenant)) > 0;
}

Answer Entra::answer(const Request& request, const std::string& host) const {
  if (request.method == "GET" && request.path == "/common/discovery/instance") {
    return discovery(request, host);
  }
  const std::vector<std::string_view> parts = split(request.path, '/');
  const std::string tenant(parts.size() > 1 ? parts[1] : "");
  const std::string rest = request.path.substr(std::min(request.path.size(), tenant.size() + 1));
  const bool shared = tenant == "common" || tenant == "organizations";
  if (request.method == "GET" && rest.ends_with("/.well-known/openid-configuration")) {
    return is_tenant(tenant) || shared ? configuration(tenant, host) : error(90002);
  }
  if (rest == "/oauth2/v2.0/token" || rest == "/oauth2/token") {
    if (request.method != "POST") {
      return bare_answer(context_, 405);
    }
    return is_tenant(tenant) ? token(request, tenant, host) : error(90002);
  }
  return bare_answer(context_, 404);
}

Answer Entra::discovery(const Request& request, const std::string& host) const {
  const std::string* endpoint = request.parameter("authorization_endpoint");
  std::string tenant = context_.issuer->principal().tenant;
  if (endpoint != nullptr) {
    const std::vector<std::string_view> parts = split(*endpoint, '/');
    if (parts.size() > 3 && is_tenant(parts[3])) {
      tenant = std::string(parts[3]);
    }
  }
  std::vector<std::string> metadata;
  metadata.reserve(k_clouds.size());
  for (const Cloud& cloud : k_clouds) {
    metadata.push_back(
        fmt::format(R"({{"preferred_network":"{0}","preferred_cache":"{1}","aliases":["{0}"{2}]}})",
                    cloud.login_host,
                    &cloud == k_clouds.data() ? "login.windows.net" : cloud.login_host,
                    &cloud == k_clouds.data()
                        ? R"(,"login.windows.net","login.microsoft.com","sts.windows.net")"
                    : &cloud == &k_clouds[1] ? R"(,"login.chinacloudapi.cn")"
                                             : ""));
  }
  return json_answer(
      context_,
      200,
      fmt::format(
          R"({{"tenant_discovery_endpoint":"https://{}/{}/v2.0/.well-known/openid-configuration",)"
          R"("api-version":"1.1","metadata":[{}]}})",
          host,
          tenant,
          fmt::join(metadata, ",")));
}

Answer Entra::configuration(const std::string& tenant, const std::string& host) const {
  return json_answer(
      context_,
      200,
      fmt::format(
          R"({{"token_endpoint":"https://{0}/{1}/oauth2/v2.0/token",)"
          R"("token_endpoint_auth_methods_supported":["client_secret_post","private_key_jwt"],)"
          R"("jwks_uri":"https://{0}/{1}/discovery/v2.0/keys",)"
          R"("response_types_supported":["code","id_token"],"subject_types_supported":["pairwise"],)"
          R"("id_token_signing_alg_values_supported":["RS256"],)"
          R"("issuer":"https://{0}/{1}/v2.0",)"
          R"("authorization_endpoint":"https://{0}/{1}/oauth2/v2.0/authorize",)"
          R"("device_authorization_endpoint":"https://{0}/{1}/oauth2/v2.0/devicecode",)"
          R"("end_session_endpoint":"https://{0}/{1}/oauth2/v2.0/logout"}})",
          host,
          tenant,
          context_.issuer->principal().tenant));
}

Answer
Entra::token(const Request& request, const std::string& tenant, const std::string& host) const {
  const Fields form = parse_form(request.body);
  const std::string scope = value_of(form, "scope");
  const std::string resource = value_of(form, "resource"); // of the older /oauth2/token
  if (value_of(form, "grant_type") != "client_credentials") {
    return error(find(form, "grant_type") == nullptr ? 900144 : 70003);
  }
  const std::string client = value_of(form, "client_id");
  if (client.empty() || (scope.empty() && resource.empty())) {
    return error(900144);
  }
  if (!equal_without_case(client, context_.issuer->principal().client_id)) {
    return error(700016);
  }
  if (const int code = check_credential(form, fmt::format("https://{}{}", host, request.path))) {
    return error(code);
  }
  const std::string audience = scope.empty() ? resource : audience_of(scope);
  if (audience.empty() || !is_of_cloud(audience, host)) {
    return error(audience.empty() ? 70011 : 500011);
  }
  const std::int64_t life = context_.life(3599);
  return json_answer(
      context_,
      200,
      fmt::format(
          R"({{"token_type":"Bearer","expires_in":{0},"ext_expires_in":{0},"access_token":"{1}"}})",
          life,
          context_.issuer->access_token(audience, life, lower(tenant))));
}

int Entra::check_credential(const Fields& form, const std::string& token_url) const {
  if (const std::string* secret = find(form, "client_secret")) {
    return !client_secret_.empty() && *secret == client_secret_ ? 0 : 7000215;
  }
  const std::string assertion = value_of(form, "client_assertion");
  if (assertion.empty() || value_of(form, "client_assertion_type") !=
                               "urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
    return 7000218;
  }
  return check_assertion(assertion, token_url);
}

int Entra::check_assertion(std::string_view assertion, const std::string& token_url) const {
  const std::optional<Claims> claims = context_.issuer->read(assertion);
  if (!claims) {
    // Not of our CI systems and clusters: signed with the certificate, or foreign.
    const bool is_jwt = std::count(assertion.begin(), assertion.end(), '.') == 2;
    const int foreign = is_jwt ? 700211 : 50027;
    return certificate_ == nullptr
               ? foreign
               : check_client_assertion(assertion,
                                        {.certificate = certificate_,
                                         .audience = token_url,
                                         .client_id = context_.issuer->principal().client_id,
                                         .now = context_.issuer->now()});
  }
  const std::string_view host =
      std::string_view(token_url).substr(8, token_url.find('/', 8) - 8); // after https://
  if (claims->audience != fmt::format("api://AzureADTokenExchange{}", suffix_of_federation(host))) {
    return 700212;
  }
  return claims->expires <= context_.issuer->now() ? 700024 : 0;
}

Answer Entra::error(int code) const {
  const auto* known = std::find_if(
      k_errors.begin(), k_errors.end(), [&](const LoginError& each) { return each.code == code; });
  return known == k_errors.end() ? error(400, "invalid_request", code, "The request failed.")
                                 : error(known->status, known->name, code, known->text);
}

Answer Entra::error(int status, std::string_view name, int code, std::string_view text) const {
  const std::string at = fmt::format(
      "{:%Y-%m-%d %H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(context_.clock())));
  const std::string description = fmt::format(
      "AADSTS{}: {}\r\nTrace ID: t\r\nCorrelation ID: c\r\nTimestamp: {}", code, text, at);
  return json_answer(
      context_,
      status,
      fmt::format(R"({{"error":{},"error_description":{},"error_codes":[{}],"timestamp":"{}",)"
                  R"("trace_id":"t","correlation_id":"c",)"
                  R"("error_uri":"https://login.microsoftonline.com/error?code={}"}})",
                  json::quote(name),
                  json::quote(description),
                  code,
                  at,
                  code));
}

Answer Entra::failure(int status, std::string_view code) const {
  if (code.starts_with("AADSTS")) {
    code.remove_prefix(6);
  }
  int number = 0;
  std::from_chars(code.data(), code.data() + code.size(), number);
  const auto* known = std::find_if(k_errors.begin(), k_errors.end(), [&](const LoginError& each) {
    return each.code == number;
  });
  if (known != k_errors.end()) {
    return error(status, known->name, number, known->text);
  }
  switch (status) {
  case 400:
    return error(400, "invalid_request", number == 0 ? 900144 : number, "The request failed.");
  case 401:
    return error(number == 0 ? 7000215 : number);
  case 429:
  case 500:
  case 503:
  case 504:
    return error(status, "temporarily_unavailable", 90033, "A transient error has occurred.");
  default:
    return bare_answer(context_, status);
  }
}

Answer arm_answer(const IdentityContext& context, const Request& request) {
  const std::string* header = request.header("Authorization");
  const std::optional<Claims> claims = header != nullptr && header->size() > 7
                                           ? context.issuer->read(header->substr(7))
                                           : std::nullopt;
  if (!claims || claims->audience.find("//management.") == std::string::npos ||
      claims->expires <= context.issuer->now()) {
    Answer refused = json_answer(
        context,
        401,
        R"({"error":{"code":"AuthenticationFailed","message":"Authentication failed."}})");
    refused.headers.emplace_back("WWW-Authenticate",
                                 fmt::format("Bearer authorization_uri="
                                             "\"https://login.microsoftonline.com/{}\"",
                                             context.issuer->principal().tenant));
    return refused;
  }
  const std::string_view path = without_slash(request.path);
  if (request.method == "GET" && (path == "/subscriptions" || path == "/tenants")) {
    return json_answer(context, 200, R"({"value":[]})");
  }
  return json_answer(
      context,
      404,
      R"({"error":{"code":"ResourceNotFound","message":"The resource was not found."}})");
}

} // namespace kvrun::emulator
