// SPDX-License-Identifier: MIT
#include "azure/service_error.hpp"

#include "azure/redaction.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace kvrun::azure {

namespace {

// A word of ours out of a server's text: an id or an address, nothing that a runner or terminal
// obeys.
std::string word_after(std::string_view text, std::string_view marker) {
  const std::size_t at = text.find(marker);
  if (at == std::string_view::npos) {
    return {};
  }
  std::string_view rest = text.substr(at + marker.size());
  while (rest.starts_with(' ')) {
    rest.remove_prefix(1);
  }
  std::size_t size = 0;
  while (size < rest.size() && size < 64 &&
         (std::isalnum(static_cast<unsigned char>(rest[size])) != 0 || rest[size] == '-' ||
          rest[size] == '.' || rest[size] == ':')) {
    ++size;
  }
  std::string word(rest.substr(0, size));
  while (!word.empty() && (word.back() == '.' || word.back() == ':')) {
    word.pop_back();
  }
  return one_line(word, 64);
}

// "https://sts.windows.net/TENANT/" → TENANT.
std::string tenant_after(std::string_view text, std::string_view marker) {
  const std::size_t at = text.find(marker);
  return at == std::string_view::npos ? std::string()
                                      : word_after(text.substr(at), "https://sts.windows.net/");
}

// `Bearer authorization="https://login.microsoftonline.com/TENANT", …` → TENANT: the vault's
// (key-vault.md §2.3). Of older services the parameter is `authorization_uri`.
std::string tenant_in(std::string_view challenge) {
  for (const std::string_view name : {"authorization=\"https://", "authorization_uri=\"https://"}) {
    if (const std::size_t at = challenge.find(name); at != std::string_view::npos) {
      return word_after(challenge.substr(at + name.size()), "/");
    }
  }
  return {};
}

// "Resource: '/subscriptions/…/secrets/…'" → what is quoted.
std::string resource_in(std::string_view text) {
  constexpr std::string_view marker = "Resource: '";
  const std::size_t at = text.find(marker);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view rest = text.substr(at + marker.size());
  return one_line(rest.substr(0, rest.find('\'')));
}

std::string find_akv(std::string_view message) {
  constexpr std::string_view prefix = "AKV";
  for (std::size_t at = message.find(prefix); at != std::string_view::npos;
       at = message.find(prefix, at + 1)) {
    const std::string_view digits = message.substr(at + prefix.size(), 5);
    if (digits.size() == 5 &&
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return std::string(message.substr(at, 8));
    }
  }
  return {};
}

std::string hint_of_401(const ServiceError& error, const AccessToken::Claims& caller) {
  if (error.akv == "AKV10032") {
    const std::string expected = tenant_after(error.message, "Expected");
    const std::string found = tenant_after(error.message, "found");
    return fmt::format(
        "the vault is in tenant '{}', the token is from tenant '{}': use an identity of the "
        "vault's "
        "tenant, and check the vault name",
        !expected.empty() ? expected : (error.tenant_id.empty() ? "?" : error.tenant_id),
        !found.empty() ? found : (caller.tenant_id.empty() ? "?" : one_line(caller.tenant_id, 64)));
  }
  if (error.akv == "AKV10022") {
    return "the token is for another audience: set 'cloud' to the vault's cloud; who gets it "
           "elsewhere "
           "asks for the resource of that cloud's vaults, such as https://vault.azure.net";
  }
  if (error.akv == "AKV10000") {
    return "something between kvrun and the vault removed the token";
  }
  if (error.message.find("TokenExpired") != std::string::npos) {
    return "a fresh token was refused too: check this host's clock and its identity";
  }
  if (lower(error.message).find("not yet valid") != std::string::npos) {
    return "this host's clock, or the identity's, is ahead of the vault's: set it right";
  }
  if (!error.challenges) {
    return "a fresh token was refused too, without the challenge (WWW-Authenticate) of a vault: "
           "something between kvrun and the vault may have answered";
  }
  return "a fresh token was refused too: the identity may have been revoked";
}

// What was asked for.
struct Asked {
  std::string label; // as messages name it
  std::string vault_label;
  std::string_view permission; // of an access policy
  std::string_view hint_of_404;
};

std::string
hint_of_403(const ServiceError& error, const Asked& asked, const AccessToken::Claims& caller) {
  const std::string& code = error.telling_code();
  const std::string who = !error.object_id.empty()
                              ? fmt::format("object id {}", error.object_id)
                              : (caller.object_id.empty()
                                     ? std::string("the identity")
                                     : fmt::format("object id {}", one_line(caller.object_id, 64)));
  if (code == "ForbiddenByRbac") {
    return fmt::format(
        "grant the role 'Key Vault Secrets User' on vault '{}' to {}", asked.vault_label, who);
  }
  if (code == "AccessDenied" || code == "ForbiddenByPolicy") {
    return fmt::format("give {} the secret permission '{}' in the access policies of vault '{}'",
                       who,
                       asked.permission,
                       asked.vault_label);
  }
  if (code == "ForbiddenByFirewall") {
    return fmt::format("allow the address {} in the firewall of vault '{}'",
                       error.client_address.empty() ? "of this host" : error.client_address,
                       asked.vault_label);
  }
  if (code == "ForbiddenByConnection") {
    return fmt::format("vault '{}' takes only private connections: use its private endpoint, and "
                       "link its DNS zone to this network",
                       asked.vault_label);
  }
  if (code == "SecretDisabled") {
    return "the secret is disabled: enable it, or name a version that is enabled";
  }
  return {};
}

Error explain_answer(const ServiceError& error,
                     const Asked& asked,
                     const AccessToken::Claims& caller) {
  const ErrorKind kind =
      verdict_of(error) == Verdict::retry ? ErrorKind::unavailable : ErrorKind::refused;
  std::string message = fmt::format("{}: {}", asked.label, error.summary());
  std::string hint;
  bool with_text = false; // the service's own words, where the code does not say it all
  if (error.status >= 300 && error.status < 400) {
    return {kind,
            fmt::format("{}: {}: a redirect, which is not followed", asked.label, error.summary()),
            "something other than Key Vault answered: a proxy or a captive portal"};
  }
  switch (error.status) {
  case 401:
    hint = hint_of_401(error, caller);
    with_text = true;
    break;
  case 403:
    hint = hint_of_403(error, asked, caller);
    with_text = hint.empty();
    // Of which kind it is then stands in the text at most.
    if (hint.empty() && error.inner_code.empty()) {
      hint = fmt::format(
          "'{}' may refuse this identity, this address or this secret: 'kvrun doctor' looks "
          "for it step by step",
          asked.vault_label);
    }
    break;
  case 404:
    hint = asked.hint_of_404;
    break;
  case 429:
    hint = "the vault is throttled: try again later, start fewer commands at once, or put the "
           "variables into one bundle";
    break;
  default:
    with_text = true;
  }
  if (with_text && !error.message.empty()) {
    message += ": " + error.message;
  }
  if (error.code.empty() && !error.from_key_vault) {
    message += ": the answer is not Key Vault's";
    if (hint.empty() || error.status == 403 || error.status == 404) {
      hint = "a proxy or something else between kvrun and the vault answered";
    }
  }
  return {kind, std::move(message), std::move(hint)};
}

} // namespace

const std::string& ServiceError::telling_code() const {
  return inner_code.empty() ? code : inner_code;
}

std::string ServiceError::summary() const {
  std::string text = std::to_string(status);
  if (!akv.empty()) {
    text += ' ' + akv;
  } else if (!telling_code().empty()) {
    text += ' ' + telling_code();
  }
  if (!request_id.empty()) {
    text += fmt::format(" (request {})", request_id);
  }
  return text;
}

ServiceError parse_service_error(const HttpResponse& response) {
  ServiceError error;
  error.status = response.status;
  const auto safe = [&](std::string_view text) { return redacted(text, response.sent); };
  error.request_id = one_line(safe(response.header("x-ms-request-id")), 64);
  error.from_key_vault =
      std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
        return header.first.starts_with("x-ms-keyvault-");
      });
  error.challenges = !response.header("www-authenticate").empty();
  error.tenant_id = tenant_in(safe(response.header("www-authenticate")));
  error.client_address = word_after(safe(response.header("x-ms-keyvault-network-info")), "addr=");
  if (response.status >= 200 && response.status < 300) {
    return error; // nothing is ever told of a 2xx answer's body (design.md §2)
  }
  try {
    const json::Document document = json::Document::parse(response.body.reveal());
    const json::Value* inner = document.root().find("error");
    if (inner == nullptr) {
      return error;
    }
    const std::string message = safe(inner->string("message"));
    error.code = one_line(safe(inner->string("code")), 80);
    error.akv = find_akv(message);
    error.message = one_line(message);
    error.object_id = word_after(message, "oid=");
    error.resource = resource_in(message);
    if (const std::string address = word_after(message, "Client address:"); !address.empty()) {
      error.client_address = address;
    }
    for (int depth = 0; depth < 8; ++depth) {
      const json::Value* next = inner->find("innererror");
      next = next == nullptr ? inner->find("innerError") : next;
      if (next == nullptr) {
        break;
      }
      inner = next;
      if (const std::string_view code = inner->string("code"); !code.empty()) {
        error.inner_code = one_line(safe(code), 80);
      }
    }
  } catch (const json::ParseError&) {
    // HTML of a front end, or nothing at all: the status is all there is to tell.
  }
  return error;
}

Verdict verdict_of(const ServiceError& error) {
  switch (error.status) {
  case 408:
  case 429:
    return Verdict::retry;
  case 401:
    if (error.akv == "AKV10046") {
      return Verdict::retry;
    }
    return error.akv == "AKV10000" || error.akv == "AKV10022" || error.akv == "AKV10032"
               ? Verdict::final
               : Verdict::fresh_token;
  case 403: {
    const std::string& code = error.telling_code();
    return code == "ForbiddenByRbac" || code == "AccessDenied" || code == "ForbiddenByPolicy"
               ? Verdict::access
               : Verdict::final;
  }
  case 404:
    return error.code.empty() ? Verdict::final : Verdict::absent;
  case 501:
    return Verdict::final;
  default:
    return error.status >= 500 ? Verdict::retry : Verdict::final;
  }
}

Error explain(const ServiceError& error,
              const SecretIdentifier& secret,
              const AccessToken::Claims& caller) {
  return explain_answer(
      error,
      {secret.label(),
       secret.vault_label,
       "get",
       secret.version.empty()
           ? "check the name and the vault; a deleted secret can be recovered with 'az keyvault "
             "secret recover'"
           : "check the name, the version and the vault; leave out the version for the newest one"},
      caller);
}

Error explain_listing(const ServiceError& error,
                      const std::string& vault_label,
                      const AccessToken::Claims& caller) {
  const Error told = explain_answer(
      error,
      {fmt::format("{}: listing its secrets", vault_label), vault_label, "list", "check the vault"},
      caller);
  return error.telling_code() == "ForbiddenByRbac"
             ? Error(told.kind(),
                     told.message(),
                     fmt::format("this needs the permission to list: {}", told.hint()))
             : told;
}

} // namespace kvrun::azure
