// SPDX-License-Identifier: MIT
#include "launcher/subcommand/doctor_fixes.hpp"

#include "azure/cloud.hpp"

#include <fmt/format.h>

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace kvrun::launcher {

namespace {

// A name that a shell takes as it is, whatever a service said.
bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-._/()").find(c) != std::string_view::npos;
  });
}

// The vault's resource id, where the service told it; a command that asks for it where it did not.
std::string scope_of(const azure::ServiceError& error, const Vault& vault) {
  const std::string id = error.resource.substr(0, error.resource.find("/secrets/"));
  if (id.starts_with("/subscriptions/") && is_plain(id)) {
    return fmt::format("'{}'", id);
  }
  return fmt::format("\"$(az keyvault show --name {} --query id --output tsv)\"", vault.label);
}

// A new version would replace the live one, so none is set where only the pinned one is missing.
std::string fix_for_absent(const Vault& vault, const azure::SecretIdentifier& secret) {
  if (!secret.version.empty()) {
    return fmt::format("leave out the version for the newest one, or name another: az keyvault "
                       "secret list-versions --vault-name {} --name {}",
                       vault.label,
                       secret.name);
  }
  return fmt::format("az keyvault secret set --vault-name {} --name {} --file FILE; or, if it was "
                     "deleted: az keyvault secret recover --vault-name {} --name {}",
                     vault.label,
                     secret.name,
                     vault.label,
                     secret.name);
}

} // namespace

std::string fix_for_refusal(const azure::ServiceError& error,
                            const Vault& vault,
                            const azure::SecretIdentifier& secret,
                            const azure::AccessToken::Claims& caller) {
  const std::string& code = error.telling_code();
  std::string who = error.object_id.empty() ? caller.object_id : error.object_id;
  who = is_plain(who) ? who : "OBJECT_ID";
  if (code == "ForbiddenByRbac") {
    return fmt::format("az role assignment create --role 'Key Vault Secrets User' "
                       "--assignee-object-id {} --assignee-principal-type {} --scope {}",
                       who,
                       caller.user.empty() ? "ServicePrincipal" : "User",
                       scope_of(error, vault));
  }
  if (code == "AccessDenied" || code == "ForbiddenByPolicy") {
    return fmt::format("az keyvault set-policy --name {} --object-id {} --secret-permissions get",
                       vault.label,
                       who);
  }
  if (code == "ForbiddenByFirewall") {
    return fmt::format("az keyvault network-rule add --name {} --ip-address {}",
                       vault.label,
                       is_plain(error.client_address) ? error.client_address : "ADDRESS");
  }
  if (code == "SecretDisabled") {
    return fmt::format(
        "az keyvault secret set-attributes --vault-name {} --name {}{} --enabled true",
        vault.label,
        secret.name,
        secret.version.empty() ? std::string() : " --version " + secret.version);
  }
  return {};
}

std::string fix_for_failure(const azure::FetchFailure& failure,
                            const Vault& vault,
                            const azure::SecretIdentifier& secret,
                            const azure::AccessToken::Claims& caller) {
  if (failure.absent) {
    return fix_for_absent(vault, secret);
  }
  std::string fix = failure.answer ? fix_for_refusal(*failure.answer, vault, secret, caller) : "";
  fix = fix.empty() ? failure.error.hint() : fix;
  return fix.empty() && failure.error.kind() == ErrorKind::unavailable
             ? "try again later; whether Azure has trouble: https://azure.status.microsoft"
             : fix;
}

std::string fix_for_identity(const azure::IdentitySetting& setting,
                             const std::vector<azure::SourceReport>& reports) {
  const bool chosen_by_host = setting.kind == "auto";
  const auto other = std::find_if(reports.begin(), reports.end(), [&](const auto& report) {
    return report.announced && report.kind != setting.kind;
  });
  return fmt::format(
      "{}, or {}",
      chosen_by_host ? std::string("mend what announces it")
                     : fmt::format("set up what '{}' needs", setting.kind),
      chosen_by_host || other == reports.end()
          ? "name another identity: --identity KIND; signed in with 'az login': "
            "--identity azure-cli"
          : fmt::format("take the identity that is announced here: --identity {}", other->kind));
}

std::string fix_for_name(const Vault& vault) {
  const azure::Cloud* cloud = azure::cloud_of_vault(vault.origin.host);
  // vault.azure.net → privatelink.vaultcore.azure.net (reference/key-vault.md §5)
  const std::string zone =
      cloud == nullptr ? std::string()
                       : fmt::format("privatelink.vaultcore{}",
                                     cloud->vault_suffix.substr(cloud->vault_suffix.find('.')));
  return fmt::format("check the name: az keyvault show --name {}{}",
                     vault.label,
                     zone.empty()
                         ? std::string()
                         : fmt::format("; if the vault has only a private endpoint, link its "
                                       "DNS zone to this network: az network private-dns "
                                       "link vnet create --zone-name {}",
                                       zone));
}

bool is_private(const sockaddr_storage& address) {
  std::array<unsigned char, 16> bytes{};
  if (address.ss_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) == 0) {
      return IN6_IS_ADDR_LOOPBACK(&six.sin6_addr) != 0 || (bytes[0] & 0xFEU) == 0xFC || // fc00::/7
             (bytes[0] == 0xFE && (bytes[1] & 0xC0U) == 0x80);                          // fe80::/10
    }
    std::rotate(bytes.begin(), bytes.begin() + 12, bytes.end());
  } else {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    std::memcpy(bytes.data(), &four.sin_addr, sizeof four.sin_addr);
  }
  return bytes[0] == 10 || bytes[0] == 127 || (bytes[0] == 172 && (bytes[1] & 0xF0U) == 16) ||
         (bytes[0] == 192 && bytes[1] == 168) || (bytes[0] == 169 && bytes[1] == 254) ||
         (bytes[0] == 100 && (bytes[1] & 0xC0U) == 64); // shared by providers (RFC 6598)
}

} // namespace kvrun::launcher
