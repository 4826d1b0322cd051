// SPDX-License-Identifier: MIT
#include "../support.hpp"
#include "base/json.hpp"

#include <fmt/format.h>

namespace kvrun::emulator {
namespace {

constexpr std::string_view k_resource = "resource=https%3A%2F%2Fvault.azure.net";
constexpr const char* k_client = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr const char* k_object = "bbbbbbbb-0000-4000-8000-000000000002";

class CloudShell : public IdentityFixture {
protected:
  Answer post(std::string body, Fields headers, std::string_view target = "POST /oauth2/token") {
    return endpoint_->answer(make_request(target, std::move(headers), std::move(body)));
  }
  Answer post(std::string body) {
    return post(std::move(body),
                {{"Metadata", "true"}, {"Content-Type", "application/x-www-form-urlencoded"}});
  }
  // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  std::unique_ptr<IdentityEndpoint> endpoint_ = make_cloud_shell(context());
};

TEST_F(CloudShell, GivesATokenWithNumbersAsText) {
  const Answer answer = post(std::string(k_resource));
  ASSERT_EQ(answer.status, 200);
  const json::Document document = json::Document::parse(answer.body);
  EXPECT_EQ(document.root().string("expires_in"), "3599");
  EXPECT_EQ(document.root().string("expires_on"), "1893373199");
  EXPECT_EQ(document.root().string("not_before"), "1893369300");
  EXPECT_EQ(document.root().string("resource"), "https://vault.azure.net");
  EXPECT_EQ(document.root().string("token_type"), "Bearer");
  const Claims claims = claims_of(answer);
  EXPECT_EQ(claims.audience, "https://vault.azure.net");
  EXPECT_EQ(claims.expires, k_start + 3599);
}

TEST_F(CloudShell, RefusesAnAudienceThatIsNotOnItsList) {
  const Answer answer = post("resource=https%3A%2F%2Fvault.azure.net%2F");
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.body.starts_with(
      R"({"error":{"code":"AudienceNotSupported","message":"Audience https://vault.azure.net/ is not a supported MSI token audience. Supported audiences: https://management.azure.com/,)"))
      << answer.body;
}

TEST_F(CloudShell, IsStrict) {
  const Fields no_metadata{{"Content-Type", "application/x-www-form-urlencoded"}};
  const Fields wrong_metadata{{"Metadata", "True"},
                              {"Content-Type", "application/x-www-form-urlencoded"}};
  const Fields no_type{{"Metadata", "true"}};
  const Fields good{{"Metadata", "true"}, {"Content-Type", "application/x-www-form-urlencoded"}};
  const std::string body(k_resource);
  EXPECT_EQ(post(body, no_metadata).status, 400);
  EXPECT_EQ(post(body, wrong_metadata).status, 400);
  EXPECT_EQ(post(body, no_type).status, 400);
  EXPECT_EQ(post(body, good, "GET /oauth2/token").status, 405);
  EXPECT_EQ(post(body, good, "POST /metadata").status, 404);
  EXPECT_EQ(post(body, good, "POST /oauth2/token?api-version=2018-02-01").status, 400);
  EXPECT_EQ(post(body + "&client_id=" + k_client).status, 400);
  EXPECT_EQ(post("scope=https%3A%2F%2Fvault.azure.net").status, 400);
  EXPECT_EQ(post("").status, 400);
}

class Vm : public IdentityFixture {
protected:
  Answer get(std::string_view query, Fields headers = {{"Metadata", "true"}}) {
    return endpoint_->answer(make_request(
        fmt::format("GET /metadata/identity/oauth2/token?{}", query), std::move(headers)));
  }
  Answer select(std::string_view selector) {
    return get(fmt::format("api-version=2018-02-01&{}&{}", k_resource, selector));
  }
  // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  std::unique_ptr<IdentityEndpoint> endpoint_ = make_vm(context());
};

TEST_F(Vm, GivesATokenForBothApiVersions) {
  for (const char* version : {"2018-02-01", "2019-08-01"}) {
    const Answer answer = get(fmt::format("{}&api-version={}", k_resource, version));
    ASSERT_EQ(answer.status, 200);
    const json::Document document = json::Document::parse(answer.body);
    EXPECT_EQ(document.root().string("expires_in"), "86399");
    EXPECT_EQ(document.root().string("expires_on"), "1893455999");
    EXPECT_EQ(document.root().string("client_id"), k_client);
    EXPECT_EQ(claims_of(answer).object_id, k_object);
  }
}

TEST_F(Vm, MirrorsASlashWhichTheVaultThenRefuses) {
  const Answer answer = get("api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net%2F");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(claims_of(answer).audience, "https://vault.azure.net/");
}

TEST_F(Vm, SelectsByAnyOfTheIdentifiersOfItsIdentity) {
  EXPECT_EQ(select(fmt::format("client_id={}", k_client)).status, 200);
  EXPECT_EQ(select(fmt::format("object_id={}", k_object)).status, 200);
  EXPECT_EQ(select("msi_res_id=" + Principal().resource_id).status, 200);
}

TEST_F(Vm, AnswersInTheServicesWords) {
  const auto expect = [](const Answer& answer, std::size_t length, std::string_view body) {
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body, body);
    EXPECT_EQ(answer.body.size(), length);
  };
  expect(
      get(fmt::format("api-version=2018-02-01&{}", k_resource), {}),
      88,
      R"({"error":"invalid_request","error_description":"Required metadata header not specified"})");
  expect(select("client_id=33333333-3333-4333-8333-333333333333"),
         68,
         R"({"error":"invalid_request","error_description":"Identity not found"})");
  EXPECT_EQ(
      endpoint_->failure(429, {}).body,
      R"({"error":"invalid_request","error_description":"Temporarily throttled, too many requests"})");
}

TEST_F(Vm, IsStrict) {
  EXPECT_EQ(get(k_resource).status, 400);
  EXPECT_EQ(get(fmt::format("api-version=2017-09-01&{}", k_resource)).status, 400);
  EXPECT_EQ(get("api-version=2018-02-01").status, 400);
  EXPECT_EQ(get("api-version=2018-02-01&resource=https%3A%2F%2Fevil.example").status, 400);
  EXPECT_EQ(get(fmt::format("api-version=2018-02-01&{}", k_resource),
                {{"Metadata", "true"}, {"X-Forwarded-For", "10.0.0.1"}})
                .status,
            400);
  EXPECT_EQ(select("mi_res_id=" + Principal().resource_id).status, 400);
  EXPECT_EQ(select(fmt::format("client_id={}&object_id={}", k_client, k_object)).status, 400);
  EXPECT_EQ(select("api-version=2018-02-01").status, 400);
  EXPECT_EQ(
      endpoint_
          ->answer(make_request("POST /metadata/identity/oauth2/token", {{"Metadata", "true"}}))
          .status,
      405);
}

class AppService : public IdentityFixture {
protected:
  Answer get(std::string_view query, Fields headers = {{"X-IDENTITY-HEADER", "hdr"}}) {
    return endpoint_->answer(
        make_request(fmt::format("GET /msi/token?{}", query), std::move(headers)));
  }
  Answer select(std::string_view selector) {
    return get(fmt::format("api-version=2019-08-01&{}&{}", k_resource, selector));
  }
  // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  std::unique_ptr<IdentityEndpoint> endpoint_ = make_app_service(context());
};

TEST_F(AppService, GivesATokenWithoutExpiresIn) {
  const Answer answer = get(fmt::format("api-version=2019-08-01&{}", k_resource));
  ASSERT_EQ(answer.status, 200);
  const json::Document document = json::Document::parse(answer.body);
  EXPECT_EQ(document.root().find("expires_in"), nullptr);
  EXPECT_EQ(document.root().string("expires_on"), "1893455999");
  EXPECT_EQ(claims_of(answer).audience, "https://vault.azure.net");
}

TEST_F(AppService, SelectsUnderItsOwnNames) {
  EXPECT_EQ(select(fmt::format("client_id={}", k_client)).status, 200);
  EXPECT_EQ(select(fmt::format("principal_id={}", k_object)).status, 200);
  EXPECT_EQ(select(fmt::format("object_id={}", k_object)).status, 200);
  EXPECT_EQ(select("mi_res_id=" + Principal().resource_id).status, 200);
  EXPECT_EQ(select("msi_res_id=" + Principal().resource_id).status, 400);
  const Answer unknown = select("client_id=33333333-3333-4333-8333-333333333333");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_TRUE(unknown.body.starts_with(
      R"({"statusCode":400,"message":"No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.","correlationId":")"));
  EXPECT_EQ(unknown.body.size(), 185U);
}

TEST_F(AppService, IsStrict) {
  const std::string good = fmt::format("api-version=2019-08-01&{}", k_resource);
  const Answer refused = get(good, {});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body, "");
  EXPECT_EQ(get(good, {{"X-IDENTITY-HEADER", "other"}}).status, 403);
  EXPECT_EQ(get(good, {{"secret", "hdr"}}).status, 403);
  EXPECT_EQ(get(fmt::format("api-version=2017-09-01&{}", k_resource)).status, 400);
  EXPECT_EQ(get("api-version=2019-08-01&resource=https%3A%2F%2Fevil.example").status, 500);
  EXPECT_EQ(endpoint_->answer(make_request("POST /msi/token")).status, 405);
}

class AzureMl : public IdentityFixture {
protected:
  Answer get(std::string_view query, Fields headers = {{"secret", "hdr"}}) {
    return endpoint_->answer(
        make_request(fmt::format("GET /MSI/token/?{}", query), std::move(headers)));
  }
  // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  std::unique_ptr<IdentityEndpoint> endpoint_ = make_azure_ml(context());
};

TEST_F(AzureMl, GivesATokenForItsClientIdAndForNone) {
  const std::string good = fmt::format("api-version=2017-09-01&{}", k_resource);
  for (const std::string& query : {good, good + "&clientid=", good + "&clientid=" + k_client}) {
    const Answer answer = get(query);
    ASSERT_EQ(answer.status, 200) << query;
    EXPECT_EQ(claims_of(answer).expires, k_start + 86399);
  }
}

TEST_F(AzureMl, IsStrict) {
  const std::string good = fmt::format("api-version=2017-09-01&{}", k_resource);
  EXPECT_EQ(get(good, {}).status, 403);
  EXPECT_EQ(get(good, {{"X-IDENTITY-HEADER", "hdr"}}).status, 403);
  EXPECT_EQ(get(good + "&client_id=" + k_client).status, 400);
  EXPECT_EQ(get(good + "&clientid=33333333-3333-4333-8333-333333333333").status, 400);
  EXPECT_EQ(get(fmt::format("api-version=2019-08-01&{}", k_resource)).status, 400);
  EXPECT_EQ(get("api-version=2017-09-01").status, 500);
  EXPECT_EQ(endpoint_->answer(make_request("POST /MSI/token/")).status, 405);
}

class ServiceFabric : public IdentityFixture {
protected:
  Answer get(std::string_view query, Fields headers = {{"Secret", "hdr"}}) {
    return endpoint_->answer(make_request(
        fmt::format("GET /metadata/identity/oauth2/token?{}", query), std::move(headers)));
  }
  // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  std::unique_ptr<IdentityEndpoint> endpoint_ = make_service_fabric(context());
};

TEST_F(ServiceFabric, GivesATokenWithExpiryAsANumber) {
  for (const char* version : {"2019-07-01-preview", "2020-05-01"}) {
    const Answer answer = get(fmt::format("api-version={}&{}", version, k_resource));
    ASSERT_EQ(answer.status, 200);
    EXPECT_NE(answer.body.find(R"("expires_on":1893455999)"), std::string::npos);
    EXPECT_EQ(claims_of(answer).audience, "https://vault.azure.net");
  }
}

TEST_F(ServiceFabric, IsStrictAndSaysSoInItsCodes) {
  const std::string version = "api-version=2019-07-01-preview";
  const std::string good = fmt::format("{}&{}", version, k_resource);
  const auto expect = [](const Answer& answer, int status, std::string_view code) {
    EXPECT_EQ(answer.status, status);
    EXPECT_NE(answer.body.find(fmt::format(R"("code":"{}")", code)), std::string::npos)
        << answer.body;
  };
  expect(get(good, {}), 400, "SecretHeaderNotFound");
  expect(get(good, {{"Secret", "other"}}), 404, "ManagedIdentityNotFound");
  expect(get(k_resource), 400, "InvalidApiVersion");
  expect(get(version), 400, "ArgumentNullOrEmpty");
  expect(get(good + "&client_id=" + k_client), 404, "ManagedIdentityNotFound");
  expect(get(version + "&resource=https%3A%2F%2Fvault.azure.net%2F"), 500, "InternalServerError");
}

} // namespace
} // namespace kvrun::emulator
