// SPDX-License-Identifier: MIT
#include "emulator/key_vault_errors.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

namespace kvrun::emulator {
namespace {

std::string caller(const ErrorSubject& subject) {
  return fmt::format(
      "appid={};oid={};iss={}", subject.client_id, subject.object_id, subject.issuer);
}

std::string_view permission(const ErrorSubject& subject) {
  if (subject.method == "GET") {
    return subject.name.empty() ? "list" : "get";
  }
  return subject.method == "DELETE" ? "delete" : "set";
}

std::string_view data_action(const ErrorSubject& subject) {
  const std::string_view wanted = permission(subject);
  if (wanted == "list") {
    return "readMetadata/action";
  }
  if (wanted == "delete") {
    return "delete";
  }
  return wanted == "get" ? "getSecret/action" : "setSecret/action";
}

std::string access_denied(const ErrorSubject& subject) {
  return fmt::format(
      "The user, group or application '{}' does not have secrets {} permission on key vault "
      "'{};location=westeurope'. For help resolving this issue, please see "
      "https://go.microsoft.com/fwlink/?linkid=2125287",
      caller(subject),
      permission(subject),
      subject.vault);
}

std::string forbidden_by_policy(const ErrorSubject& subject) {
  return fmt::format("Operation is not allowed.\r\nOperation: \"{}\"\r\nCaller: {}\r\n"
                     "Vault: {};location=westeurope",
                     permission(subject),
                     caller(subject),
                     subject.vault);
}

std::string forbidden_by_rbac(const ErrorSubject& subject) {
  const std::string secret =
      subject.name.empty() ? std::string() : fmt::format("/secrets/{}", subject.name);
  return fmt::format(
      "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny "
      "assignments or role definitions were changed recently, please observe propagation "
      "time.\r\nCaller: {}\r\nAction: 'Microsoft.KeyVault/vaults/secrets/{}'\r\nResource: "
      "'/subscriptions/cccccccc-0000-4000-8000-000000000003/resourcegroups/rg/providers/"
      "microsoft.keyvault/vaults/{}{}'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\n"
      "DecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: {};location=westeurope\r\n",
      caller(subject),
      data_action(subject),
      subject.vault,
      secret,
      subject.vault);
}

std::string forbidden_by_firewall(const ErrorSubject& subject) {
  return fmt::format("Client address is not authorized and caller is not a trusted service.\r\n"
                     "Client address: 203.0.113.7\r\nCaller: {}\r\nVault: {};location=westeurope",
                     caller(subject),
                     subject.vault);
}

std::string forbidden_by_connection(const ErrorSubject& subject) {
  return fmt::format("Public network access is disabled and request is not from a trusted service "
                     "nor via an approved private link.\r\nCaller: {}\r\n"
                     "Vault: {};location=westeurope",
                     caller(subject),
                     subject.vault);
}

std::string forbidden_message(std::string_view inner, const ErrorSubject& subject) {
  // clang-format off
  if (inner == "AccessDenied")          { return access_denied(subject); }
  if (inner == "ForbiddenByPolicy")     { return forbidden_by_policy(subject); }
  if (inner == "ForbiddenByRbac")       { return forbidden_by_rbac(subject); }
  if (inner == "ForbiddenByFirewall")   { return forbidden_by_firewall(subject); }
  if (inner == "ForbiddenByConnection") { return forbidden_by_connection(subject); }
  // clang-format on
  if (inner == "SecretDisabled") {
    return fmt::format("Operation {} is not allowed on a disabled secret.", permission(subject));
  }
  return "Operation is not allowed.";
}

std::string unauthorized_message(std::string_view code, const ErrorSubject& subject) {
  if (code.empty() || code == "AKV10000") {
    return "AKV10000: Request is missing a Bearer or PoP token.";
  }
  if (code == "AKV10022") {
    return fmt::format("AKV10022: Invalid audience. Expected {}, found: https://{}.{}/",
                       subject.audience,
                       subject.vault,
                       subject.audience.substr(subject.audience.find("//") + 2));
  }
  if (code == "AKV10032") {
    return fmt::format("AKV10032: Invalid issuer. Expected one of https://sts.windows.net/{}/, "
                       "found {}.",
                       subject.tenant,
                       subject.issuer);
  }
  if (code == "AKV10046") {
    return "AKV10046: Unable to resolve the key used for signature validation.";
  }
  if (code == "TokenExpired") {
    return "[TokenExpired] Error validating token: 'S2S12086'.";
  }
  if (code.starts_with("AKV")) {
    return fmt::format("{}: Error validating token.", code);
  }
  return fmt::format("[{}] Error validating token.", code);
}

} // namespace

std::string error_body(std::string_view code, std::string_view message, std::string_view inner) {
  const std::string below = inner.empty()
                                ? std::string()
                                : fmt::format(R"(,"innererror":{{"code":{}}})", json::quote(inner));
  return fmt::format(R"({{"error":{{"code":{},"message":{}{}}}}})",
                     json::quote(code),
                     json::quote(message),
                     below);
}

std::string not_found_body(const ErrorSubject& subject) {
  return error_body(
      "SecretNotFound",
      fmt::format("A secret with (name/id) {}{}{} was not found in this key vault. If you recently "
                  "deleted this secret you may be able to recover it using the correct recovery "
                  "command. For help resolving this issue, please see "
                  "https://go.microsoft.com/fwlink/?linkid=2125182",
                  subject.name,
                  subject.version.empty() ? "" : "/",
                  subject.version));
}

std::string deleted_not_found_body(std::string_view name) {
  return error_body("SecretNotFound", fmt::format("Deleted Secret not found: {}", name));
}

std::string forbidden_body(std::string_view inner, const ErrorSubject& subject) {
  return error_body("Forbidden", forbidden_message(inner, subject), inner);
}

std::string unauthorized_body(std::string_view code, const ErrorSubject& subject) {
  return error_body("Unauthorized", unauthorized_message(code, subject));
}

std::string conflict_body(std::string_view inner, std::string_view name) {
  if (inner == "ObjectIsDeletedButRecoverable") {
    return error_body("Conflict",
                      fmt::format("Secret {} is currently in a deleted but recoverable state, and "
                                  "its name cannot be reused; in this state, the secret can only "
                                  "be recovered or purged.",
                                  name),
                      inner);
  }
  if (inner == "ObjectIsBeingRecovered") {
    return error_body("Conflict", "Secret is currently being recovered.", inner);
  }
  if (inner == "ObjectIsBeingDeleted") {
    return error_body("Conflict", "Secret is currently being deleted.", inner);
  }
  return error_body("Conflict", fmt::format("The secret {} already exists.", name), inner);
}

std::string throttled_body(std::string_view reason) {
  return error_body("Throttled",
                    fmt::format("Request was not processed because too many requests were "
                                "received. Reason: {}",
                                reason));
}

} // namespace kvrun::emulator
