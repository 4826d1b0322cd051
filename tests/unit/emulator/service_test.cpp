// SPDX-License-Identifier: MIT
#include "base/json.hpp"
#include "emulator/service.hpp"
#include "support.hpp"

namespace kvrun::emulator {
namespace {

constexpr const char* k_vault = "kv1.vault.azure.net";

// A service of one kind of host, with the token for its vaults.
class ServiceTest : public testing::Test {
protected:
  std::unique_ptr<Service> make(std::string_view seed, HostKind kind = HostKind::cloud_shell) {
    return std::make_unique<Service>(seed_of(seed),
                                     kind,
                                     Credentials{.header_secret = "hdr", .client_secret = "secret"},
                                     clock_.clock());
  }
  static Answer get(Service& service, std::string_view target, const std::string& host = k_vault) {
    const std::string token = service.issuer().access_token("https://vault.azure.net", 60);
    Request request =
        make_request("GET " + std::string(target), {{"Authorization", "Bearer " + token}});
    request.host = host;
    return service.answer(request, Entrance::named, host);
  }
  // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  FakeClock clock_{1668124872};
};

TEST_F(ServiceTest, KnowsItsHosts) {
  const auto service = make("vaults: { kv1: { a: x } }");
  for (const char* host : {k_vault,
                           "kv1.vault.azure.cn",
                           "login.microsoftonline.com",
                           "login.microsoftonline.us",
                           "management.azure.com",
                           "localhost"}) {
    EXPECT_TRUE(service->exists(host)) << host;
  }
  for (const char* host : {"kv2.vault.azure.net",
                           "vault.azure.net",
                           "a.b.vault.azure.net",
                           "evilvault.azure.net",
                           "evil.example",
                           ""}) {
    EXPECT_FALSE(service->exists(host)) << host;
  }
}

TEST_F(ServiceTest, UsesAFaultUpAndThenAnswers) {
  const auto service = make("vaults: { kv1: { a: x } }\n"
                            "faults: [{ host: kv1, path: /secrets/a, times: 1, status: 429, "
                            "retry-after: 7s }]");
  const Answer first = get(*service, "/secrets/a?api-version=7.4");
  EXPECT_EQ(first.status, 429);
  EXPECT_EQ(header_of(first, "Retry-After"), "7");
  EXPECT_EQ(get(*service, "/secrets/a?api-version=7.4").status, 200);
}

TEST_F(ServiceTest, BendsTheOrdinaryAnswer) {
  const auto service = make("vaults: { kv1: { a: x } }\nlatency: 20ms\n"
                            "faults: [{ host: kv1, delay: 1s, truncate: 3, chunked: 2 }]");
  const Answer answer = get(*service, "/secrets/a?api-version=7.4");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.delivery.delay, Milliseconds(1020));
  EXPECT_EQ(answer.delivery.truncate, 3U);
  EXPECT_EQ(answer.delivery.chunked, 2U);
}

TEST_F(ServiceTest, DoesNothingForARequestThatIsReset) {
  const auto service = make("faults: [{ host: kv1, method: PUT, reset: true }]");
  const std::string token = service->issuer().access_token("https://vault.azure.net", 60);
  Request request = make_request(
      "PUT /secrets/a?api-version=7.4", {{"Authorization", "Bearer " + token}}, R"({"value":"x"})");
  request.host = k_vault;
  EXPECT_TRUE(service->answer(request, Entrance::named, k_vault).delivery.reset);
  EXPECT_EQ(get(*service, "/secrets/a?api-version=7.4").status, 404);
}

TEST_F(ServiceTest, FailsTheIdentityInItsOwnWords) {
  const auto service = make("faults: [{ host: identity, status: 400 }]", HostKind::app_service);
  const Answer answer = service->answer(make_request("GET /msi/token"), Entrance::identity, {});
  EXPECT_EQ(answer.status, 400);
  EXPECT_TRUE(answer.body.starts_with(R"({"statusCode":400,)")) << answer.body;
}

TEST_F(ServiceTest, TakesTheLoginHostForTheIdentityWhereThatIsAllThereIs) {
  const std::string_view seed = "faults: [{ host: identity, status: 503 }]";
  const auto status_at_login = [&](HostKind kind) {
    const auto service = make(seed, kind);
    Request request = make_request("POST /x/oauth2/v2.0/token");
    request.host = "login.microsoftonline.com";
    return service->answer(request, Entrance::named, request.host).status;
  };
  EXPECT_EQ(status_at_login(HostKind::client_secret), 503);
  EXPECT_EQ(status_at_login(HostKind::vm), 400);
}

TEST_F(ServiceTest, GivesTokensThatItsVaultsTake) {
  const auto service = make("vaults: { kv1: { a: x } }", HostKind::vm);
  const Answer answer =
      service->answer(make_request("GET /metadata/identity/oauth2/token?api-version=2018-02-01&"
                                   "resource=https%3A%2F%2Fvault.azure.net",
                                   {{"Metadata", "true"}}),
                      Entrance::identity,
                      {});
  ASSERT_EQ(answer.status, 200);
  const json::Document document = json::Document::parse(answer.body);
  Request request = make_request(
      "GET /secrets/a?api-version=7.4",
      {{"Authorization", "Bearer " + std::string(document.root().string("access_token"))}});
  request.host = k_vault;
  EXPECT_EQ(service->answer(request, Entrance::named, k_vault).status, 200);
}

TEST_F(ServiceTest, CountsByEndpointMethodAndStatus) {
  const auto service = make("vaults: { kv1: { a: s3cret-value } }");
  service->counts().connection(k_vault);
  static_cast<void>(get(*service, "/secrets/a?api-version=7.4"));
  static_cast<void>(get(*service, "/secrets/a?api-version=7.4"));
  static_cast<void>(get(*service, "/secrets/b?api-version=7.4"));
  EXPECT_EQ(service->counts().json(),
            "{\n"
            "  \"connections\": {\n"
            "    \"kv1.vault.azure.net\": 1\n"
            "  },\n"
            "  \"requests\": {\n"
            "    \"kv1.vault.azure.net\": {\n"
            "      \"GET\": {\n"
            "        \"200\": 2,\n"
            "        \"404\": 1\n"
            "      }\n"
            "    }\n"
            "  }\n"
            "}\n");
}

} // namespace
} // namespace kvrun::emulator
