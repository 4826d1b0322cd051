// SPDX-License-Identifier: MIT
#include "tests/unit/azure/identity/identity_host.hpp"

#include <algorithm>

namespace kvrun::azure {
namespace {

using Variables = std::map<std::string, std::string, std::less<>>;

const Variables k_client_secret{
    {"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_SECRET", "s3cr3t-value"}};
const Variables k_client_certificate{
    {"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_CLIENT_CERTIFICATE_PATH", "/x"}};
const Variables k_workload{
    {"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}, {"AZURE_FEDERATED_TOKEN_FILE", "/x"}};
const Variables k_github{{"AZURE_TENANT_ID", "t"},
                         {"AZURE_CLIENT_ID", "c"},
                         {"ACTIONS_ID_TOKEN_REQUEST_URL", "https://g.example/g?x=1"},
                         {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "gt"}};
const Variables k_pipelines{{"SYSTEM_OIDCREQUESTURI", "https://p.example/o"},
                            {"SYSTEM_ACCESSTOKEN", "sat"},
                            {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "s"},
                            {"AZURESUBSCRIPTION_CLIENT_ID", "c"},
                            {"AZURESUBSCRIPTION_TENANT_ID", "t"}};
const Variables k_fabric{
    {"IDENTITY_ENDPOINT", "https://localhost:2377/metadata/identity/oauth2/token"},
    {"IDENTITY_HEADER", "h"},
    {"IDENTITY_SERVER_THUMBPRINT", "0123456789012345678901234567890123456789"}};
const Variables k_app_service{{"IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token"},
                              {"IDENTITY_HEADER", "h"}};
const Variables k_ml{{"MSI_ENDPOINT", "http://127.0.0.1:41742/MSI/token/"}, {"MSI_SECRET", "s"}};
const Variables k_cloud_shell{{"MSI_ENDPOINT", "http://localhost:50342/oauth2/token"}};
const Variables k_arc{
    {"IDENTITY_ENDPOINT", "http://localhost:40342/metadata/identity/oauth2/token"},
    {"IMDS_ENDPOINT", "http://localhost:40342"}};

std::string taken(std::initializer_list<Variables> all) {
  IdentityHost host;
  for (const Variables& some : all) {
    host.variables.insert(some.begin(), some.end());
  }
  return std::string(host.credential()->kind());
}

TEST(Auto, TakesWhatTheEnvironmentAnnounces) {
  EXPECT_EQ(taken({k_client_secret}), "client-secret");
  EXPECT_EQ(taken({k_client_certificate}), "client-certificate");
  EXPECT_EQ(taken({k_workload}), "workload");
  EXPECT_EQ(taken({k_github}), "github");
  EXPECT_EQ(taken({k_pipelines}), "azure-pipelines");
  EXPECT_EQ(taken({k_fabric}), "service-fabric");
  EXPECT_EQ(taken({k_app_service}), "app-service");
  EXPECT_EQ(taken({k_ml}), "azure-ml");
  EXPECT_EQ(taken({k_cloud_shell}), "cloud-shell");
  EXPECT_EQ(taken({k_arc}), "arc");
  EXPECT_EQ(taken({}), "vm");
}

TEST(Auto, HasAnOrder) {
  EXPECT_EQ(taken({k_client_certificate, k_client_secret}), "client-secret");
  EXPECT_EQ(taken({k_workload, k_client_certificate}), "client-certificate");
  EXPECT_EQ(taken({k_github, k_workload}), "workload");
  EXPECT_EQ(taken({k_pipelines, k_github}), "github");
  EXPECT_EQ(taken({k_fabric, k_pipelines}), "azure-pipelines");
  EXPECT_EQ(taken({k_app_service, k_workload}), "workload");
  EXPECT_EQ(taken({k_ml, k_app_service}), "app-service");
}

TEST(Auto, TakesAnEmptyVariableForAnUnsetOne) {
  EXPECT_EQ(taken({{{"IDENTITY_HEADER", ""}}, k_app_service}), "vm");
}

TEST(Auto, SkipsAnIncompleteSet) {
  EXPECT_EQ(taken({{{"AZURE_CLIENT_SECRET", "x"}, {"AZURE_TENANT_ID", "t"}}}), "vm");
  EXPECT_EQ(taken({{{"AZURE_CLIENT_SECRET", "x"}}, k_app_service}), "app-service");
  // Azure Container Instances set these two, and no endpoint.
  EXPECT_EQ(taken({{{"IDENTITY_HEADER", "h"}, {"IDENTITY_SERVER_THUMBPRINT", "x"}}}), "vm");
}

TEST(Auto, DoesNotTakeContainerAppsWithoutTheirHeaderForACloudShell) {
  EXPECT_EQ(taken({k_cloud_shell, {{"IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi/token"}}}), "vm");
}

TEST(Auto, NeverTakesADeveloperToolOrAFile) {
  EXPECT_EQ(taken({{{"PATH", "/usr/bin:/bin"}, {"HOME", "/root"}}}), "vm");
}

TEST(Auto, StaysWithASourceWhoseVariableIsMalformed) {
  IdentityHost host;
  host.variables = {{"IDENTITY_ENDPOINT", "ftp://h/"}, {"IDENTITY_HEADER", "h"}};
  const Error error = host.failure();
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  expect_holds(error.message(), "IDENTITY_ENDPOINT");
  EXPECT_TRUE(host.transport.seen.empty());
}

TEST(Auto, SaysWhichWasTakenAndWhichWasSkipped) {
  IdentityHost host;
  host.variables = k_app_service;
  host.variables["AZURE_CLIENT_SECRET"] = "s3cr3t-value";
  host.verbosity = Verbosity::verbose;
  testing::internal::CaptureStderr();
  (void)host.credential();
  const std::string log = testing::internal::GetCapturedStderr();
  expect_holds(log, "identity 'client-secret' is skipped: AZURE_TENANT_ID and AZURE_CLIENT_ID");
  expect_holds(log, "identity 'app-service': announced by IDENTITY_ENDPOINT, IDENTITY_HEADER");
  expect_lacks(log, "s3cr3t-value");
}

TEST(Survey, ReportsEverySourceOfAuto) {
  IdentityHost host;
  host.variables = {{"GITHUB_ACTIONS", "true"}, {"AZURE_CLIENT_SECRET", "x"}};
  const std::vector<SourceReport> reports = host.survey();
  ASSERT_EQ(reports.size(), 11U);
  EXPECT_EQ(reports.front().kind, "client-secret");
  EXPECT_TRUE(reports.front().incomplete);
  EXPECT_EQ(reports.back().kind, "vm");
  const auto github = std::find_if(
      reports.begin(), reports.end(), [](const auto& one) { return one.kind == "github"; });
  EXPECT_FALSE(github->announced);
  expect_holds(github->missed, "id-token: write");
}

TEST(NamedSource, NamesTheVariablesThatItMisses) {
  for (const auto& [kind, variable] :
       std::map<std::string, std::string>{{"client-secret", "AZURE_CLIENT_SECRET"},
                                          {"client-certificate", "AZURE_CLIENT_CERTIFICATE_PATH"},
                                          {"workload", "AZURE_FEDERATED_TOKEN_FILE"},
                                          {"github", "ACTIONS_ID_TOKEN_REQUEST_URL"},
                                          {"azure-pipelines", "SYSTEM_ACCESSTOKEN"},
                                          {"service-fabric", "IDENTITY_SERVER_THUMBPRINT"},
                                          {"app-service", "IDENTITY_HEADER"},
                                          {"azure-ml", "MSI_SECRET"},
                                          {"cloud-shell", "MSI_ENDPOINT"}}) {
    IdentityHost host;
    const Error error = host.failure(kind);
    EXPECT_EQ(error.kind(), ErrorKind::usage) << kind;
    expect_holds(error.message(), variable);
    EXPECT_TRUE(host.transport.seen.empty()) << kind;
  }
}

TEST(NamedSource, TellsAJobWithoutPermissionWhatItNeeds) {
  IdentityHost host;
  host.variables = {{"GITHUB_ACTIONS", "true"}, {"AZURE_TENANT_ID", "t"}, {"AZURE_CLIENT_ID", "c"}};
  expect_holds(host.failure("github").message(), "id-token: write");
}

TEST(NamedSource, RefusesAnIdWhereTheHostCannotSelect) {
  for (const char* setting : {"cloud-shell=client-id:c",
                              "cloud-shell=object-id:o",
                              "cloud-shell=resource-id:/r",
                              "cloud-shell=system",
                              "azure-ml=object-id:o",
                              "azure-ml=resource-id:/r",
                              "service-fabric=client-id:c",
                              "service-fabric=resource-id:/r",
                              "client-secret=client-id:c",
                              "azure-cli=system",
                              "auto=object-id:o"}) {
    IdentityHost host;
    host.variables = k_fabric;
    host.variables.insert(k_ml.begin(), k_ml.end());
    const Error error = host.failure(setting);
    EXPECT_EQ(error.kind(), ErrorKind::usage) << setting;
    EXPECT_TRUE(host.transport.seen.empty()) << setting;
  }
}

TEST(NamedSource, IgnoresAnIdOfTheEnvironmentWhereTheHostCannotSelectAndSaysSo) {
  for (const auto& [kind, variables] : std::map<std::string, Variables>{
           {"cloud-shell", k_cloud_shell}, {"service-fabric", k_fabric}}) {
    IdentityHost host;
    host.variables = variables;
    host.variables["AZURE_CLIENT_ID"] = "c-of-the-environment";
    host.verbosity = Verbosity::verbose;
    host.transport.reply(200, R"({"access_token":"tok","expires_in":3600})");
    testing::internal::CaptureStderr();
    EXPECT_EQ(text_of(host.token(kind)), "tok");
    expect_holds(testing::internal::GetCapturedStderr(), "AZURE_CLIENT_ID is ignored");
    expect_lacks(host.transport.seen.at(0).url, "c-of-the-environment");
  }
}

TEST(Auto, TakesACloudShellWithoutItsEndpointVariable) {
  EXPECT_EQ(taken({{{"ACC_CLOUD", "PROD"}}}), "cloud-shell");
  EXPECT_EQ(taken({{{"AZUREPS_HOST_ENVIRONMENT", "cloud-shell/1.0"}}}), "cloud-shell");
  EXPECT_EQ(taken({{{"ACC_CLOUD", "PROD"}, {"MSI_SECRET", "s"}}}), "vm");
}

TEST(NamedSource, MayBeCloudShellWithoutItsEndpointVariable) {
  IdentityHost host;
  host.variables = {{"ACC_CLOUD", "PROD"}};
  host.transport.reply(200, R"({"access_token":"tok","expires_in":3600})");
  EXPECT_EQ(text_of(host.token("cloud-shell")), "tok");
  EXPECT_EQ(host.transport.seen.at(0).url, "http://localhost:50342/oauth2/token");
}

} // namespace
} // namespace kvrun::azure
