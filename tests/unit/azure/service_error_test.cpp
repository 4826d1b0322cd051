// SPDX-License-Identifier: MIT
// The golden exchanges of key-vault.md §10, C to F.
#include "azure/service_error.hpp"
#include "tests/unit/azure/vault_host.hpp"

namespace kvrun::azure {
namespace {

constexpr std::string_view k_caller =
    "appid=aaaaaaaa-0000-4000-8000-000000000001;oid=bbbbbbbb-0000-4000-8000-000000000002;"
    "iss=https://sts.windows.net/11111111-1111-1111-1111-111111111111/";

HttpResponse golden(int status, std::string_view body) {
  HttpResponse response{status,
                        {{"x-ms-keyvault-region", "westeurope"},
                         {"x-ms-request-id", "9a1e99cd-514a-4693-b95c-e6cfe460600d"},
                         {"x-ms-keyvault-network-info",
                          "conn_type=Ipv4;addr=203.0.113.7;act_addr_fam=InterNetwork;"}},
                        SecretString(body)};
  if (status == 401) {
    response.headers.emplace_back("www-authenticate",
                                  "Bearer resource=\"https://vault.azure.net\"");
  }
  return response;
}

// error.message with its JSON escapes, and the inner code.
std::string forbidden(std::string_view message, std::string_view inner) {
  return fmt::format(
      R"({{"error":{{"code":"Forbidden","message":"{}","innererror":{{"code":"{}"}}}}}})",
      message,
      inner);
}

SecretIdentifier db_password(std::string version = {}) {
  SecretIdentifier secret;
  secret.vault.host = "kv1.vault.azure.net";
  secret.vault_label = "kv1";
  secret.name = "db-password";
  secret.version = std::move(version);
  return secret;
}

Error explained(const HttpResponse& response, const AccessToken::Claims& caller = {}) {
  return explain(parse_service_error(response), db_password(), caller);
}

struct Row {
  const char* id;
  int status;
  std::string body;
  Verdict verdict;
  const char* summary; // up to the request id
  const char* hint;    // a part of it
};

TEST(ServiceError, ReadsTheGoldenExchanges) {
  const std::vector<Row> rows{
      {"C01",
       401,
       R"({"error":{"code":"Unauthorized","message":"AKV10000: Request is missing a Bearer or PoP token."}})",
       Verdict::final,
       "401 AKV10000",
       "removed the token"},
      {"C02",
       401,
       R"({"error":{"code":"Unauthorized","message":"Request is missing a Bearer or PoP token."}})",
       Verdict::fresh_token,
       "401 Unauthorized",
       "revoked"},
      {"C04",
       401,
       R"({"error":{"code":"Unauthorized","message":"AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://kv1.vault.azure.net/"}})",
       Verdict::final,
       "401 AKV10022",
       "set 'cloud'"},
      {"C05",
       401,
       R"({"error":{"code":"Unauthorized","message":"AKV10032: Invalid issuer. Expected one of https://sts.windows.net/22222222-2222-2222-2222-222222222222/, found https://sts.windows.net/11111111-1111-1111-1111-111111111111/."}})",
       Verdict::final,
       "401 AKV10032",
       "the vault is in tenant '22222222-2222-2222-2222-222222222222', the token is from tenant "
       "'11111111-1111-1111-1111-111111111111'"},
      {"C07",
       401,
       R"({"error":{"code":"Unauthorized","message":"[TokenExpired] Error validating token: 'S2S12086'."}})",
       Verdict::fresh_token,
       "401 Unauthorized",
       "clock"},
      {"C08", 401, "", Verdict::fresh_token, "401", "fresh token"},
      {"AKV10046",
       401,
       R"({"error":{"code":"Unauthorized","message":"AKV10046: Unable to resolve the key"}})",
       Verdict::retry,
       "401 AKV10046",
       ""},
      {"D01",
       403,
       forbidden(fmt::format("The user, group or application '{}' does not have secrets get "
                             "permission on key vault 'kv1;location=westeurope'.",
                             k_caller),
                 "AccessDenied"),
       Verdict::access,
       "403 AccessDenied",
       "give object id bbbbbbbb-0000-4000-8000-000000000002 the secret permission 'get' in the "
       "access policies of vault 'kv1'"},
      {"D02",
       403,
       forbidden(fmt::format(R"(Operation is not allowed.\r\nOperation: \"get\"\r\nCaller: {}\r\n)",
                             k_caller),
                 "ForbiddenByPolicy"),
       Verdict::access,
       "403 ForbiddenByPolicy",
       "access policies"},
      {"D03",
       403,
       forbidden(fmt::format(
                     R"(Caller is not authorized to perform action on resource.\r\nCaller: {}\r\n)"
                     R"(Action: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\n)",
                     k_caller),
                 "ForbiddenByRbac"),
       Verdict::access,
       "403 ForbiddenByRbac",
       "grant the role 'Key Vault Secrets User' on vault 'kv1' to object id "
       "bbbbbbbb-0000-4000-8000-000000000002"},
      {"D04",
       403,
       forbidden(
           fmt::format(R"(Client address is not authorized and caller is not a trusted service.)"
                       R"(\r\nClient address: 198.51.100.9\r\nCaller: {}\r\n)",
                       k_caller),
           "ForbiddenByFirewall"),
       Verdict::final,
       "403 ForbiddenByFirewall",
       "allow the address 198.51.100.9 in the firewall of vault 'kv1'"},
      {"D06",
       403,
       forbidden(R"(Public network access is disabled.\r\n)", "ForbiddenByConnection"),
       Verdict::final,
       "403 ForbiddenByConnection",
       "private endpoint"},
      {"D07",
       403,
       forbidden("Operation get is not allowed on a disabled secret.", "SecretDisabled"),
       Verdict::final,
       "403 SecretDisabled",
       "enable it"},
      {"E01",
       404,
       R"({"error":{"code":"SecretNotFound","message":"A secret with (name/id) db-password was not found in this key vault."}})",
       Verdict::absent,
       "404 SecretNotFound",
       "recover"},
      {"E05",
       400,
       R"({"error":{"code":"BadParameter","message":"The request URI contains an invalid name: my_secret"}})",
       Verdict::final,
       "400 BadParameter",
       ""},
      {"F01",
       429,
       R"({"error":{"code":"Throttled","message":"Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"}})",
       Verdict::retry,
       "429 Throttled",
       "try again later"},
      {"F07",
       500,
       R"({"error":{"code":"InternalServerError","message":"An unexpected error occurred."}})",
       Verdict::retry,
       "500 InternalServerError",
       ""},
      {"F08", 503, "<h2>Our services aren't available right now</h2>", Verdict::retry, "503", ""},
      {"F09", 502, "", Verdict::retry, "502", ""},
      {"F11", 408, "", Verdict::retry, "408", ""},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.id);
    const HttpResponse response = golden(row.status, row.body);
    const ServiceError error = parse_service_error(response);
    EXPECT_EQ(verdict_of(error), row.verdict);
    EXPECT_EQ(error.summary(),
              fmt::format("{} (request 9a1e99cd-514a-4693-b95c-e6cfe460600d)", row.summary));
    const Error told = explained(response);
    EXPECT_TRUE(told.message().starts_with("kv1/db-password: " + error.summary()))
        << told.message();
    EXPECT_NE(told.hint().find(row.hint), std::string::npos) << told.hint();
    EXPECT_EQ(told.kind(),
              row.verdict == Verdict::retry ? ErrorKind::unavailable : ErrorKind::refused);
  }
}

// rules A3
TEST(ServiceError, IsForLaterOnlyWhereWaitingMayHelp) {
  for (int status = 400; status < 600; ++status) {
    const bool later = status == 408 || status == 429 || (status >= 500 && status != 501);
    EXPECT_EQ(explained(golden(status, "")).kind(),
              later ? ErrorKind::unavailable : ErrorKind::refused)
        << status;
  }
}

// reference/key-vault.md C12
TEST(ServiceError, MissesTheChallengeOfA401ThatHasNone) {
  HttpResponse response = golden(401, R"({"error":{"code":"Unauthorized","message":"x"}})");
  EXPECT_EQ(explained(response).hint(),
            "a fresh token was refused too: the identity may have been revoked");
  response.headers.pop_back();
  EXPECT_EQ(verdict_of(parse_service_error(response)), Verdict::fresh_token);
  const Error error = explained(response);
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_NE(error.hint().find("without the challenge (WWW-Authenticate)"), std::string::npos);
}

TEST(ServiceError, TakesTheIdsOfTheTokenWhereTheServiceSaysNone) {
  const HttpResponse response = golden(403, forbidden("no", "ForbiddenByRbac"));
  AccessToken::Claims caller;
  EXPECT_NE(explained(response, caller).hint().find("to the identity"), std::string::npos);
  caller.object_id = "cccccccc-0000";
  EXPECT_NE(explained(response, caller).hint().find("to object id cccccccc-0000"),
            std::string::npos);
}

TEST(ServiceError, SaysWhereToLookWhereARefusalDoesNotSayItsKind) {
  const Error error =
      explained(golden(403, R"({"error":{"code":"Forbidden","message":"The user lacks it."}})"));
  EXPECT_NE(error.message().find("The user lacks it."), std::string::npos);
  EXPECT_NE(error.hint().find("kvrun doctor"), std::string::npos);
}

TEST(ServiceError, TakesTheAddressThatTheServiceSaw) {
  EXPECT_NE(
      explained(golden(403, forbidden("no", "ForbiddenByFirewall"))).hint().find("203.0.113.7"),
      std::string::npos);
}

TEST(ServiceError, SpeaksOfTheVersionWhereOneIsNamed) {
  const HttpResponse response = golden(404, R"({"error":{"code":"SecretNotFound"}})");
  const Error error =
      explain(parse_service_error(response), db_password("4387e9f3d6e14c459867679a90fd0f79"), {});
  EXPECT_TRUE(error.message().starts_with(
      "kv1/db-password/4387e9f3d6e14c459867679a90fd0f79: 404 SecretNotFound"));
  EXPECT_NE(error.hint().find("leave out the version"), std::string::npos);
}

TEST(ServiceError, TakesInnerErrorsOfEitherSpellingTheInnermostFirst) {
  const ServiceError error = parse_service_error(golden(
      403,
      R"({"error":{"code":"a","message":"m","innererror":{"code":"b","innerError":{"code":"c"}}}})"));
  EXPECT_EQ(error.code, "a");
  EXPECT_EQ(error.telling_code(), "c");
}

TEST(ServiceError, KnowsAnAnswerThatIsNotTheServices) {
  HttpResponse response{403, {{"server", "proxy"}}, SecretString("<html>Blocked: s3cret</html>")};
  const Error error = explained(response);
  EXPECT_EQ(error.message(), "kv1/db-password: 403: the answer is not Key Vault's");
  EXPECT_NE(error.hint().find("between kvrun and the vault"), std::string::npos);
}

// reference/key-vault.md §2.3, identity.md T44
TEST(ServiceError, TakesTheVaultsTenantFromTheChallengeWhereTheTextHasNone) {
  for (const char* parameter : {"authorization", "authorization_uri"}) {
    const HttpResponse response{
        401,
        {{"www-authenticate",
          fmt::format("Bearer {}=\"https://login.windows.net/2222-t\", "
                      "resource=\"https://vault.azure.net\"",
                      parameter)}},
        SecretString(R"({"error":{"code":"Unauthorized","message":"AKV10032: Invalid issuer."}})")};
    EXPECT_NE(explained(response).hint().find("the vault is in tenant '2222-t'"), std::string::npos)
        << explained(response).hint();
  }
}

TEST(ServiceError, BlamesTheClockForATokenThatIsNotYetValid) {
  const Error error = explained(
      golden(401, R"({"error":{"code":"Unauthorized","message":"The token is not yet valid."}})"));
  EXPECT_NE(error.hint().find("clock"), std::string::npos) << error.hint();
}

TEST(ServiceError, RepeatsNothingOfTheTokenThatItWasSent) {
  HttpResponse response =
      golden(403,
             R"({"error":{"code":"c opaque-token-of-ours","message":"m opaque-token-of-ours",)"
             R"("innererror":{"code":"i opaque-token-of-ours"}}})");
  response.headers.emplace_back("x-ms-keyvault-network-info", "addr=opaque-token-of-ours");
  response.sent.emplace_back("opaque-token-of-ours");
  const ServiceError error = parse_service_error(response);
  for (const std::string& text :
       {error.code, error.inner_code, error.message, error.client_address, error.summary()}) {
    EXPECT_EQ(text.find("opaque"), std::string::npos) << text;
  }
}

// rules T4
TEST(ServiceError, TellsOfARedirectWithoutFollowingIt) {
  const Error error = explained(
      {302, {{"location", "https://evil.example/?token=s3cret"}}, SecretString("<a>s3cret</a>")});
  EXPECT_EQ(error.message(), "kv1/db-password: 302: a redirect, which is not followed");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_EQ(error.hint().find("s3cret"), std::string::npos);
}

// rules T6
TEST(ServiceError, PrintsNothingThatATerminalOrRunnerObeys) {
  const std::string long_text(1000, 'x');
  for (const std::string& message :
       {std::string(R"(\u001b[31mred\r\n::error::x\r\n##vso[task.setvariable]y)"), long_text}) {
    const Error error = explained(golden(
        400, fmt::format(R"({{"error":{{"code":"Bad::warning::","message":"{}"}}}})", message)));
    for (const std::string& text : {error.message(), error.hint()}) {
      EXPECT_EQ(text.find("::error"), std::string::npos) << text;
      EXPECT_EQ(text.find("::warning"), std::string::npos) << text;
      EXPECT_EQ(text.find("##vso"), std::string::npos) << text;
      EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
      EXPECT_EQ(text.find('\n'), std::string::npos) << text;
      EXPECT_LT(text.size(), 500U);
    }
  }
}

TEST(ServiceError, TellsNothingOfAGoodAnswersBody) {
  const HttpResponse response =
      golden(200, R"({"error":{"code":"s3cret","message":"s3cret"},"value":"s3cret"})");
  const ServiceError error = parse_service_error(response);
  EXPECT_EQ(error.code, "");
  EXPECT_EQ(error.message, "");
  EXPECT_EQ(explained(response).message().find("s3cret"), std::string::npos);
}

TEST(ServiceError, SurvivesOddBodies) {
  for (const char* body : {"",
                           "null",
                           "[]",
                           R"({"error":null})",
                           R"({"error":"text"})",
                           R"({"error":{"code":7,"message":[]}})",
                           R"({"error":{"innererror":{"innererror":7}}})",
                           R"({"Message":"asp.net"})"}) {
    const ServiceError error = parse_service_error(golden(403, body));
    EXPECT_EQ(error.code, "") << body;
    EXPECT_EQ(verdict_of(error), Verdict::final) << body;
  }
}

} // namespace
} // namespace kvrun::azure
