// SPDX-License-Identifier: MIT
// The exchanges of key-vault.md §10 that the emulator produces: status, Content-Length, body.
#include "support.hpp"

#include <fmt/format.h>

namespace kvrun::emulator {
namespace {

constexpr const char* k_old = "4387e9f3d6e14c459867679a90fd0f79";
constexpr const char* k_new = "9c1d2e3f40516273849506a7b8c9d0e1";
constexpr std::string_view k_dates =
    R"("created":1668124872,"updated":1668124872,"recoveryLevel":"Recoverable+Purgeable",)"
    R"("recoverableDays":90)";
constexpr std::string_view k_caller =
    "appid=aaaaaaaa-0000-4000-8000-000000000001;oid=bbbbbbbb-0000-4000-8000-000000000002;"
    "iss=https://sts.windows.net/11111111-1111-1111-1111-111111111111/";

void expect_exchange(const Answer& answer, int status, std::size_t length, std::string_view body) {
  EXPECT_EQ(answer.status, status);
  EXPECT_EQ(answer.body, body);
  EXPECT_EQ(answer.body.size(), length);
}

std::string read_body(std::string_view value, std::string_view attributes = {}) {
  return fmt::format(R"({{"value":"{}","id":"https://kv1.vault.azure.net/secrets/db-password/{}",)"
                     R"("attributes":{{"enabled":true,{}{}}}}})",
                     value,
                     k_old,
                     attributes,
                     k_dates);
}

Fault fault(int status, std::string code = {}, std::string inner = {}) {
  Fault made;
  made.status = status;
  made.code = std::move(code);
  made.inner_code = std::move(inner);
  return made;
}

class GoldenExchange : public KeyVaultFixture {
protected:
  static constexpr std::string_view k_get = "GET /secrets/db-password?api-version=7.4";
  void put_password(const std::string& body) { put("db-password", body, k_old); }
};

TEST_F(GoldenExchange, A01ToA03ReadTheLatestThePinnedAndTheOneWithASlash) {
  put_password(R"({"value":"mysecretvalue"})");
  const std::string body = read_body("mysecretvalue");
  expect_exchange(ask(k_get), 200, 246, body);
  expect_exchange(
      ask(fmt::format("GET /secrets/db-password/{}?api-version=7.4", k_old)), 200, 246, body);
  expect_exchange(ask("GET /secrets/db-password/?api-version=7.4"), 200, 246, body);
  expect_exchange(ask("GET /secrets/db-password/%2F?api-version=7.4"), 200, 246, body);
}

TEST_F(GoldenExchange, A04ReadsTheEmptyValue) {
  put_password(R"({"value":""})");
  expect_exchange(ask(k_get), 200, 233, read_body(""));
}

TEST_F(GoldenExchange, A05EscapesWhiteSpaceAsTheServiceDoes) {
  put_password(R"({"value":"line1\nline2\r\n\tend\n"})");
  expect_exchange(ask(k_get), 200, 256, read_body(R"(line1\nline2\r\n\tend\n)"));
}

TEST_F(GoldenExchange, A07KeepsUtf8AndShellCharactersAsTheyAre) {
  put_password(R"({"value":"pä$HOME%PATH%`id`'q' =x"})");
  expect_exchange(ask(k_get), 200, 257, read_body("pä$HOME%PATH%`id`'q' =x"));
}

TEST_F(GoldenExchange, A08ReadsTheLargestValue) {
  const std::string value(25600, 'a');
  put_password(fmt::format(R"({{"value":"{}"}})", value));
  expect_exchange(ask(k_get), 200, 25833, read_body(value));
}

TEST_F(GoldenExchange, A09AndA10ReadExpiredAndNotYetValidSecrets) {
  put_password(R"({"value":"old","attributes":{"exp":1}})");
  expect_exchange(ask(k_get), 200, 244, read_body("old", R"("exp":1,)"));
  put_password(R"({"value":"future","attributes":{"nbf":4102444800}})");
  expect_exchange(ask(k_get), 200, 256, read_body("future", R"("nbf":4102444800,)"));
}

TEST_F(GoldenExchange, C01ChallengesTheAnonymousCaller) {
  const Answer answer = ask_anonymously(k_get);
  expect_exchange(
      answer,
      401,
      97,
      R"({"error":{"code":"Unauthorized","message":"AKV10000: Request is missing a Bearer or PoP token."}})");
  EXPECT_EQ(header_of(answer, "WWW-Authenticate"),
            R"(Bearer authorization="https://login.microsoftonline.com/)"
            R"(11111111-1111-1111-1111-111111111111", resource="https://vault.azure.net")");
}

TEST_F(GoldenExchange, C04RefusesTheVaultsOwnAddressAsTheAudience) {
  expect_exchange(
      ask_as(issuer_.access_token("https://kv1.vault.azure.net/", 3600), k_get),
      401,
      143,
      R"({"error":{"code":"Unauthorized","message":"AKV10022: Invalid audience. Expected https://vault.azure.net, found: https://kv1.vault.azure.net/"}})");
}

TEST_F(GoldenExchange, C07RefusesAnExpiredToken) {
  const std::string token = issuer_.access_token("https://vault.azure.net", 60);
  clock_.advance(std::chrono::seconds(60));
  expect_exchange(
      ask_as(token, k_get),
      401,
      96,
      R"({"error":{"code":"Unauthorized","message":"[TokenExpired] Error validating token: 'S2S12086'."}})");
}

void expect_c05(const Answer& answer) {
  expect_exchange(
      answer,
      401,
      219,
      R"({"error":{"code":"Unauthorized","message":"AKV10032: Invalid issuer. Expected one of https://sts.windows.net/22222222-2222-2222-2222-222222222222/, found https://sts.windows.net/11111111-1111-1111-1111-111111111111/."}})");
  EXPECT_NE(header_of(answer, "WWW-Authenticate").find("/22222222-2222-"), std::string::npos);
}

TEST_F(GoldenExchange, C05IsTheAKV10032OfAFaultThoughTheVaultIsOfTheTokensTenant) {
  const Answer answer = fail_with(fault(401, "AKV10032"));
  expect_c05(answer);
}

class ForeignTenant : public KeyVaultFixture {
protected:
  ForeignTenant() : KeyVaultFixture("tenants: { kv1: 22222222-2222-2222-2222-222222222222 }") {}
};

TEST_F(ForeignTenant, C05RefusesTheTokenOfAnotherTenant) {
  const Answer answer = ask("GET /secrets/db-password?api-version=7.4");
  expect_c05(answer);
}

TEST_F(ForeignTenant, TakesATokenOfItsOwnTenant) {
  const std::string token =
      issuer_.access_token("https://vault.azure.net", 3600, "22222222-2222-2222-2222-222222222222");
  EXPECT_EQ(ask_as(token, "GET /secrets/nosuch?api-version=7.4").status, 404);
}

TEST_F(GoldenExchange, D01TellsThatTheAccessPolicyLacksGet) {
  expect_exchange(
      fail_with(fault(403, "Forbidden", "AccessDenied")),
      403,
      429,
      fmt::format(
          R"({{"error":{{"code":"Forbidden","message":"The user, group or application '{}' does not have secrets get permission on key vault 'kv1;location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287","innererror":{{"code":"AccessDenied"}}}}}})",
          k_caller));
}

TEST_F(GoldenExchange, D02TellsThatAPolicyForbids) {
  expect_exchange(
      fail_with(fault(403, {}, "ForbiddenByPolicy")),
      403,
      327,
      fmt::format(
          R"({{"error":{{"code":"Forbidden","message":"Operation is not allowed.\r\nOperation: \"get\"\r\nCaller: {}\r\nVault: kv1;location=westeurope","innererror":{{"code":"ForbiddenByPolicy"}}}}}})",
          k_caller));
}

TEST_F(GoldenExchange, D03IsThe403OfAFaultWithoutACode) {
  expect_exchange(
      fail_with(fault(403)),
      403,
      760,
      fmt::format(
          R"({{"error":{{"code":"Forbidden","message":"Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role definitions were changed recently, please observe propagation time.\r\nCaller: {}\r\nAction: 'Microsoft.KeyVault/vaults/secrets/getSecret/action'\r\nResource: '/subscriptions/cccccccc-0000-4000-8000-000000000003/resourcegroups/rg/providers/microsoft.keyvault/vaults/kv1/secrets/db-password'\r\nAssignment: (not found)\r\nDenyAssignmentId: null\r\nDecisionReason: 'DeniedWithNoValidRBAC' \r\nVault: kv1;location=westeurope\r\n","innererror":{{"code":"ForbiddenByRbac"}}}}}})",
          k_caller));
}

TEST_F(GoldenExchange, D04AndD06TellWhatTheNetworkForbids) {
  expect_exchange(
      fail_with(fault(403, "Forbidden", "ForbiddenByFirewall")),
      403,
      382,
      fmt::format(
          R"({{"error":{{"code":"Forbidden","message":"Client address is not authorized and caller is not a trusted service.\r\nClient address: 203.0.113.7\r\nCaller: {}\r\nVault: kv1;location=westeurope","innererror":{{"code":"ForbiddenByFirewall"}}}}}})",
          k_caller));
  expect_exchange(
      fail_with(fault(403, "Forbidden", "ForbiddenByConnection")),
      403,
      393,
      fmt::format(
          R"({{"error":{{"code":"Forbidden","message":"Public network access is disabled and request is not from a trusted service nor via an approved private link.\r\nCaller: {}\r\nVault: kv1;location=westeurope","innererror":{{"code":"ForbiddenByConnection"}}}}}})",
          k_caller));
}

TEST_F(GoldenExchange, D07RefusesADisabledSecretAndNoOlderVersionStandsIn) {
  put_password(R"({"value":"older"})");
  put("db-password", R"({"value":"newer","attributes":{"enabled":false}})", k_new);
  expect_exchange(
      ask(k_get),
      403,
      132,
      R"({"error":{"code":"Forbidden","message":"Operation get is not allowed on a disabled secret.","innererror":{"code":"SecretDisabled"}}})");
  EXPECT_EQ(ask(fmt::format("GET /secrets/db-password/{}?api-version=7.4", k_old)).status, 200);
}

TEST_F(GoldenExchange, E01AndE02NameWhatIsNotThere) {
  const std::string_view tail =
      " was not found in this key vault. If you recently deleted this secret you may be able to "
      "recover it using the correct recovery command. For help resolving this issue, please see "
      "https://go.microsoft.com/fwlink/?linkid=2125182\"}}";
  expect_exchange(
      ask(k_get),
      404,
      308,
      fmt::format(
          R"({{"error":{{"code":"SecretNotFound","message":"A secret with (name/id) db-password{})",
          tail));
  put("db-password", R"({"value":"x"})", k_new);
  expect_exchange(
      ask(fmt::format("GET /secrets/db-password/{}?api-version=7.4", k_old)),
      404,
      341,
      fmt::format(
          R"({{"error":{{"code":"SecretNotFound","message":"A secret with (name/id) db-password/{}{})",
          k_old,
          tail));
}

TEST_F(GoldenExchange, E03ToE07NameWhatIsWrongInTheRequest) {
  expect_exchange(
      ask("GET /deletedsecrets/db-password?api-version=7.4"),
      404,
      85,
      R"({"error":{"code":"SecretNotFound","message":"Deleted Secret not found: db-password"}})");
  expect_exchange(
      ask("GET /secrets/my_secret?api-version=7.4"),
      400,
      97,
      R"({"error":{"code":"BadParameter","message":"The request URI contains an invalid name: my_secret"}})");
  expect_exchange(
      ask("GET /secrets/db-password?api-version=7.9"),
      400,
      143,
      R"({"error":{"code":"BadParameter","message":"The specified version (7.9) is not recognized. Consider using the latest supported version (7.4)."}})");
  expect_exchange(ask("PUT /secrets/db-password?api-version=7.4",
                      fmt::format(R"({{"value":"{}"}})", std::string(25601, 'a'))),
                  400,
                  73,
                  R"({"error":{"code":"BadParameter","message":"Property  has invalid value"}})");
}

TEST_F(GoldenExchange, E08AndE09RefuseToSetADeletedSecret) {
  put_password(R"({"value":"x"})");
  ASSERT_EQ(ask("DELETE /secrets/db-password?api-version=7.4").status, 200);
  expect_exchange(
      ask("PUT /secrets/db-password?api-version=7.4", R"({"value":"y"})"),
      409,
      121,
      R"({"error":{"code":"Conflict","message":"Secret is currently being deleted.","innererror":{"code":"ObjectIsBeingDeleted"}}})");
  clock_.advance(seed_.propagation);
  expect_exchange(
      ask("PUT /secrets/db-password?api-version=7.4", R"({"value":"y"})"),
      409,
      253,
      R"({"error":{"code":"Conflict","message":"Secret db-password is currently in a deleted but recoverable state, and its name cannot be reused; in this state, the secret can only be recovered or purged.","innererror":{"code":"ObjectIsDeletedButRecoverable"}}})");
}

TEST_F(GoldenExchange, F01AndF02ThrottleWithAndWithoutRetryAfter) {
  const Answer plain = fail_with(fault(429));
  expect_exchange(
      plain,
      429,
      146,
      R"({"error":{"code":"Throttled","message":"Request was not processed because too many requests were received. Reason: VaultRequestTypeLimitReached"}})");
  EXPECT_TRUE(head_of(plain).starts_with("HTTP/1.1 429 \r\n"));
  Fault waiting = fault(429);
  waiting.retry_after = Milliseconds(1000);
  const Answer told = fail_with(waiting);
  expect_exchange(
      told,
      429,
      144,
      R"({"error":{"code":"Throttled","message":"Request was not processed because too many requests were received. Reason: VaultOperationLimitReached"}})");
  EXPECT_TRUE(head_of(told).starts_with("HTTP/1.1 429 Too Many Requests\r\n"));
}

TEST_F(GoldenExchange, F07ToF11AreTheServersOwnFaults) {
  expect_exchange(
      fail_with(fault(500)),
      500,
      82,
      R"({"error":{"code":"InternalServerError","message":"An unexpected error occurred."}})");
  const Answer away = fail_with(fault(503));
  expect_exchange(away, 503, 48, "<h2>Our services aren't available right now</h2>");
  EXPECT_EQ(header_of(away, "Content-Type"), "text/html");
  const Answer gateway = fail_with(fault(502));
  expect_exchange(gateway, 502, 0, "");
  EXPECT_EQ(header_of(gateway, "x-ms-request-id"), "");
  expect_exchange(fail_with(fault(504)), 504, 0, "");
  const Answer late = fail_with(fault(408));
  expect_exchange(late, 408, 0, "");
  EXPECT_TRUE(late.close);
}

TEST_F(GoldenExchange, G05ListsTheVersionsWithTheNewestFirst) {
  put_password(R"({"value":"a"})");
  put("db-password", R"({"value":"b","attributes":{"enabled":false}})", k_new);
  expect_exchange(
      ask("GET /secrets/db-password/versions?api-version=7.4"),
      200,
      474,
      fmt::format(
          R"({{"value":[{{"id":"https://kv1.vault.azure.net/secrets/db-password/{}","attributes":{{"enabled":false,{}}}}},{{"id":"https://kv1.vault.azure.net/secrets/db-password/{}","attributes":{{"enabled":true,{}}}}}],"nextLink":null}})",
          k_new,
          k_dates,
          k_old,
          k_dates));
}

TEST_F(GoldenExchange, H01AndH02SetAndUpdate) {
  versions_->push_back(k_new);
  expect_exchange(
      ask("PUT /secrets/db-password?api-version=7.4",
          R"({"value":"v2","contentType":"text/plain","tags":{"env":"t"},"attributes":{"enabled":true,"exp":4102444800}})"),
      200,
      298,
      fmt::format(
          R"({{"value":"v2","contentType":"text/plain","id":"https://kv1.vault.azure.net/secrets/db-password/{}","attributes":{{"enabled":true,"exp":4102444800,{}}},"tags":{{"env":"t"}}}})",
          k_new,
          k_dates));
  const std::string updated = fmt::format(
      R"({{"contentType":"text/plain","id":"https://kv1.vault.azure.net/secrets/db-password/{}","attributes":{{"enabled":false,"exp":4102444800,{}}},"tags":{{"env":"t"}}}})",
      k_new,
      k_dates);
  expect_exchange(ask(fmt::format("PATCH /secrets/db-password/{}?api-version=7.4", k_new),
                      R"({"attributes":{"enabled":false}})"),
                  200,
                  286,
                  updated);
  expect_exchange(ask("PATCH /secrets/db-password/?api-version=7.4", "{}"), 200, 286, updated);
}

TEST_F(GoldenExchange, H03ToH05DeleteRecoverAndPurge) {
  put("db-password", R"({"value":"x"})", k_new);
  clock_.advance(std::chrono::seconds(28));
  expect_exchange(
      ask("DELETE /secrets/db-password?api-version=7.4"),
      200,
      349,
      fmt::format(
          R"({{"recoveryId":"https://kv1.vault.azure.net/deletedsecrets/db-password","deletedDate":1668124900,"scheduledPurgeDate":1675900900,"id":"https://kv1.vault.azure.net/secrets/db-password/{}","attributes":{{"enabled":true,{}}}}})",
          k_new,
          k_dates));
  clock_.advance(seed_.propagation);
  expect_exchange(
      ask("POST /deletedsecrets/db-password/recover?api-version=7.4"),
      200,
      222,
      fmt::format(
          R"({{"id":"https://kv1.vault.azure.net/secrets/db-password/{}","attributes":{{"enabled":true,{}}}}})",
          k_new,
          k_dates));
  clock_.advance(seed_.propagation);
  ASSERT_EQ(ask("DELETE /secrets/db-password?api-version=7.4").status, 200);
  clock_.advance(seed_.propagation);
  const Answer purged = ask("DELETE /deletedsecrets/db-password?api-version=7.4");
  expect_exchange(purged, 204, 0, "");
  EXPECT_EQ(head_of(purged).find("Content-"), head_of(purged).find("Content-Type-Options"));
}

TEST_F(GoldenExchange, J03AnswersTheHealthCheckWithoutAToken) {
  const Answer answer = ask_anonymously("GET /healthstatus");
  expect_exchange(answer, 200, 4, "null");
  EXPECT_EQ(header_of(answer, "x-ms-keyvault-network-info"),
            "conn_type=Ipv4;addr=203.0.113.7;act_addr_fam=InterNetwork;");
}

TEST_F(GoldenExchange, SendsTheHeadersInTheServicesOrder) {
  const Request request = make_request(
      "GET /healthstatus", {{"x-ms-client-request-id", "11111111-1111-4111-8111-111111111111"}});
  Answer answer = vault_.answer(request, address_);
  for (auto& [name, value] : answer.headers) {
    if (name == "x-ms-request-id") {
      EXPECT_EQ(value.size(), 36U);
      value = "9a1e99cd-514a-4693-b95c-e6cfe460600d";
    }
  }
  EXPECT_EQ(serialize(answer),
            "HTTP/1.1 200 OK\r\n"
            "Cache-Control: no-cache\r\n"
            "Pragma: no-cache\r\n"
            "Content-Length: 4\r\n"
            "Content-Type: application/json; charset=utf-8\r\n"
            "Expires: -1\r\n"
            "x-ms-client-request-id: 11111111-1111-4111-8111-111111111111\r\n"
            "x-ms-keyvault-region: westeurope\r\n"
            "x-ms-request-id: 9a1e99cd-514a-4693-b95c-e6cfe460600d\r\n"
            "x-ms-keyvault-service-version: 1.9.576.1\r\n"
            "x-ms-keyvault-network-info: "
            "conn_type=Ipv4;addr=203.0.113.7;act_addr_fam=InterNetwork;\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            "Strict-Transport-Security: max-age=31536000;includeSubDomains\r\n"
            "Date: Fri, 11 Nov 2022 00:01:12 GMT\r\n"
            "\r\n"
            "null");
}

} // namespace
} // namespace kvrun::emulator
