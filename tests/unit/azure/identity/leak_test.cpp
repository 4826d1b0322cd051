// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "tests/unit/azure/identity/certificate_maker.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <fmt/format.h>

namespace kvrun::azure {
namespace {

// Every secret of every source holds this word, and no message may.
constexpr std::string_view k_word = "hunter2";

std::string bearer() {
  return fmt::format("e30.{}.{}", encode_base64url(R"({"iss":"i","sub":"s","aud":"a"})"), k_word);
}

// What a peer that is broken, hostile or just refusing may answer: with what it was told, too.
std::vector<FakeReply> answers() {
  const std::string token = fmt::format("{}-token", k_word);
  std::vector<FakeReply> all;
  for (const std::string& body :
       {fmt::format(R"({{"access_token":"{0}","value":"{0}","oidcToken":"{0}","expires_in":3600}})",
                    token),
        fmt::format(R"({{"access_token":"{0}","expires_on":"1"}})", token),
        fmt::format(R"({{"access_token":"{0}","token_type":"{0}","expires_in":1}})", token),
        fmt::format(R"({{"access_token":"{0}","resource":"{0}","expires_in":"{0}"}})", token),
        fmt::format(R"({{"access_token":"{0})", token),
        fmt::format("<html>{0}</html>", token),
        token}) {
    all.push_back({200, body, {}, {}, {}, false});
    all.push_back({203, body, {}, {}, {}, false});
  }
  all.push_back({302, "", {{"location", fmt::format("https://x/{}", k_word)}}, {}, {}, false});
  all.push_back({400, R"({"error":"invalid_request"})", {}, {}, {}, false});
  all.push_back({401, R"({"error":"x","error_codes":[700213]})", {}, {}, {}, false});
  all.push_back({503, "", {}, {}, {}, false});
  all.push_back(FakeReply::refused_connection());
  return all;
}

struct Source {
  const char* setting;
  std::map<std::string, std::string, std::less<>> variables;
};

std::vector<Source> sources(const TemporaryFolder& folder) {
  const std::string secret = fmt::format("{}-secret", k_word);
  const std::string token_file = folder.write("federated", bearer());
  const std::string certificate =
      folder.write("sp.pem",
                   MadeCertificate::rsa().certificate_pem() +
                       MadeCertificate::rsa().key_pem(secret)); // they do not fit
  folder.write(
      "az", fmt::format("#!/bin/sh\necho '{{\"accessToken\":\"{0}\"}}'\nexit 0\n", secret), 0700);
  const std::map<std::string, std::string, std::less<>> application{{"AZURE_TENANT_ID", "T"},
                                                                    {"AZURE_CLIENT_ID", "C"}};
  const auto with = [&](std::map<std::string, std::string, std::less<>> more) {
    more.insert(application.begin(), application.end());
    return more;
  };
  return {
      {"cloud-shell", {{"MSI_ENDPOINT", "http://localhost:50342/oauth2/token"}}},
      {"vm", {}},
      {"auto", {}},
      {"app-service",
       {{"IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi"}, {"IDENTITY_HEADER", secret}}},
      {"app-service",
       {{"IDENTITY_ENDPOINT", "http://127.0.0.1:1/msi"}, {"IDENTITY_HEADER", secret + "\n"}}},
      {"app-service",
       {{"IDENTITY_ENDPOINT", fmt::format("http://user:{}@127.0.0.1/", secret)},
        {"IDENTITY_HEADER", secret}}},
      {"azure-ml", {{"MSI_ENDPOINT", "http://127.0.0.1:1/msi"}, {"MSI_SECRET", secret}}},
      {"service-fabric",
       {{"IDENTITY_ENDPOINT", "https://localhost:2377/"},
        {"IDENTITY_HEADER", secret},
        {"IDENTITY_SERVER_THUMBPRINT", std::string(40, 'a')}}},
      {"arc", {{"IDENTITY_ENDPOINT", "http://127.0.0.1:1/m"}, {"IMDS_ENDPOINT", "x"}}},
      {"workload", with({{"AZURE_FEDERATED_TOKEN_FILE", token_file}})},
      {"client-secret", with({{"AZURE_CLIENT_SECRET", secret}})},
      {"client-certificate",
       with({{"AZURE_CLIENT_CERTIFICATE_PATH", certificate},
             {"AZURE_CLIENT_CERTIFICATE_PASSWORD", secret}})},
      {"github",
       with({{"ACTIONS_ID_TOKEN_REQUEST_URL", "https://g.example/g?x=1"},
             {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", secret}})},
      {"azure-pipelines",
       {{"SYSTEM_OIDCREQUESTURI", "https://p.example/o"},
        {"SYSTEM_ACCESSTOKEN", secret},
        {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "S"},
        {"AZURESUBSCRIPTION_CLIENT_ID", "C"},
        {"AZURESUBSCRIPTION_TENANT_ID", "T"}}},
      {"azure-cli", {{"PATH", folder.path()}}},
      {"hunter2hunter2", {}},
      {"vm=client-id:hunter2 hunter2", {}},
  };
}

// A peer that repeats all it was told, header by header and field by field, as text and as JSON.
FakeReply echo(const SeenRequest& request, int status, bool json) {
  std::string all = request.body;
  for (const auto& [name, value] : request.headers) {
    all += fmt::format(" {}", value);
  }
  for (const auto& [name, value] : request.form()) {
    all += fmt::format(" {}", value);
  }
  const std::string body =
      json ? fmt::format(R"({{"error":"{0}","error_description":"{0}"}})", all) : all;
  return {status,
          body,
          {{"www-authenticate", "Basic realm=/nowhere.key"}, {"x-vss-e2eid", all}},
          {},
          {},
          false};
}

// All that is told, whatever comes of it.
std::string told(const Source& source, const FakeTransport::Responder& peer) {
  IdentityHost host;
  host.variables = source.variables;
  host.verbosity = Verbosity::very_verbose;
  host.transport.always("", peer);
  std::string said;
  testing::internal::CaptureStderr();
  try {
    (void)host.token(source.setting, Milliseconds(5000));
  } catch (const Error& e) {
    said = e.message() + '\n' + e.hint();
  }
  return said + testing::internal::GetCapturedStderr();
}

TEST(Messages, RepeatNoSecretThatAPeerRepeats) {
  const TemporaryFolder folder;
  for (const Source& source : sources(folder)) {
    for (const int status : {400, 401, 403, 503}) {
      for (const bool json : {true, false}) {
        const auto peer = [&](const SeenRequest& request) { return echo(request, status, json); };
        expect_lacks(told(source, peer), k_word);
      }
    }
  }
}

TEST(Messages, HoldNoSecretWhateverHappens) {
  const TemporaryFolder folder;
  for (const Source& source : sources(folder)) {
    for (const FakeReply& answer : answers()) {
      expect_lacks(told(source, [&](const SeenRequest&) { return answer; }), k_word);
    }
  }
}

} // namespace
} // namespace kvrun::azure
