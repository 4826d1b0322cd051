// SPDX-License-Identifier: MIT
#include "emulator/host_setup.hpp"
#include "support.hpp"

#include <cstdio>

namespace kvrun::emulator {
namespace {

// The variables that a host of one kind announces itself with.
class HostSetup : public testing::Test {
protected:
  std::map<std::string, std::string> announce(HostKind kind) {
    const HostMaterial material = make_material(kind);
    service_ = std::make_unique<Service>(Seed(), kind, material.credentials, clock_.clock());
    Environment environment(nullptr);
    announce_host(kind,
                  *service_,
                  material,
                  {.tls = 443, .identity = 80, .proxy = 0},
                  false,
                  folder_,
                  environment);
    announce_vaults(kind, "/ca.pem", {.tls = 4443, .identity = 80, .proxy = 0}, environment);
    return environment.changes();
  }

  // What a command prints; its status when it fails.
  static std::string output_of(const std::string& command) {
    std::string text;
    // NOLINTNEXTLINE(cert-env33-c): a fixed script of ours
    std::FILE* pipe = ::popen((command + " 2>/dev/null").c_str(), "re");
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) {
      text += static_cast<char>(c);
    }
    const int status = ::pclose(pipe);
    return status == 0 ? text : "failed";
  }

  // NOLINTBEGIN(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  FakeClock clock_{1893369600};
  TemporaryFolder folder_;
  std::unique_ptr<Service> service_;
  // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(HostSetup, NamesTheVariablesOfEachKind) {
  const std::vector<std::pair<HostKind, std::vector<std::string>>> kinds{
      {HostKind::cloud_shell, {"MSI_ENDPOINT"}},
      {HostKind::vm, {"AZURE_POD_IDENTITY_AUTHORITY_HOST"}},
      {HostKind::app_service, {"IDENTITY_ENDPOINT", "IDENTITY_HEADER"}},
      {HostKind::azure_ml, {"DEFAULT_IDENTITY_CLIENT_ID", "MSI_ENDPOINT", "MSI_SECRET"}},
      {HostKind::arc, {"IDENTITY_ENDPOINT", "IMDS_ENDPOINT"}},
      {HostKind::service_fabric,
       {"IDENTITY_API_VERSION",
        "IDENTITY_ENDPOINT",
        "IDENTITY_HEADER",
        "IDENTITY_SERVER_THUMBPRINT"}},
      {HostKind::workload,
       {"AZURE_AUTHORITY_HOST",
        "AZURE_CLIENT_ID",
        "AZURE_FEDERATED_TOKEN_FILE",
        "AZURE_TENANT_ID"}},
      {HostKind::client_secret, {"AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_TENANT_ID"}},
      {HostKind::client_certificate,
       {"AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_ID", "AZURE_TENANT_ID"}},
      {HostKind::azure_pipelines,
       {"AZURESUBSCRIPTION_CLIENT_ID",
        "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
        "AZURESUBSCRIPTION_TENANT_ID",
        "SYSTEM_ACCESSTOKEN",
        "SYSTEM_OIDCREQUESTURI"}},
      {HostKind::github,
       {"ACTIONS_ID_TOKEN_REQUEST_TOKEN",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "AZURE_CLIENT_ID",
        "AZURE_TENANT_ID"}},
      {HostKind::token_file, {}},
      {HostKind::none, {}},
  };
  for (const auto& [kind, wanted] : kinds) {
    std::vector<std::string> found;
    for (const auto& [name, value] : announce(kind)) {
      EXPECT_NE(value, "") << name;
      if (!name.starts_with("KVRUN_")) {
        found.push_back(name);
      }
    }
    EXPECT_EQ(found, wanted);
  }
}

TEST_F(HostSetup, SendsTheVaultsAndOnlyTheHostsOfTheKindToItself) {
  EXPECT_EQ(announce(HostKind::vm)["KVRUN_CONNECT_TO"], ":443:127.0.0.1:4443");
  const std::string github = announce(HostKind::github)["KVRUN_CONNECT_TO"];
  EXPECT_TRUE(github.starts_with(":443:127.0.0.1:4443,")) << github;
  for (const char* host : {"login.microsoftonline.com", "token.actions.githubusercontent.com"}) {
    EXPECT_NE(github.find("," + std::string(host) + ":443:127.0.0.1:4443"), std::string::npos);
  }
  EXPECT_EQ(github.find("dev.azure.com"), std::string::npos);
}

TEST_F(HostSetup, WritesATokenThatItsVaultsTake) {
  const std::string identity = announce(HostKind::token_file)["KVRUN_IDENTITY"];
  ASSERT_TRUE(identity.starts_with("token-file=/")) << identity;
  const auto claims =
      service_->issuer().read(output_of("cat " + identity.substr(identity.find('=') + 1)));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->audience, "https://vault.azure.net");
}

TEST_F(HostSetup, PutsASignedInAzFirst) {
  const auto variables = announce(HostKind::azure_cli);
  EXPECT_EQ(variables.at("KVRUN_IDENTITY"), "azure-cli");
  const std::string az = variables.at("PATH") + "/az ";
  const std::string get = az + "account get-access-token --output json ";
  const std::string output = output_of(get + "--scope https://vault.azure.net/.default");
  EXPECT_NE(output.find(R"("expires_on":1893456000,)"), std::string::npos) << output;
  EXPECT_EQ(output_of(get + "--resource https://vault.azure.net").substr(0, 16),
            output.substr(0, 16));
  EXPECT_EQ(output_of(get + "--scope https://vault.azure.net"), "failed");
  EXPECT_EQ(output_of(get + "--scope https://evil.example/.default"), "failed");
  EXPECT_EQ(output_of(get + "--scope https://vault.azure.net/.default --tenant other"), "failed");
  EXPECT_EQ(output_of(az + "login"), "failed");
}

TEST_F(HostSetup, PutsASignedInAzdFirst) {
  const auto variables = announce(HostKind::azure_developer_cli);
  const std::string output =
      output_of(variables.at("PATH") + "/azd auth token --output json --no-prompt "
                                       "--scope https://vault.azure.net/.default");
  EXPECT_NE(output.find(R"("expiresOn":"2030-01-01T00:00:00Z")"), std::string::npos) << output;
}

} // namespace
} // namespace kvrun::emulator
