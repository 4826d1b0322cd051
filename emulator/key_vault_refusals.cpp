// SPDX-License-Identifier: MIT
#include "base/text.hpp"
#include "emulator/key_vault.hpp"
#include "emulator/random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::emulator {
namespace {

// Where the vault of key-vault.md C05 is.
constexpr std::string_view k_other_tenant = "22222222-2222-2222-2222-222222222222";

std::string_view usual_code(int status) {
  switch (status) {
  // clang-format off
  case 400: return "BadParameter";
  case 403: return "Forbidden";
  case 404: return "SecretNotFound";
  case 409: return "Conflict";
  case 429: return "Throttled";
  case 500: return "InternalServerError";
  default: return "Error";
    // clang-format on
  }
}

std::string usual_body(const Fault& fault, const ErrorSubject& subject) {
  switch (*fault.status) {
  case 400:
    return error_body("BadParameter", "Property  has invalid value");
  case 403:
    return forbidden_body(fault.inner_code.empty() ? "ForbiddenByRbac" : fault.inner_code, subject);
  case 404:
    return not_found_body(subject);
  case 409:
    return conflict_body(fault.inner_code.empty() ? "ObjectIsDeletedButRecoverable"
                                                  : fault.inner_code,
                         subject.name);
  case 429:
    return throttled_body(fault.retry_after ? "VaultOperationLimitReached"
                                            : "VaultRequestTypeLimitReached");
  case 500:
    return error_body("InternalServerError", "An unexpected error occurred.");
  case 503:
    return "<h2>Our services aren't available right now</h2>";
  default:
    return {};
  }
}

std::string fault_body(const Fault& fault, const ErrorSubject& subject) {
  const int status = *fault.status;
  if (status == 401) {
    return unauthorized_body(fault.code == "Unauthorized" ? "" : fault.code, subject);
  }
  const std::string_view usual = usual_code(status);
  const bool own_code = !fault.code.empty() && fault.code != usual;
  const bool knows_inner = status == 403 || status == 409;
  if (own_code || (!knows_inner && !fault.inner_code.empty())) {
    return error_body(own_code ? fault.code : usual, "An error occurred.", fault.inner_code);
  }
  return usual_body(fault, subject);
}

} // namespace

std::string KeyVault::tenant_of(const VaultAddress& address) const {
  for (const std::string& key : {address.host, address.name}) {
    if (const auto found = seed_.tenants.find(key); found != seed_.tenants.end()) {
      return found->second;
    }
  }
  return issuer_.principal().tenant;
}

ErrorSubject KeyVault::subject_of(const Request& request,
                                  const VaultAddress& address,
                                  const VaultTarget& target,
                                  const std::optional<Claims>& claims,
                                  const std::string& tenant) const {
  const Principal& principal = issuer_.principal();
  return {.vault = address.name,
          .name = target.name,
          .version = target.version,
          .method = request.method,
          .audience = address.cloud->audience,
          .tenant = tenant,
          .client_id = claims ? claims->client_id : principal.client_id,
          .object_id = claims ? claims->object_id : principal.object_id,
          .issuer = claims ? std::string_view(claims->issuer) : std::string_view()};
}

std::string KeyVault::refusal(const std::optional<Claims>& claims,
                              bool has_token,
                              const ErrorSubject& subject) const {
  if (!has_token) {
    return unauthorized_body("AKV10000", subject);
  }
  if (!claims || claims->tenant.empty()) {
    return unauthorized_body("TokenInvalid", subject);
  }
  if (claims->audience != subject.audience) {
    return error_body("Unauthorized",
                      fmt::format("AKV10022: Invalid audience. Expected {}, found: {}",
                                  subject.audience,
                                  claims->audience));
  }
  if (claims->expires <= issuer_.now()) {
    return unauthorized_body("TokenExpired", subject);
  }
  if (!equal_without_case(claims->tenant, subject.tenant)) {
    return unauthorized_body("AKV10032", subject);
  }
  return {};
}

Answer
KeyVault::failure(const Fault& fault, const Request& request, const VaultAddress& address) const {
  const VaultTarget target = parse_vault_target(request.method, request.path);
  std::string tenant = tenant_of(address);
  if (fault.code == "AKV10032" && tenant == issuer_.principal().tenant) {
    tenant = k_other_tenant;
  }
  const std::string issuer = fmt::format("https://sts.windows.net/{}/", issuer_.principal().tenant);
  ErrorSubject subject = subject_of(request, address, target, std::nullopt, tenant);
  subject.issuer = issuer;
  std::string body = fault_body(fault, subject);
  Answer answer = *fault.status == 401 ? unauthorized(request, address, tenant, std::move(body))
                                       : reply(request, *fault.status, std::move(body));
  if (*fault.status == 429 && !fault.retry_after) {
    answer.reason = "";
  }
  answer.close = *fault.status == 408;
  if (*fault.status == 502) { // a proxy's, not the service's
    answer.headers.clear();
  }
  return answer;
}

Answer KeyVault::not_found(const Call& call) const {
  ErrorSubject subject{};
  subject.name = call.target.name;
  subject.version = call.target.version;
  return reply(call.request, 404, not_found_body(subject));
}

std::optional<Answer> KeyVault::conflict(const Call& call) const {
  std::string_view inner;
  switch (call.vault.state(call.target.name, call.now)) {
  case SecretState::absent:
  case SecretState::active:
    return std::nullopt;
  case SecretState::being_deleted:
    inner = "ObjectIsBeingDeleted";
    break;
  case SecretState::deleted:
    inner = "ObjectIsDeletedButRecoverable";
    break;
  case SecretState::being_recovered:
    inner = "ObjectIsBeingRecovered";
    break;
  }
  return reply(call.request, 409, conflict_body(inner, call.target.name));
}

// The header block and its order: key-vault.md §3.8, §10.
Answer KeyVault::reply(const Request& request, int status, std::string body) const {
  Answer answer{.status = status, .headers = {}, .body = std::move(body), .reason = {}};
  const auto add = [&](std::string_view name, std::string value) {
    answer.headers.emplace_back(name, std::move(value));
  };
  add("Cache-Control", "no-cache");
  add("Pragma", "no-cache");
  if (status != 204) {
    const bool html = answer.body.starts_with('<');
    add("Content-Length", "");
    add("Content-Type", html ? "text/html" : "application/json; charset=utf-8");
  }
  add("Expires", "-1");
  if (const std::string* id = request.header("x-ms-client-request-id")) {
    add("x-ms-client-request-id", *id);
  }
  add("x-ms-keyvault-region", "westeurope");
  add("x-ms-request-id", random_uuid());
  add("x-ms-keyvault-service-version", "1.9.576.1");
  add("x-ms-keyvault-network-info", "conn_type=Ipv4;addr=203.0.113.7;act_addr_fam=InterNetwork;");
  add("X-Content-Type-Options", "nosniff");
  add("Strict-Transport-Security", "max-age=31536000;includeSubDomains");
  add("Date", http_date(clock_()));
  return answer;
}

Answer KeyVault::unauthorized(const Request& request,
                              const VaultAddress& address,
                              const std::string& tenant,
                              std::string body) const {
  Answer answer = reply(request, 401, std::move(body));
  const auto after = std::find_if(answer.headers.begin(),
                                  answer.headers.end(),
                                  [](const auto& each) { return each.first == "Expires"; });
  answer.headers.emplace(after + 1,
                         "WWW-Authenticate",
                         fmt::format(R"(Bearer authorization="https://{}/{}", resource="{}")",
                                     address.cloud->login_host,
                                     tenant,
                                     address.cloud->audience));
  return answer;
}

} // namespace kvrun::emulator
