// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <fmt/format.h>

namespace kvrun::azure {
namespace {

using Pairs = std::map<std::string, std::string>;

constexpr std::string_view k_answer =
    R"({"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"tok-sp"})";
constexpr std::string_view k_assertion_type =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::string entra_error(int code, std::string_view error, std::string_view text) {
  return fmt::format(
      R"({{"error":"{}","error_description":"AADSTS{}: {}\r\nTrace ID: t\r\nCorrelation ID: c",)"
      R"("error_codes":[{}],"trace_id":"t","correlation_id":"c-1"}})",
      error,
      code,
      text,
      code);
}

struct SecretHost : IdentityHost {
  SecretHost() {
    variables = {
        {"AZURE_TENANT_ID", "T"}, {"AZURE_CLIENT_ID", "C"}, {"AZURE_CLIENT_SECRET", "a~b+c/d=e&f"}};
  }
  Error after(int status, std::string_view body) {
    transport.always("", FakeReply{status, std::string(body), {}, {}, {}, false});
    return failure();
  }
};

TEST(ClientSecret, IsSentAsItIs) {
  SecretHost host;
  host.transport.reply(200, k_answer);
  const AccessToken token = host.token();
  EXPECT_EQ(text_of(token), "tok-sp");
  EXPECT_EQ(token.expires_on, 1893373199);
  const SeenRequest& request = host.transport.seen.at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://login.microsoftonline.com/T/oauth2/v2.0/token");
  EXPECT_FALSE(request.route.direct) << "the login host may be behind a proxy";
  EXPECT_EQ(request.form(),
            (Pairs{{"grant_type", "client_credentials"},
                   {"client_id", "C"},
                   {"client_secret", "a~b+c/d=e&f"},
                   {"scope", "https://vault.azure.net/.default"}}));
  expect_holds(request.body, "client_secret=a~b%2Bc%2Fd%3De%26f");
}

TEST(ClientSecret, GoesToTheCloudsOwnLoginHost) {
  SecretHost host;
  host.cloud = "china";
  host.transport.reply(200, k_answer);
  (void)host.token();
  EXPECT_EQ(host.transport.seen.at(0).origin.host, "login.partner.microsoftonline.cn");
  EXPECT_EQ(host.transport.seen.at(0).form().at("scope"), "https://vault.azure.cn/.default");
}

TEST(ClientSecret, SpeaksAdFs) {
  SecretHost host;
  host.variables["AZURE_TENANT_ID"] = "adfs";
  host.transport.reply(200, k_answer);
  (void)host.token();
  EXPECT_EQ(host.transport.seen.at(0).path(), "/adfs/oauth2/token");
  EXPECT_EQ(host.transport.seen.at(0).form().at("scope"), "https://vault.azure.net");
}

TEST(LoginHost, MayBeSilentForAsLongAsATryMayTake) {
  SecretHost host;
  host.transport.reply(200, k_answer);
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  EXPECT_GE(host.transport.seen.at(0).patience, Milliseconds(30000));
}

TEST(LoginHost, MayBeNamedWithOrWithoutASlash) {
  for (const char* url : {"https://login.microsoftonline.com/",
                          "https://login.microsoftonline.com",
                          "https://LOGIN.microsoftonline.com:443/",
                          "https://login.windows.net/"}) {
    SecretHost host;
    host.variables["AZURE_AUTHORITY_HOST"] = url;
    host.transport.reply(200, k_answer);
    EXPECT_EQ(text_of(host.token()), "tok-sp");
    EXPECT_EQ(host.transport.seen.at(0).path(), "/T/oauth2/v2.0/token");
  }
}

TEST(LoginHost, IsOneOfTheCloudsOwn) {
  for (const char* url : {"http://login.microsoftonline.com",
                          "login.microsoftonline.com",
                          "https://login.microsoftonline.us/",
                          "https://login.partner.microsoftonline.cn/",
                          "https://evil.example/",
                          "https://login.microsoftonline.com.evil.example/",
                          "https://xlogin.microsoftonline.com/",
                          "https://login.microsoftonline.com@evil.example/",
                          "https://login.microsoftonline.com:8443/",
                          "https://login.microsoftonline.com/common",
                          "https://login.microsoftonline.com/?x",
                          "https://login.microsoftonline.com./"}) {
    SecretHost host;
    host.variables["AZURE_AUTHORITY_HOST"] = url;
    const Error error = host.failure();
    EXPECT_EQ(error.kind(), ErrorKind::usage) << url;
    expect_holds(error.message(), "AZURE_AUTHORITY_HOST");
    EXPECT_TRUE(host.transport.seen.empty()) << url;
  }
}

TEST(LoginHost, MayBeOneThatTheCallerTrusts) {
  SecretHost host;
  host.variables["AZURE_AUTHORITY_HOST"] = "https://login.lab.example:8444/";
  host.trusted = {{true, "login.lab.example", 8444}};
  host.transport.reply(200, k_answer);
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  EXPECT_EQ(host.transport.seen.at(0).url, "https://login.lab.example:8444/T/oauth2/v2.0/token");
}

TEST(LoginHost, IsTrustedWithItsPortOnly) {
  SecretHost host;
  host.variables["AZURE_AUTHORITY_HOST"] = "https://login.lab.example:8445/";
  host.trusted = {{true, "login.lab.example", 8444}};
  EXPECT_EQ(host.failure().kind(), ErrorKind::usage);
}

TEST(Tenant, HasTheCharactersOfAnId) {
  for (const char* tenant : {"a/b", "a b", "..", "a?b", "a%2fb", "t#"}) {
    SecretHost host;
    host.variables["AZURE_TENANT_ID"] = tenant;
    const Error error = host.failure();
    EXPECT_EQ(error.kind(), ErrorKind::usage) << tenant;
    expect_holds(error.message(), "AZURE_TENANT_ID");
    EXPECT_TRUE(host.transport.seen.empty());
  }
}

TEST(LoginError, HasItsCodeAndAHint) {
  SecretHost host;
  const Error error =
      host.after(401, entra_error(7000215, "invalid_client", "Invalid client secret provided."));
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_EQ(error.message(),
            "identity 'client-secret' at login.microsoftonline.com: 401 invalid_client: "
            "AADSTS7000215: Invalid client secret provided. (correlation id c-1)");
  EXPECT_EQ(error.hint(), "give the value of the client secret, not its id");
  EXPECT_EQ(host.transport.seen.size(), 1U);
}

TEST(LoginError, IsRetriedWhereItsCodeSaysLater) {
  for (const auto& [status, body] :
       {std::pair{503, entra_error(90033, "temporarily_unavailable", "later")},
        std::pair{400, entra_error(90024, "invalid_request", "later")},
        std::pair{400, std::string(R"({"error":"temporarily_unavailable"})")},
        std::pair{429, std::string()}}) {
    SecretHost host;
    const Error error = host.after(status, body);
    EXPECT_EQ(error.kind(), ErrorKind::unavailable) << status << body;
    EXPECT_GT(host.transport.seen.size(), 1U);
  }
}

TEST(LoginError, IsNotRetriedWhereTheClientLoops) {
  SecretHost host;
  EXPECT_EQ(host.after(429, entra_error(50196, "invalid_grant", "loop")).kind(),
            ErrorKind::refused);
}

class WorkloadFile : public testing::Test {
protected:
  WorkloadFile() {
    host.variables = {{"AZURE_TENANT_ID", "T"},
                      {"AZURE_CLIENT_ID", "C"},
                      {"AZURE_FEDERATED_TOKEN_FILE", folder.write("token", "a.b.c\n")}};
  }
  TemporaryFolder folder;
  IdentityHost host;
};

TEST_F(WorkloadFile, IsTheAssertion) {
  host.transport.reply(200, k_answer);
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  EXPECT_EQ(host.transport.seen.at(0).form(),
            (Pairs{{"grant_type", "client_credentials"},
                   {"client_id", "C"},
                   {"client_assertion_type", std::string(k_assertion_type)},
                   {"client_assertion", "a.b.c"},
                   {"scope", "https://vault.azure.net/.default"}}));
}

TEST_F(WorkloadFile, IsReadAgainForEveryTry) {
  host.transport.always("", [&](const SeenRequest& request) {
    folder.write("token", "d.e.f");
    return FakeReply{request.body.find("d.e.f") == std::string::npos ? 503 : 200,
                     std::string(k_answer),
                     {},
                     {},
                     {},
                     false};
  });
  EXPECT_EQ(text_of(host.token()), "tok-sp");
}

TEST_F(WorkloadFile, IsReadAgainOnceWhenItsTimeWasOver) {
  host.transport.always("", [&](const SeenRequest&) {
    return FakeReply{
        400, entra_error(700024, "invalid_client", "not in its time"), {}, {}, {}, false};
  });
  EXPECT_EQ(host.failure().kind(), ErrorKind::refused);
  EXPECT_EQ(host.transport.seen.size(), 2U);
}

TEST_F(WorkloadFile, IsNamedWithTheReasonWhenItCannotBeRead) {
  for (const auto& [path, reason] :
       {std::pair{folder.path() + "/nosuch", std::string("no such file")},
        std::pair{folder.path(), std::string("directory")},
        std::pair{folder.write("empty", "\n"), std::string("does not hold a token")},
        std::pair{folder.write("two", "a b"), std::string("does not hold a token")}}) {
    host.variables["AZURE_FEDERATED_TOKEN_FILE"] = path;
    const Error error = host.failure();
    EXPECT_EQ(error.kind(), ErrorKind::refused) << path;
    expect_holds(error.message(), path);
    expect_holds(error.message(), reason);
    EXPECT_TRUE(host.transport.seen.empty()) << path;
  }
}

TEST_F(WorkloadFile, ShowsTheClaimsThatDoNotMatchAndNotTheToken) {
  const std::string token = fmt::format(
      "e30.{}.c2ln",
      encode_base64url(
          R"({"iss":"https://issuer.lab.example","sub":"system:serviceaccount:ns:sa","aud":"api"})"));
  host.variables["AZURE_FEDERATED_TOKEN_FILE"] = folder.write("token", token);
  host.transport.reply(
      401, entra_error(700213, "invalid_client", "No matching federated identity record found"));
  const Error error = host.failure();
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "issuer 'https://issuer.lab.example'");
  expect_holds(error.message(), "subject 'system:serviceaccount:ns:sa'");
  expect_holds(error.message(), "audience 'api'");
  expect_lacks(error.message(), token.substr(4, 20));
}

TEST_F(WorkloadFile, GoesToTheTokenProxyOfTheClusterWhenTheCallerTrustsIt) {
  host.variables["AZURE_KUBERNETES_TOKEN_PROXY"] = "https://proxy.aks.example:9443/base/";
  host.variables["AZURE_KUBERNETES_CA_DATA"] = "PEM";
  host.variables["AZURE_KUBERNETES_SNI_NAME"] = "sni.example";
  EXPECT_EQ(host.failure().kind(), ErrorKind::usage);
  EXPECT_TRUE(host.transport.seen.empty());
  host.trusted = {{true, "proxy.aks.example", 9443}};
  host.transport.reply(200, k_answer);
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  const SeenRequest& request = host.transport.seen.at(0);
  EXPECT_EQ(request.url, "https://proxy.aks.example:9443/base/T/oauth2/v2.0/token");
  EXPECT_EQ(request.route.only_roots, "PEM");
  EXPECT_EQ(request.route.tls_name, "sni.example");
}

TEST_F(WorkloadFile, RefusesHalfATokenProxy) {
  host.variables["AZURE_KUBERNETES_CA_DATA"] = "PEM";
  EXPECT_EQ(host.failure().kind(), ErrorKind::usage);
}

struct GitHubHost : IdentityHost {
  GitHubHost() {
    variables = {{"AZURE_TENANT_ID", "T"},
                 {"AZURE_CLIENT_ID", "C"},
                 {"ACTIONS_ID_TOKEN_REQUEST_URL", "https://oidc.example/g?x=1"},
                 {"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "gt"}};
  }
};

TEST(GitHub, ExchangesTheTokenOfTheJob) {
  GitHubHost host;
  host.transport.reply("oidc.example", {200, R"({"count":1,"value":"j.w.t"})", {}, {}, {}, false});
  host.transport.reply("login", {200, std::string(k_answer), {}, {}, {}, false});
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  const SeenRequest& first = host.transport.seen.at(0);
  EXPECT_EQ(first.method, "GET");
  EXPECT_EQ(first.url, "https://oidc.example/g?x=1&audience=api%3A%2F%2FAzureADTokenExchange");
  EXPECT_EQ(first.header("Authorization"), "bearer gt");
  EXPECT_EQ(host.transport.seen.at(1).form().at("client_assertion"), "j.w.t");
}

// A job's token whose claims say that it lives so long.
FakeReply job_token(std::int64_t life) {
  const std::string claims = fmt::format(R"({{"exp":{}}})", k_frozen_now + life);
  return {200,
          fmt::format(R"({{"value":"e30.{}.c2ln"}})", encode_base64url(claims)),
          {},
          {},
          {},
          false};
}

std::int64_t times_asked(const IdentityHost& host, std::string_view where) {
  return std::count_if(
      host.transport.seen.begin(), host.transport.seen.end(), [&](const SeenRequest& request) {
        return request.url.find(where) != std::string::npos;
      });
}

TEST(GitHub, IsAskedOnceForATryThatBrokeOffAndTheNext) {
  GitHubHost host;
  host.transport.always("oidc.example", job_token(300));
  host.transport.reply("login", FakeReply::broken_connection("the connection was closed"));
  host.transport.reply("login", FakeReply::refused_connection());
  host.transport.reply("login", {200, std::string(k_answer), {}, {}, {}, false});
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  EXPECT_EQ(times_asked(host, "oidc.example"), 1);
}

TEST(GitHub, IsAskedAgainAfterAnAnswer) {
  for (const int status : {503, 400}) {
    GitHubHost host;
    host.transport.always("oidc.example", job_token(300));
    host.transport.reply(
        "login",
        {status, entra_error(700024, "invalid_client", "not in its time"), {}, {}, {}, false});
    host.transport.reply("login", {200, std::string(k_answer), {}, {}, {}, false});
    EXPECT_EQ(text_of(host.token()), "tok-sp");
    EXPECT_EQ(times_asked(host, "oidc.example"), 2) << status;
  }
}

TEST(GitHub, IsAskedAgainWhenItsTokenIsAsGoodAsOver) {
  GitHubHost host;
  host.transport.always("oidc.example", job_token(30));
  host.transport.reply("login", FakeReply::broken_connection("the connection was closed"));
  host.transport.reply("login", {200, std::string(k_answer), {}, {}, {}, false});
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  EXPECT_EQ(times_asked(host, "oidc.example"), 2);
}

TEST(GitHub, IsNotAskedOverHttp) {
  GitHubHost host;
  host.variables["ACTIONS_ID_TOKEN_REQUEST_URL"] = "http://evil.example/g?x=1";
  EXPECT_EQ(host.failure().kind(), ErrorKind::usage);
  EXPECT_TRUE(host.transport.seen.empty());
}

TEST(GitHub, SaysWhatAJobNeeds) {
  GitHubHost host;
  host.transport.reply(403, "");
  expect_holds(host.failure().hint(), "id-token: write");
}

struct PipelinesHost : IdentityHost {
  PipelinesHost() {
    variables = {{"SYSTEM_OIDCREQUESTURI", "https://pipelines.example/o"},
                 {"SYSTEM_ACCESSTOKEN", "sat"},
                 {"AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "S"},
                 {"AZURESUBSCRIPTION_CLIENT_ID", "C"},
                 {"AZURESUBSCRIPTION_TENANT_ID", "T"}};
  }
};

TEST(AzurePipelines, ExchangesTheTokenOfTheJob) {
  PipelinesHost host;
  host.transport.reply("pipelines", {200, R"({"oidcToken":"j.w.t"})", {}, {}, {}, false});
  host.transport.reply("login", {200, std::string(k_answer), {}, {}, {}, false});
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  const SeenRequest& first = host.transport.seen.at(0);
  EXPECT_EQ(first.method, "POST");
  EXPECT_EQ(first.path(), "/o");
  EXPECT_EQ(first.query(), (Pairs{{"api-version", "7.1"}, {"serviceConnectionId", "S"}}));
  EXPECT_EQ(first.header("Authorization"), "Bearer sat");
  EXPECT_EQ(first.header("X-TFS-FedAuthRedirect"), "Suppress");
  EXPECT_EQ(first.body, "");
  EXPECT_EQ(host.transport.seen.at(1).form().at("client_assertion"), "j.w.t");
}

TEST(AzurePipelines, SaysWhatAStepNeedsWhenASignInPageComes) {
  for (const int status : {203, 302, 401}) {
    PipelinesHost host;
    host.transport.reply(
        "pipelines", {status, "<html>sign in</html>", {{"location", "https://x/"}}, {}, {}, false});
    const Error error = host.failure();
    EXPECT_EQ(error.kind(), ErrorKind::refused) << status;
    expect_holds(error.hint(), "SYSTEM_ACCESSTOKEN: $(System.AccessToken)");
    EXPECT_EQ(host.transport.seen.size(), 1U);
  }
}

// identity.md §11.1: Microsoft's support asks for them.
TEST(AzurePipelines, TellsTheIdsOfTheAnswerThatRefused) {
  for (const int status : {203, 302, 401}) {
    PipelinesHost host;
    host.transport.reply(
        status, "", {{"x-vss-e2eid", "e2e-1"}, {"x-msedge-ref", "Ref A: 1 Ref B: 2\x1b[31m"}});
    const Error error = host.failure();
    expect_holds(error.message(), "(x-vss-e2eid e2e-1)");
    expect_holds(error.message(), "(x-msedge-ref Ref A: 1 Ref B: 2");
    expect_lacks(error.message(), "\x1b");
  }
}

TEST(AzurePipelines, TellsTheIdsOfItsLastAnswerAtTheDeadline) {
  PipelinesHost host;
  host.transport.always("", FakeReply{503, "", {{"x-vss-e2eid", "e2e-1"}}, {}, {}, false});
  expect_holds(host.failure().message(), "no token within 90 s: 503 (x-vss-e2eid e2e-1)");
}

TEST(AzurePipelines, RefusesAnAnswerWithoutAToken) {
  PipelinesHost host;
  host.transport.reply(200, R"({"x":1})");
  EXPECT_EQ(host.failure().kind(), ErrorKind::refused);
}

} // namespace
} // namespace kvrun::azure
