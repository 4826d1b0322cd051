// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"

#include <fmt/format.h>

namespace kvrun::azure {
namespace {

using Pairs = std::map<std::string, std::string>;

constexpr std::string_view k_resource_id = "/subscriptions/s/resourceGroups/g/providers/"
                                           "Microsoft.ManagedIdentity/userAssignedIdentities/n";

constexpr std::string_view k_vm_answer =
    R"({"access_token":"tok-vm","refresh_token":"","expires_in":"86399","expires_on":"1893455999",
    "not_before":"1893369300","resource":"https://vault.azure.net","token_type":"Bearer"})";

// A machine of some kind, and one request that brings a token.
struct Machine : IdentityHost {
  SeenRequest only_request(std::string_view setting, std::string_view answer) {
    transport.reply(200, answer);
    last = token(setting);
    EXPECT_EQ(transport.seen.size(), 1U);
    EXPECT_TRUE(transport.seen.at(0).route.direct) << "through a proxy";
    return transport.seen.at(0);
  }
  AccessToken last;
};

struct CloudShellMachine : Machine {
  CloudShellMachine() { variables = {{"MSI_ENDPOINT", "http://localhost:50342/oauth2/token"}}; }
};

struct AppServiceMachine : Machine {
  AppServiceMachine() {
    variables = {{"IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token"},
                 {"IDENTITY_HEADER", "hdr"}};
  }
};

struct MlMachine : Machine {
  MlMachine() {
    variables = {{"MSI_ENDPOINT", "http://127.0.0.1:41742/MSI/token/"}, {"MSI_SECRET", "s"}};
  }
};

TEST(CloudShell, PostsAForm) {
  CloudShellMachine host;
  const SeenRequest request = host.only_request("auto", R"({"access_token":"tok-cs",
    "refresh_token":"","expires_in":"3599","expires_on":"1893373199","not_before":"1893369300",
    "resource":"https://vault.azure.net","token_type":"Bearer"})");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://localhost:50342/oauth2/token");
  EXPECT_EQ(request.header("Metadata"), "true");
  EXPECT_EQ(request.header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body, "resource=https%3A%2F%2Fvault.azure.net");
  EXPECT_EQ(text_of(host.last), "tok-cs");
  EXPECT_EQ(host.last.expires_on, 1893373199);
}

TEST(ManagedIdentity, IsRefusedWithATokenForAnotherService) {
  IdentityHost host;
  host.transport.always(
      "",
      FakeReply{200,
                fmt::format(R"({{"access_token":"{}","expires_in":"3599"}})", k_jwt_arm),
                {},
                {},
                {},
                false});
  const Error error = host.failure("vm");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "for another audience");
}

TEST(CloudShell, AsksOnceMoreWhenTheTokenIsForAnotherService) {
  CloudShellMachine host;
  host.transport.reply(200,
                       fmt::format(R"({{"access_token":"{}","expires_in":"3599"}})", k_jwt_arm));
  host.transport.reply(200,
                       fmt::format(R"({{"access_token":"{}","expires_in":"3599"}})", k_jwt_ok));
  EXPECT_EQ(text_of(host.token()), k_jwt_ok);
}

TEST(CloudShell, RefusesATokenThatStaysForAnotherService) {
  CloudShellMachine host;
  host.transport.always("",
                        FakeReply{200,
                                  R"({"access_token":"t","expires_in":"3599",
                                      "resource":"https://management.azure.com/"})",
                                  {},
                                  {},
                                  {},
                                  false});
  EXPECT_EQ(host.failure().kind(), ErrorKind::refused);
  EXPECT_EQ(host.transport.seen.size(), 2U);
}

TEST(CloudShell, TakesATokenForTheApplicationIdOfKeyVault) {
  CloudShellMachine host;
  host.only_request("auto",
                    fmt::format(R"({{"access_token":"{}","expires_in":"3599",
                    "resource":"https://vault.azure.net/"}})",
                                k_jwt_guid));
  EXPECT_EQ(text_of(host.last), k_jwt_guid);
}

TEST(Vm, AsksTheMetadataService) {
  Machine host;
  const SeenRequest request = host.only_request("vm", k_vm_answer);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.origin, (Origin{false, "169.254.169.254", 80}));
  EXPECT_EQ(request.path(), "/metadata/identity/oauth2/token");
  EXPECT_EQ(request.query(),
            (Pairs{{"api-version", "2018-02-01"}, {"resource", "https://vault.azure.net"}}));
  EXPECT_EQ(request.header("Metadata"), "true");
  EXPECT_EQ(text_of(host.last), "tok-vm");
  EXPECT_EQ(host.last.expires_on, 1893455999);
}

TEST(Vm, MayBeElsewhere) {
  Machine host;
  host.variables = {{"AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:41743/ignored?x"}};
  EXPECT_EQ(host.only_request("auto", k_vm_answer).url.substr(0, 53),
            "http://127.0.0.1:41743/metadata/identity/oauth2/token");
}

TEST(Vm, SelectsByTheThreeIds) {
  const std::map<std::string, Pairs> selectors{
      {"vm=client-id:C", {{"client_id", "C"}}},
      {"vm=object-id:O", {{"object_id", "O"}}},
      {fmt::format("vm=resource-id:{}", k_resource_id),
       {{"msi_res_id", std::string(k_resource_id)}}},
      {"vm=system", {}},
  };
  for (const auto& [setting, wanted] : selectors) {
    Machine host;
    host.variables = {{"AZURE_CLIENT_ID", "of-the-environment"}};
    Pairs query = host.only_request(setting, k_vm_answer).query();
    query.erase("api-version");
    query.erase("resource");
    EXPECT_EQ(query, wanted) << setting;
  }
}

TEST(Vm, TakesTheClientIdOfTheEnvironmentElse) {
  Machine host;
  host.variables = {{"AZURE_CLIENT_ID", "E"}};
  EXPECT_EQ(host.only_request("vm", k_vm_answer).query().at("client_id"), "E");
}

TEST(Vm, SaysWhoseTheTokenIs) {
  Machine host;
  host.verbosity = Verbosity::verbose;
  testing::internal::CaptureStderr();
  host.only_request(
      "vm",
      fmt::format(
          R"({{"access_token":"e30.{}.c2ln","expires_in":"3600"}})",
          encode_base64url(R"({"oid":"o-1","appid":"a-1","xms_mirid":"/subscriptions/s"})")));
  expect_holds(testing::internal::GetCapturedStderr(),
               "object id 'o-1', client id 'a-1', resource '/subscriptions/s'");
}

TEST(Vm, TakesNumbersForNumbers) {
  Machine host;
  host.only_request("vm", R"({"access_token":"t","expires_in":3600,"expires_on":1893373200})");
  EXPECT_EQ(host.last.expires_on, 1893373200);
}

TEST(Vm, CountsALifeFromNowWithoutATime) {
  Machine host;
  host.only_request("vm", R"({"access_token":"t","expires_in":"3600","expires_on":""})");
  EXPECT_EQ(host.last.expires_on, k_frozen_now + 3600);
}

TEST(Vm, TakesTheClaimedExpiryWhereTheAnswerHasNone) {
  Machine host;
  host.only_request("vm", fmt::format(R"({{"access_token":"{}"}})", k_jwt_ok));
  EXPECT_EQ(host.last.expires_on, 1893456000);
}

TEST(AppService, SendsItsHeader) {
  AppServiceMachine host;
  const SeenRequest request = host.only_request("auto", R"({"access_token":"tok-app",
    "expires_on":"1893456000","resource":"https://vault.azure.net","token_type":"Bearer",
    "client_id":"5E29463D-71DA-4FE0-8E69-999B57DB23B0"})");
  EXPECT_EQ(request.path(), "/msi/token");
  EXPECT_EQ(request.query(),
            (Pairs{{"api-version", "2019-08-01"}, {"resource", "https://vault.azure.net"}}));
  EXPECT_EQ(request.header("X-IDENTITY-HEADER"), "hdr");
  EXPECT_EQ(host.last.expires_on, 1893456000);
}

TEST(AppService, SelectsByTheThreeIds) {
  const std::map<std::string, std::pair<std::string, std::string>> selectors{
      {"client-id:C", {"client_id", "C"}},
      {"object-id:O", {"principal_id", "O"}},
      {fmt::format("resource-id:{}", k_resource_id), {"mi_res_id", std::string(k_resource_id)}}};
  for (const auto& [selector, wanted] : selectors) {
    AppServiceMachine host;
    const Pairs query = host.only_request("app-service=" + selector,
                                          R"({"access_token":"t","expires_on":"1893456000"})")
                            .query();
    EXPECT_EQ(query.at(wanted.first), wanted.second);
    EXPECT_EQ(query.size(), 3U);
  }
}

TEST(AppService, AppendsToAQueryThatTheEndpointHas) {
  AppServiceMachine host;
  host.variables["IDENTITY_ENDPOINT"] = "http://127.0.0.1:41741/msi/token?slot=blue";
  const SeenRequest request =
      host.only_request("auto", R"({"access_token":"t","expires_on":"2030-01-01T00:00:00Z"})");
  EXPECT_EQ(request.query().at("slot"), "blue");
  EXPECT_EQ(host.last.expires_on, 1893456000);
}

TEST(AppService, WaitsForAnEndpointThatIsNotUpYet) {
  AppServiceMachine host;
  host.transport.reply("", FakeReply::refused_connection());
  host.transport.reply("", FakeReply::refused_connection());
  host.transport.reply(200, R"({"access_token":"tok-app","expires_on":"1893456000"})");
  EXPECT_EQ(text_of(host.token()), "tok-app");
}

TEST(AppService, RefusesAHeaderThatCouldEndItself) {
  AppServiceMachine host;
  host.variables["IDENTITY_HEADER"] = "hdr\r\nX: y";
  const Error error = host.failure();
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  expect_holds(error.message(), "IDENTITY_HEADER");
  expect_lacks(error.message(), "X: y");
}

TEST(AzureMl, SpeaksTheProtocolOf2017) {
  MlMachine host;
  const SeenRequest request = host.only_request("auto", R"({"access_token":"tok-17",
    "expires_on":"12/31/2029 01:00:00 +00:00","resource":"https://vault.azure.net",
    "token_type":"Bearer"})");
  EXPECT_EQ(request.path(), "/MSI/token/");
  EXPECT_EQ(request.query(),
            (Pairs{{"api-version", "2017-09-01"}, {"resource", "https://vault.azure.net"}}));
  EXPECT_EQ(request.header("secret"), "s");
  EXPECT_EQ(host.last.expires_on, 1893373200);
}

TEST(AzureMl, SelectsByClientIdInItsOwnSpelling) {
  constexpr std::string_view answer = R"({"access_token":"t","expires_on":"1893456000"})";
  const std::map<std::string, std::string> settings{
      {"azure-ml=client-id:C", "C"}, {"azure-ml", "D"}, {"azure-ml=system", ""}};
  for (const auto& [setting, wanted] : settings) {
    MlMachine host;
    host.variables["DEFAULT_IDENTITY_CLIENT_ID"] = "D";
    const Pairs query = host.only_request(setting, answer).query();
    EXPECT_EQ(query.count("clientid") == 1 ? query.at("clientid") : "", wanted) << setting;
    EXPECT_EQ(query.count("client_id"), 0U);
  }
}

TEST(AzureMl, PrefersTheClientIdOfTheEnvironmentToTheDefault) {
  MlMachine host;
  host.variables["DEFAULT_IDENTITY_CLIENT_ID"] = "D";
  host.variables["AZURE_CLIENT_ID"] = "C";
  const SeenRequest request =
      host.only_request("auto", R"({"access_token":"t","expires_on":"1893456000"})");
  EXPECT_EQ(request.query().at("clientid"), "C");
}

struct FabricMachine : Machine {
  FabricMachine() {
    variables = {{"IDENTITY_ENDPOINT", "https://localhost:2377/metadata/identity/oauth2/token"},
                 {"IDENTITY_HEADER", "h"},
                 {"IDENTITY_SERVER_THUMBPRINT",
                  "57:4A:48:21:0c:12:cc:d9:fa:bd:f4:93:3e:ff:b5:7f:b5:6d:fc:fc"}};
  }
};

TEST(ServiceFabric, PinsTheCertificate) {
  FabricMachine host;
  const SeenRequest request = host.only_request("auto", R"({"token_type":"Bearer",
    "access_token":"tok-sf","expires_on":1893456000,"resource":"https://vault.azure.net"})");
  EXPECT_EQ(request.origin, (Origin{true, "localhost", 2377}));
  EXPECT_EQ(request.route.pinned_sha1, "574a48210c12ccd9fabdf4933effb57fb56dfcfc");
  EXPECT_EQ(
      request.query(),
      (Pairs{{"api-version", "2019-07-01-preview"}, {"resource", "https://vault.azure.net"}}));
  EXPECT_EQ(request.header("Secret"), "h");
  EXPECT_EQ(host.last.expires_on, 1893456000);
}

TEST(ServiceFabric, SpeaksTheVersionThatItIsTold) {
  FabricMachine host;
  host.variables["IDENTITY_API_VERSION"] = "2020-05-01";
  EXPECT_EQ(host.only_request("auto", k_vm_answer).query().at("api-version"), "2020-05-01");
}

TEST(ServiceFabric, RefusesHttpAndABadThumbprintBeforeAnythingIsSent) {
  const std::map<std::string, std::string> bad{
      {"IDENTITY_ENDPOINT", "http://localhost:2377/"},
      {"IDENTITY_SERVER_THUMBPRINT", "574a48210c12ccd9fabdf4933effb57fb56dfcf"}};
  for (const auto& [name, value] : bad) {
    FabricMachine host;
    host.variables[name] = value;
    const Error error = host.failure();
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    expect_holds(error.message(), name);
  }
  FabricMachine host;
  host.variables["IDENTITY_SERVER_THUMBPRINT"] = std::string(40, 'z');
  EXPECT_EQ(host.failure().kind(), ErrorKind::usage);
}

TEST(ServiceFabric, DoesNotAskAgainAfterARefusedCertificate) {
  FabricMachine host;
  host.transport.reply(
      "", FakeReply::failed(TransportFailure::Kind::certificate, "another certificate"));
  const Error error = host.failure();
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "another certificate");
}

} // namespace
} // namespace kvrun::azure
