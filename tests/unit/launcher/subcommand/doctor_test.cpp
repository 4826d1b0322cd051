// SPDX-License-Identifier: MIT
// What `doctor` tells to do, with the real ids.
#include "launcher/subcommand/doctor_fixes.hpp"
#include "tests/unit/azure/vault_host.hpp"
#include "tests/unit/launcher/call.hpp"

#include <arpa/inet.h>

#include <cstring>

namespace kvrun::launcher {
namespace {

const Vault k_vault{
    {true, "contoso-prod.vault.azure.net", 443}, "contoso-prod", "https://vault.azure.net"};

const azure::SecretIdentifier k_secret{
    k_vault.origin, k_vault.label, k_vault.audience, "db-password", {}};

struct Refusal {
  std::string inner;
  std::string message;
  std::string user; // of a delegated token

  [[nodiscard]] std::string fix() const {
    azure::HttpResponse response;
    response.status = 403;
    response.headers = {{"x-ms-keyvault-network-info", "conn_type=Ipv4;addr=203.0.113.9;"}};
    response.body = SecretString(azure::refusal(403, "Forbidden", message, inner).body);
    azure::AccessToken::Claims claims;
    claims.object_id = "oid-of-the-token";
    claims.user = user;
    return fix_for_refusal(azure::parse_service_error(response), k_vault, k_secret, claims);
  }
};

TEST(DoctorsFix, GrantsTheRoleToWhomTheServiceSaw) {
  const std::string fix =
      Refusal{"ForbiddenByRbac",
              "Caller: appid=a;oid=oid-of-the-service;iss=x\\r\\nResource: '/subscriptions/s-1/"
              "resourcegroups/rg/providers/microsoft.keyvault/vaults/contoso-prod/secrets/a'",
              ""}
          .fix();
  EXPECT_EQ(fix,
            "az role assignment create --role 'Key Vault Secrets User' --assignee-object-id "
            "oid-of-the-service --assignee-principal-type ServicePrincipal --scope "
            "'/subscriptions/s-1/resourcegroups/rg/providers/microsoft.keyvault/vaults/"
            "contoso-prod'");
}

TEST(DoctorsFix, AsksForTheScopeThatTheServiceDoesNotTell) {
  const std::string fix = Refusal{"ForbiddenByRbac", "no", "me@contoso.example"}.fix();
  expect_holds(fix, "--assignee-object-id oid-of-the-token --assignee-principal-type User");
  expect_holds(fix, "--scope \"$(az keyvault show --name contoso-prod --query id --output tsv)\"");
}

TEST(DoctorsFix, HoldsNothingOfTheServiceThatAShellWouldRun) {
  const std::string fix =
      Refusal{"ForbiddenByRbac",
              "oid=$(id);Resource: '/subscriptions/$(touch x)/vaults/contoso-prod/secrets/a'",
              ""}
          .fix();
  expect_lacks(fix, "touch");
  expect_lacks(fix, "$(id)");
}

TEST(DoctorsFix, NamesTheAddressThatTheFirewallSaw) {
  EXPECT_EQ((Refusal{"ForbiddenByFirewall", "", ""}.fix()),
            "az keyvault network-rule add --name contoso-prod --ip-address 203.0.113.9");
}

TEST(DoctorsFix, IsOnePermissionWhereTheVaultHasAccessPolicies) {
  EXPECT_EQ((Refusal{"AccessDenied", "", ""}.fix()),
            "az keyvault set-policy --name contoso-prod --object-id oid-of-the-token "
            "--secret-permissions get");
}

TEST(DoctorsFix, IsLeftToTheHintWhereThereIsNoCommand) {
  EXPECT_EQ((Refusal{"ForbiddenByConnection", "", ""}.fix()), "");
  EXPECT_EQ((Refusal{"Something", "", ""}.fix()), "");
}

std::string fix_of_absent(const std::string& version) {
  azure::SecretIdentifier secret = k_secret;
  secret.version = version;
  return fix_for_failure({Error(ErrorKind::refused, "404"), true}, k_vault, secret, {});
}

TEST(DoctorsFix, SetsASecretThatIsMissing) {
  expect_holds(fix_of_absent(""),
               "az keyvault secret set --vault-name contoso-prod --name db-password --file FILE");
}

TEST(DoctorsFix, ListsTheVersionsWhereThePinnedOneIsMissing) {
  const std::string fix = fix_of_absent("4387e9f3d6e14c459867679a90fd0f79");
  expect_holds(fix,
               "az keyvault secret list-versions --vault-name contoso-prod --name db-password");
  expect_lacks(fix, "secret set"); // it would replace the live value
}

TEST(DoctorsFix, EnablesTheVersionThatIsDisabled) {
  azure::ServiceError disabled;
  disabled.inner_code = "SecretDisabled";
  azure::SecretIdentifier secret = k_secret;
  EXPECT_EQ(fix_for_refusal(disabled, k_vault, secret, {}),
            "az keyvault secret set-attributes --vault-name contoso-prod --name db-password "
            "--enabled true");
  secret.version = "4387e9f3d6e14c459867679a90fd0f79";
  expect_holds(fix_for_refusal(disabled, k_vault, secret, {}),
               "--version 4387e9f3d6e14c459867679a90fd0f79 --enabled true");
}

TEST(DoctorsFix, NamesTheIdentityThatIsAnnounced) {
  azure::IdentitySetting setting;
  setting.kind = "workload";
  azure::SourceReport report;
  report.kind = "app-service";
  expect_holds(fix_for_identity(setting, {report}), "--identity azure-cli");
  report.announced = true;
  expect_holds(fix_for_identity(setting, {report}), "--identity app-service");
}

TEST(DoctorsFix, IsToWaitWhereKeyVaultHasTrouble) {
  const azure::FetchFailure trouble{Error(ErrorKind::unavailable, "503"), false};
  expect_holds(fix_for_failure(trouble, k_vault, k_secret, {}), "try again later");
}

TEST(DoctorsFix, NamesThePrivateZoneOfTheCloud) {
  expect_holds(fix_for_name(k_vault), "--zone-name privatelink.vaultcore.azure.net");
  const Vault china{{true, "kv1.vault.azure.cn", 443}, "kv1", "https://vault.azure.cn"};
  expect_holds(fix_for_name(china), "az keyvault show --name kv1");
  expect_holds(fix_for_name(china), "--zone-name privatelink.vaultcore.azure.cn");
}

sockaddr_storage address(const std::string& text) {
  sockaddr_storage storage{};
  if (text.find(':') == std::string::npos) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    EXPECT_EQ(::inet_pton(AF_INET, text.c_str(), &four.sin_addr), 1) << text;
    std::memcpy(&storage, &four, sizeof four);
  } else {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    EXPECT_EQ(::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr), 1) << text;
    std::memcpy(&storage, &six, sizeof six);
  }
  return storage;
}

TEST(IsPrivate, TellsPrivateFromPublicAddresses) {
  for (const char* text : {"10.0.0.4",
                           "172.16.0.1",
                           "172.31.255.255",
                           "192.168.1.1",
                           "127.0.0.1",
                           "169.254.169.254",
                           "100.64.0.1",
                           "::1",
                           "fd00::1",
                           "fe80::1",
                           "::ffff:10.1.2.3"}) {
    EXPECT_TRUE(is_private(address(text))) << text;
  }
  for (const char* text : {"20.50.1.1",
                           "172.15.0.1",
                           "172.32.0.1",
                           "192.169.0.1",
                           "100.128.0.1",
                           "11.0.0.1",
                           "2603:1030::1",
                           "::ffff:20.1.2.3"}) {
    EXPECT_FALSE(is_private(address(text))) << text;
  }
}

} // namespace
} // namespace kvrun::launcher
