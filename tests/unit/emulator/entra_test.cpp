// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/entra.hpp"
#include "emulator/identity/ci.hpp"
#include "support.hpp"

#include <fmt/format.h>
#include <openssl/rsa.h>

namespace kvrun::emulator {
namespace {

constexpr const char* k_host = "login.microsoftonline.com";
constexpr const char* k_tenant = "11111111-1111-1111-1111-111111111111";
constexpr const char* k_client = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr std::string_view k_assertion_type =
    "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer";

using KeyContext = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;

// A JWT signed with PS256.
std::string signed_jwt(EVP_PKEY* key, const std::string& header, const std::string& claims) {
  const std::string text = encode_base64url(header) + '.' + encode_base64url(claims);
  const KeyContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key);
  EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
  EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  auto* out = reinterpret_cast<unsigned char*>(signature.data());
  EXPECT_EQ(EVP_DigestSign(context.get(), out, &size, bytes, text.size()), 1);
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  return text + '.' + encode_base64url(signature.substr(0, size));
}

class EntraTest : public IdentityFixture {
protected:
  Answer post(const std::string& form,
              const std::string& host = k_host,
              const std::string& tenant = k_tenant) {
    return entra_.answer(make_request(fmt::format("POST /{}/oauth2/v2.0/token", tenant), {}, form),
                         host);
  }
  static std::string form(std::string_view credential,
                          std::string_view scope = "https%3A%2F%2Fvault.azure.net%2F.default") {
    return fmt::format(
        "grant_type=client_credentials&client_id={}&scope={}&{}", k_client, scope, credential);
  }
  Answer post_assertion(const std::string& assertion) {
    return post(form(fmt::format("{}&client_assertion={}", k_assertion_type, assertion)));
  }
  std::string federated(std::string_view audience, std::int64_t life = 300) const {
    return issuer_.assertion("https://issuer.example", "subject", audience, life);
  }
  // What the service principal's own assertion says.
  std::string certificate_claims(std::string_view audience, std::int64_t expires) const {
    return fmt::format(R"({{"aud":"{}","iss":"{}","sub":"{}","jti":"1","nbf":{},"exp":{}}})",
                       audience,
                       k_client,
                       k_client,
                       k_start,
                       expires);
  }
  [[nodiscard]] std::string certificate_header() const {
    return fmt::format(R"({{"alg":"PS256","typ":"JWT","x5t#S256":"{}"}})",
                       encode_base64url(digest(k_keyed.certificate.get(), EVP_sha256())));
  }
  static void expect_code(const Answer& answer, int status, int code) {
    EXPECT_EQ(answer.status, status);
    EXPECT_NE(answer.body.find(fmt::format("\"error_codes\":[{}]", code)), std::string::npos)
        << answer.body;
  }

  // NOLINTBEGIN(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  static inline const KeyedCertificate k_keyed = self_signed(KeyType::rsa, "sp", {"DNS:sp"});
  Entra entra_{context(),
               "a~b+c/d=e&f",
               k_keyed.certificate.get(),
               {"22222222-2222-2222-2222-222222222222"}};
  // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(EntraTest, GivesATokenForTheEncodedSecret) {
  const Answer answer = post(form("client_secret=a~b%2Bc%2Fd%3De%26f"));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_TRUE(answer.body.starts_with(
      R"({"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":")"));
  EXPECT_EQ(claims_of(answer).audience, "https://vault.azure.net");
  EXPECT_EQ(claims_of(answer).tenant, k_tenant);
}

TEST_F(EntraTest, FindsTheAudienceAmongOtherScopes) {
  const Answer answer =
      post(form("client_secret=a~b%2Bc%2Fd%3De%26f",
                "openid+profile+https%3A%2F%2Fvault.azure.net%2F.default+offline_access"));
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(claims_of(answer).audience, "https://vault.azure.net");
}

TEST_F(EntraTest, IssuesForTheTenantThatIsAsked) {
  const Answer answer = post(
      form("client_secret=a~b%2Bc%2Fd%3De%26f"), k_host, "22222222-2222-2222-2222-222222222222");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(claims_of(answer).tenant, "22222222-2222-2222-2222-222222222222");
}

TEST_F(EntraTest, ExchangesATokenOfACiSystem) {
  EXPECT_EQ(post_assertion(federated("api://AzureADTokenExchange")).status, 200);
  expect_code(post_assertion(federated("api://other")), 401, 700212);
  expect_code(post_assertion(federated("api://AzureADTokenExchange", 0)), 401, 700024);
}

TEST_F(EntraTest, TakesAnAssertionOfTheCertificate) {
  const std::string url = fmt::format("https://{}/{}/oauth2/v2.0/token", k_host, k_tenant);
  const auto answer_to = [&](const std::string& claims) {
    return post_assertion(signed_jwt(k_keyed.key.get(), certificate_header(), claims));
  };
  EXPECT_EQ(answer_to(certificate_claims(url, k_start + 600)).status, 200);
  expect_code(answer_to(certificate_claims("https://evil.example", k_start + 600)), 401, 700023);
  expect_code(answer_to(certificate_claims(url, k_start)), 401, 700024);
  expect_code(answer_to(R"({"iss":"x","sub":"x","jti":"1"})"), 401, 700021);
}

TEST_F(EntraTest, RefusesAnAssertionOfAnotherKeyOrCertificate) {
  const std::string url = fmt::format("https://{}/{}/oauth2/v2.0/token", k_host, k_tenant);
  const std::string claims = certificate_claims(url, k_start + 600);
  const KeyedCertificate other = self_signed(KeyType::rsa, "other", {"DNS:other"});
  expect_code(
      post_assertion(signed_jwt(other.key.get(), certificate_header(), claims)), 401, 700027);
  expect_code(
      post_assertion(signed_jwt(k_keyed.key.get(), R"({"alg":"PS256","x5t#S256":"AA"})", claims)),
      401,
      700027);
  expect_code(post_assertion("not-a-jwt"), 401, 50027);
}

TEST_F(EntraTest, SaysWhatIsWrongByCode) {
  const std::string secret = "client_secret=a~b%2Bc%2Fd%3De%26f";
  expect_code(post(form("client_secret=wrong")), 401, 7000215);
  expect_code(post(form("x=y")), 401, 7000218);
  expect_code(post("grant_type=password&client_id=x"), 400, 70003);
  expect_code(post(""), 400, 900144);
  expect_code(post(form(secret, "https%3A%2F%2Fvault.azure.net")), 400, 70011);
  expect_code(post(form(secret, "https%3A%2F%2Fevil.example%2F.default")), 400, 500011);
  expect_code(post(form(secret, "https%3A%2F%2Fvault.azure.cn%2F.default")), 400, 500011);
  expect_code(post(form(secret), k_host, "99999999-9999-9999-9999-999999999999"), 400, 90002);
  expect_code(post("grant_type=client_credentials&client_id=x&scope=y&" + secret), 400, 700016);
}

TEST_F(EntraTest, HasTheAudiencesOfItsCloud) {
  const std::string china =
      form("client_secret=a~b%2Bc%2Fd%3De%26f", "https%3A%2F%2Fvault.azure.cn%2F.default");
  EXPECT_EQ(post(china, "login.partner.microsoftonline.cn").status, 200);
  EXPECT_EQ(post(china, "login.chinacloudapi.cn").status, 200);
}

TEST_F(EntraTest, DiscoversForTheSdks) {
  const Answer instance = entra_.answer(
      make_request(fmt::format("GET /common/discovery/instance?api-version=1.1&"
                               "authorization_endpoint=https%3A%2F%2F{}%2F{}%2Foauth2%2Fv2.0%2F"
                               "authorize",
                               k_host,
                               k_tenant)),
      k_host);
  ASSERT_EQ(instance.status, 200);
  const json::Document found = json::Document::parse(instance.body);
  EXPECT_EQ(found.root().string("tenant_discovery_endpoint"),
            fmt::format("https://{}/{}/v2.0/.well-known/openid-configuration", k_host, k_tenant));
  const Answer openid = entra_.answer(
      make_request(fmt::format("GET /{}/v2.0/.well-known/openid-configuration", k_tenant)), k_host);
  ASSERT_EQ(openid.status, 200);
  const json::Document configuration = json::Document::parse(openid.body);
  EXPECT_EQ(configuration.root().string("token_endpoint"),
            fmt::format("https://{}/{}/oauth2/v2.0/token", k_host, k_tenant));
  EXPECT_EQ(entra_.answer(make_request("GET /nosuch/v2.0/.well-known/openid-configuration"), k_host)
                .status,
            400);
}

TEST_F(EntraTest, FailsWithTheCodeOfAFault) {
  expect_code(entra_.failure(401, "AADSTS700016"), 401, 700016);
  expect_code(entra_.failure(503, {}), 503, 90033);
  expect_code(entra_.failure(401, {}), 401, 7000215);
}

class Ci : public IdentityFixture {
protected:
  static constexpr std::string_view k_good = "Bearer hdr";
};

TEST_F(Ci, GithubGivesATokenForTheAudienceThatIsAsked) {
  const auto get = [&](std::string_view query, const std::string& token) {
    return github_answer(
        context(),
        make_request(fmt::format("GET {}?{}", k_github_path, query), {{"Authorization", token}}));
  };
  const Answer answer =
      get("api-version=2.0&audience=api%3A%2F%2FAzureADTokenExchange", "bearer hdr");
  ASSERT_EQ(answer.status, 200);
  const json::Document document = json::Document::parse(answer.body);
  const auto claims = issuer_.read(document.root().string("value"));
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->audience, "api://AzureADTokenExchange");
  EXPECT_EQ(get("audience=x", "bearer other").status, 401);
  EXPECT_EQ(get("audience=x", "hdr").status, 401);
}

TEST_F(Ci, PipelinesRedirectsToASignInUnlessToldNotTo) {
  const auto post = [&](Fields headers, std::string_view query) {
    return pipelines_answer(
        context(),
        make_request(fmt::format("POST {}?{}", k_pipelines_path, query), std::move(headers)));
  };
  const std::string good =
      fmt::format("api-version=7.1&serviceConnectionId={}", k_service_connection);
  const std::pair<std::string, std::string> token{"Authorization", std::string(k_good)};
  EXPECT_EQ(post({token, {"X-TFS-FedAuthRedirect", "Suppress"}}, good).status, 200);
  EXPECT_EQ(post({{"X-TFS-FedAuthRedirect", "Suppress"}}, good).status, 401);
  const Answer redirect = post({}, good);
  EXPECT_EQ(redirect.status, 302);
  EXPECT_NE(header_of(redirect, "Location"), "");
  EXPECT_EQ(post({token}, "api-version=7.1&serviceConnectionId=other").status, 404);
  EXPECT_EQ(post({token}, "serviceConnectionId=x").status, 400);
}

TEST_F(Ci, ArmListsNoSubscriptionsToAGoodToken) {
  const auto get = [&](const std::string& audience) {
    return arm_answer(
        context(),
        make_request("GET /subscriptions?api-version=2022-12-01",
                     {{"Authorization", "Bearer " + issuer_.access_token(audience, 60)}}));
  };
  EXPECT_EQ(get("https://management.core.windows.net/").body, R"({"value":[]})");
  EXPECT_EQ(get("https://vault.azure.net").status, 401);
}

} // namespace
} // namespace kvrun::emulator
