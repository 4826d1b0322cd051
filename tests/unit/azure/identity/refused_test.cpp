// SPDX-License-Identifier: MIT
#include "tests/unit/azure/identity/identity_host.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::azure {
namespace {

constexpr std::string_view k_good = R"({"access_token":"tok-vm","expires_on":"1893455999"})";
constexpr std::string_view k_throttled =
    R"({"error":"invalid_request","error_description":"Temporarily throttled, too many requests"})";

FakeReply answer(int status,
                 std::string_view body,
                 std::vector<std::pair<std::string, std::string>> headers = {}) {
  return {status, std::string(body), std::move(headers), {}, {}, false};
}

struct VmHost : IdentityHost {
  // What asking a VM that always answers so ends with.
  Error after(int status, std::string_view body, std::string_view type = "application/json") {
    transport.always("", answer(status, body, {{"content-type", std::string(type)}}));
    return failure("vm");
  }
};

struct AppHost : VmHost {
  AppHost() {
    variables = {{"IDENTITY_ENDPOINT", "http://127.0.0.1:41741/msi/token"},
                 {"IDENTITY_HEADER", "hdr"}};
  }
  Error after_app(int status, std::string_view body) {
    transport.always("", answer(status, body));
    return failure();
  }
};

// ---- answers that asking again does not change

TEST(RefusedIdentity, IsToldInTheServicesWordsAfterOneRequest) {
  VmHost host;
  const Error error =
      host.after(400, R"({"error":"invalid_request","error_description":"Identity not found"})");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  EXPECT_EQ(error.message(),
            "identity 'vm' at 169.254.169.254: 400 invalid_request: Identity not found");
  expect_holds(error.hint(), "client id was given and not its object id");
  EXPECT_EQ(host.transport.seen.size(), 1U);
}

TEST(RefusedIdentity, HasAHintForSeveralIdentities) {
  VmHost host;
  const Error error = host.after(400, R"({"error":"invalid_request","error_description":
    "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request"})");
  expect_holds(error.hint(), "AZURE_CLIENT_ID");
}

TEST(RefusedIdentity, ReadsErrorCodesInBothForms) {
  for (const char* codes : {"[500011]", "\"[500011]\""}) {
    VmHost host;
    const Error error = host.after(
        400,
        fmt::format(
            R"({{"error":"invalid_resource","error_description":"AADSTS500011: The resource principal named x was not found.","error_codes":{}}})",
            codes));
    EXPECT_EQ(error.kind(), ErrorKind::refused);
    expect_holds(error.hint(), "cloud");
  }
}

TEST(RefusedIdentity, ReadsTheFormOfAppService) {
  AppHost host;
  const Error error = host.after_app(
      400,
      R"({"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.",
    "correlationId":"00000000-0000-0000-0000-000000000000"})");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "correlation id 00000000-0000-0000-0000-000000000000");
}

TEST(RefusedIdentity, ReadsTheFormOf2017) {
  AppHost host;
  const Error error = host.after_app(
      400,
      R"({"StatusCode":400,"Message":"No MSI found for specified ClientId/ResourceId.","CorrelationId":"c-1"})");
  expect_holds(error.message(), "No MSI found for specified");
  expect_holds(error.message(), "c-1");
  expect_holds(error.hint(), "attached");
}

TEST(RefusedIdentity, ReadsTheNestedForm) {
  IdentityHost host;
  host.variables = {{"MSI_ENDPOINT", "http://localhost:50342/oauth2/token"}};
  host.transport.reply(
      400,
      R"({"error":{"code":"AudienceNotSupported","message":"Audience x is not a supported MSI token audience."}})");
  const Error error = host.failure();
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "400 AudienceNotSupported: Audience x is not");
}

TEST(RefusedIdentity, SurvivesAnEmptyBody) {
  AppHost host;
  const Error error = host.after_app(403, "");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.hint(), "IDENTITY_HEADER");
}

TEST(RefusedIdentity, ReadsPlainText) {
  VmHost host;
  const Error error = host.after(403,
                                 "connecting to 169.254.169.254:80: dial tcp: connectex: A socket "
                                 "operation was attempted to an unreachable network.",
                                 "text/plain");
  expect_holds(error.hint(), "azure-cli");
}

TEST(RefusedIdentity, FollowsNoRedirectAndNamesOnlyItsHost) {
  AppHost host;
  host.transport.reply(302, "", {{"location", "http://user:pw@thief.example:81/steal?secret=1"}});
  const Error error = host.failure();
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "thief.example:81");
  expect_lacks(error.message(), "steal");
  expect_lacks(error.message(), "pw");
  EXPECT_EQ(host.transport.seen.size(), 1U);
}

TEST(RefusedIdentity, IsSafeToPrint) {
  VmHost host;
  const Error error = host.after(
      400, R"({"error":"x\n::error::y","error_description":"a\u001b[31m##vso[task.complete]"})");
  expect_lacks(error.message(), "::");
  expect_lacks(error.message(), "##");
  expect_lacks(error.message(), "\x1b");
  VmHost talker;
  const std::string words(301, 'x');
  const Error cut =
      talker.after(400, fmt::format(R"({{"error":"x","error_description":"{}"}})", words));
  expect_lacks(cut.message(), words);
}

// ---- answers that are no token

TEST(NoTokenAnswer, SaysThatHtmlIsNotAzures) {
  VmHost host;
  const Error error = host.after(200, "<html><body>Sign in</body></html>", "text/html");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "HTML");
  expect_lacks(error.message(), "Sign in");
}

TEST(NoTokenAnswer, NeverEchoesTheBody) {
  for (const char* body : {R"({"access_token":"tok-leak)",
                           R"({"access_token":"tok-leak"})",
                           R"({"access_token":"tok-leak\n","expires_in":1})",
                           R"({"access_token":"tok-leak","expires_on":"tok-leak"})",
                           R"({"token_type":"tok-leak","access_token":"tok-leak"})",
                           R"(["tok-leak"])",
                           "tok-leak"}) {
    VmHost host;
    const Error error = host.after(200, body);
    EXPECT_EQ(error.kind(), ErrorKind::refused) << body;
    expect_lacks(error.message() + error.hint(), "tok-leak");
  }
}

TEST(NoTokenAnswer, IsRefusedAfterOneRequest) {
  for (const char* body : {"",
                           R"({"expires_in":"3600"})",
                           R"({"access_token":"t","token_type":"Bearer"})",
                           R"({"access_token":"","expires_in":"3600"})",
                           R"({"access_token":"a b","expires_in":"3600"})",
                           R"({"access_token":"a\u00e9","expires_in":"3600"})",
                           R"({"access_token":7,"expires_in":"3600"})",
                           R"({"access_token":"t","access_token":"u","expires_in":"3600"})"}) {
    VmHost host;
    EXPECT_EQ(host.after(200, body).kind(), ErrorKind::refused) << body;
    EXPECT_EQ(host.transport.seen.size(), 1U) << body;
  }
}

TEST(NoTokenAnswer, NamesATokenTypeThatItKnows) {
  VmHost host;
  const Error error =
      host.after(200, R"({"access_token":"t","token_type":"mtls_pop","expires_in":"3600"})");
  expect_holds(error.message(), "mtls_pop");
}

TEST(NoTokenAnswer, TakesBearerInAnyCase) {
  IdentityHost host;
  host.transport.reply(200, R"({"access_token":"t","token_type":"bearer","expires_in":"3600"})");
  EXPECT_EQ(text_of(host.token("vm")), "t");
}

TEST(NoTokenAnswer, IsAnyOther2xx) {
  VmHost host;
  EXPECT_EQ(host.after(202, k_good).kind(), ErrorKind::refused);
}

// ---- tokens that are over

TEST(ExpiredToken, IsAskedForOnceMoreAndThenRefused) {
  VmHost host;
  const Error error = host.after(200, R"({"access_token":"t","expires_on":"1893369590"})");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "expired");
  EXPECT_EQ(host.transport.seen.size(), 2U);
}

TEST(ExpiredToken, MayBeFollowedByAFreshOne) {
  IdentityHost host;
  host.transport.reply(200, R"({"access_token":"old","expires_on":"1893369590"})");
  host.transport.reply(200, k_good);
  EXPECT_EQ(text_of(host.token("vm")), "tok-vm");
}

TEST(ExpiredToken, IsUsedWithAWarningWhenItHasSecondsLeft) {
  IdentityHost host;
  host.verbosity = Verbosity::normal;
  host.transport.always("", answer(200, R"({"access_token":"t","expires_on":"1893369660"})"));
  testing::internal::CaptureStderr();
  EXPECT_EQ(text_of(host.token("vm")), "t");
  expect_holds(testing::internal::GetCapturedStderr(), "expires in 60 s");
}

// ---- answers that may change

TEST(RetriedIdentity, GoesOnUntilItIsAnswered) {
  IdentityHost host;
  host.transport.reply(404, "");
  host.transport.reply(429, "", {{"retry-after", "3"}});
  host.transport.reply(200, k_good);
  EXPECT_EQ(text_of(host.token("vm")), "tok-vm");
  ASSERT_EQ(host.transport.seen.size(), 3U);
  EXPECT_EQ(host.transport.seen[2].at - host.transport.seen[1].at, std::chrono::seconds(3));
}

TEST(RetriedIdentity, OutlivesAnUpdateOfTheMetadataService) {
  IdentityHost host;
  const TimePoint back = host.transport.now() + std::chrono::seconds(70);
  host.transport.always("", [&](const SeenRequest& request) {
    return request.at < back ? answer(410, "") : answer(200, k_good);
  });
  EXPECT_EQ(text_of(host.token("vm")), "tok-vm");
}

TEST(RetriedIdentity, EndsAtTheDeadlineWithTheLastAnswer) {
  VmHost host;
  const TimePoint start = host.transport.now();
  const Error error = host.after(429, k_throttled);
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_EQ(error.message(),
            "identity 'vm' at 169.254.169.254: no token within 90 s: 429 invalid_request: "
            "Temporarily throttled, too many requests");
  expect_holds(error.hint(), "20 identity requests a second");
  EXPECT_EQ(host.transport.now() - start, k_budget);
  EXPECT_LT(host.transport.seen.size(), 60U) << "it hammers";
}

TEST(RetriedIdentity, EndsAtOnceWhenAskedToWaitPastTheDeadline) {
  IdentityHost host;
  const TimePoint start = host.transport.now();
  host.transport.reply(429, k_throttled, {{"retry-after", "120"}});
  const Error error = host.failure("vm");
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  expect_holds(error.message(), "it asks to wait 120 s, and 90 s are left");
  EXPECT_EQ(host.transport.now(), start);
}

TEST(RetriedIdentity, KeepsTheAnswerWhenTheLastTryIsCutOff) {
  IdentityHost host;
  host.transport.reply(503, "");
  host.transport.always("", FakeReply::silence());
  const Error error = host.failure("vm");
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  expect_holds(error.message(), "503");
}

TEST(RetriedIdentity, NamesAnEndpointThatNeverAnswers) {
  IdentityHost host;
  host.variables = {{"MSI_ENDPOINT", "http://localhost:50342/oauth2/token"}};
  host.transport.always("", FakeReply::silence());
  const Error error = host.failure("auto", Milliseconds(2000));
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  expect_holds(error.message(), "'cloud-shell' at localhost:50342: no token within 2 s");
}

// identity.md §15: 30 s a try. A cold endpoint says nothing until it has the token.
TEST(RetriedIdentity, MayBeSilentForAsLongAsATryMayTake) {
  AppHost host;
  host.transport.reply(200, k_good);
  EXPECT_EQ(text_of(host.token()), "tok-vm");
  EXPECT_EQ(host.transport.seen.at(0).limit, Milliseconds(30000));
  EXPECT_GE(host.transport.seen.at(0).patience, Milliseconds(30000));
}

TEST(RetriedIdentity, HasAHintForAnEndpointWhereNobodyListens) {
  AppHost host;
  host.transport.always("", FakeReply::refused_connection());
  expect_holds(host.failure().hint(), "IDENTITY_ENDPOINT is set and nobody listens there");
}

TEST(RetriedIdentity, IsNotSaidToListenNowhereWhenItIsSlow) {
  for (const FakeReply& slow :
       {FakeReply::silence(), FakeReply::broken_connection("not done within 30 s")}) {
    AppHost host;
    host.transport.always("", slow);
    const Error error = host.failure();
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    expect_holds(error.hint(), "did not answer in time");
    expect_lacks(error.hint(), "nobody listens");
  }
}

TEST(RetriedIdentity, IsNotAskedWhetherItsAgentRunsWhenThatTookTheConnection) {
  IdentityHost down;
  down.transport.always("", FakeReply::refused_connection());
  expect_holds(down.failure("arc").hint(), "is the Azure Arc agent running?");
  IdentityHost slow;
  slow.transport.always("", FakeReply::broken_connection("not done within 30 s"));
  EXPECT_EQ(slow.failure("arc").hint(), "");
}

TEST(RetriedIdentity, IsWhatEachSourceSays) {
  AppHost fault;
  EXPECT_EQ(
      fault
          .after_app(
              500,
              R"({"statusCode":500,"message":"An unexpected error occured while fetching the AAD Token.","correlationId":"c"})")
          .kind(),
      ErrorKind::unavailable);
  AppHost gateway;
  EXPECT_EQ(gateway.after_app(502, "<html>bad gateway</html>").kind(), ErrorKind::unavailable);
  AppHost path;
  EXPECT_EQ(path.after_app(404, "").kind(), ErrorKind::refused) << "a VM's 404 is retried only";
  for (const int updated : {404, 410}) {
    VmHost vm;
    EXPECT_EQ(vm.after(updated, "").kind(), ErrorKind::unavailable) << updated;
  }
  AppHost never;
  EXPECT_EQ(never.after_app(501, "").kind(), ErrorKind::refused);
  VmHost pods;
  const Error error = pods.after(500, "pod list is empty", "text/plain");
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  expect_holds(error.message(), "pod list is empty");
}

TEST(RetriedIdentity, IsNotAnotherCloudsMetadataService) {
  VmHost host;
  EXPECT_EQ(host.after(404, "<html>Not Found</html>", "text/html").kind(), ErrorKind::refused);
  EXPECT_EQ(host.transport.seen.size(), 1U);
}

TEST(RetriedIdentity, GivesUpOnAFailureThatStays) {
  for (const auto kind : {TransportFailure::Kind::protocol, TransportFailure::Kind::no_such_host}) {
    IdentityHost host;
    host.transport.reply("", FakeReply::failed(kind, "no good"));
    EXPECT_EQ(host.failure("vm").kind(), ErrorKind::refused);
    EXPECT_EQ(host.transport.seen.size(), 1U);
  }
}

// ---- auto with nothing but the metadata service left (rules A52)

TEST(VmInAuto, ListsEverySourceWhenNobodyListens) {
  IdentityHost host;
  host.variables = {{"AZURE_CLIENT_SECRET", "s3cr3t-value"}};
  host.transport.reply(
      "", FakeReply::failed(TransportFailure::Kind::unreachable, "169.254.169.254: no route"));
  const Error error = host.failure();
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  for (const SourceReport& report : host.survey()) {
    expect_holds(error.message(), fmt::format("\n  {}: ", report.kind));
  }
  expect_holds(error.message(), "vm: 169.254.169.254: no route");
  expect_holds(error.message(), "AZURE_TENANT_ID and AZURE_CLIENT_ID not set (incomplete)");
  expect_lacks(error.message(), "s3cr3t-value");
  EXPECT_LE(std::count(error.message().begin(), error.message().end(), '\n'), 13);
  expect_holds(error.hint(), "--identity vm");
  EXPECT_TRUE(error.hint().ends_with("--identity azure-cli"));
  EXPECT_EQ(host.transport.seen.size(), 1U);
}

TEST(VmInAuto, LimitsItsOneConnectionTo3Seconds) {
  IdentityHost host;
  host.transport.reply(200, k_good);
  EXPECT_EQ(text_of(host.token()), "tok-vm");
  EXPECT_EQ(host.transport.seen.at(0).connect_limit, Milliseconds(3000));
}

TEST(VmInAuto, IsAskedAgainOnceItHasAnswered) {
  IdentityHost host;
  host.transport.reply(429, k_throttled);
  host.transport.reply(200, k_good);
  EXPECT_EQ(text_of(host.token()), "tok-vm");
}

TEST(VmInAuto, IsAskedAgainWhenItTookAConnectionHoweverSoonThatEnded) {
  for (const int seconds : {0, 20}) {
    IdentityHost host;
    FakeReply broken = FakeReply::broken_connection("the connection was closed");
    broken.after = std::chrono::seconds(seconds);
    host.transport.reply("", broken);
    host.transport.reply(200, k_good);
    EXPECT_EQ(text_of(host.token()), "tok-vm") << seconds;
  }
}

TEST(VmInAuto, IsOutOfTimeWhenEveryConnectionBreaks) {
  IdentityHost host;
  host.transport.always("", FakeReply::broken_connection("the connection was closed"));
  EXPECT_EQ(host.failure().kind(), ErrorKind::unavailable);
}

TEST(VmInAuto, IsOutOfTimeWhenTheDeadlineComesFirst) {
  IdentityHost host;
  host.transport.always("", FakeReply::silence());
  EXPECT_EQ(host.failure("auto", Milliseconds(2000)).kind(), ErrorKind::unavailable);
}

TEST(NamedVm, IsTriedUntilTheDeadline) {
  IdentityHost host;
  host.transport.always("", FakeReply::refused_connection());
  const TimePoint start = host.transport.now();
  const Error error = host.failure("vm", Milliseconds(10000));
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  expect_holds(error.message(), "169.254.169.254");
  EXPECT_EQ(host.transport.now() - start, Milliseconds(10000));
  EXPECT_GT(host.transport.seen.size(), 3U);
}

} // namespace
} // namespace kvrun::azure
