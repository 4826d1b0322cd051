// SPDX-License-Identifier: MIT
#include "azure/access_token.hpp"
#include "base/encoding.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace kvrun::azure {
namespace {

AccessToken::Claims claims_of(std::string_view payload) {
  const AccessToken token{SecretString(fmt::format("e30.{}.c2ln", encode_base64url(payload))), 0};
  return token.claims();
}

TEST(Claims, AreReadWithoutVerifying) {
  const auto claims = claims_of(R"({"aud":"https://vault.azure.net","tid":"t","oid":"o","appid":"a",
    "upn":"u@example.com","xms_mirid":"/subscriptions/s","iss":"https://i","sub":"s","exp":1893456000})");
  EXPECT_EQ(claims.audience, "https://vault.azure.net");
  EXPECT_EQ(claims.tenant_id, "t");
  EXPECT_EQ(claims.object_id, "o");
  EXPECT_EQ(claims.client_id, "a");
  EXPECT_EQ(claims.user, "u@example.com");
  EXPECT_EQ(claims.resource_id, "/subscriptions/s");
  EXPECT_EQ(claims.issuer, "https://i");
  EXPECT_EQ(claims.subject, "s");
  EXPECT_EQ(claims.expires_on, 1893456000);
}

TEST(Claims, TakeTheClientOfAVersion2Token) {
  EXPECT_EQ(claims_of(R"({"azp":"b"})").client_id, "b");
}

TEST(Claims, TakeTheFirstOfSeveralAudiences) {
  EXPECT_EQ(claims_of(R"({"aud":["one","two"]})").audience, "one");
}

TEST(Claims, AreEmptyWhereTheTokenIsNoJwt) {
  for (const char* text : {"opaque", "a.b", "a.b.c", "a.!!!.c", "..", "e30.MTI.c2ln"}) {
    const AccessToken token{SecretString(text), 0};
    EXPECT_EQ(token.claims().audience, "") << text;
    EXPECT_EQ(token.claims().expires_on, 0) << text;
  }
}

TEST(Claims, SurviveOddTypes) {
  const auto claims = claims_of(R"({"aud":7,"tid":null,"exp":"soon","oid":["x"]})");
  EXPECT_EQ(claims.audience, "");
  EXPECT_EQ(claims.tenant_id, "");
  EXPECT_EQ(claims.object_id, "");
  EXPECT_EQ(claims.expires_on, 0);
}

TEST(Claims, AreSafeToPrint) {
  EXPECT_EQ(claims_of("{\"oid\":\"x\\n::error::y\"}").object_id.find('\n'), std::string::npos);
}

// poco.md P12: what an endpoint calls a token becomes a header.
TEST(AccessToken, IsRefusedWhereItWouldNotBeOneHeader) {
  for (const char* token :
       {"tok\\r\\nX-Evil: 1", "tok\\u0000", "tok en", "tok\\t", "t\\u00f6k", ""}) {
    IdentityHost host;
    FakeReply reply;
    reply.body = fmt::format(R"({{"access_token":"{}","expires_on":"1893455999"}})", token);
    host.transport.always("", reply);
    const Error error = host.failure("vm");
    EXPECT_EQ(error.kind(), ErrorKind::refused) << token;
    expect_lacks(error.message() + error.hint(), "X-Evil");
  }
}

} // namespace
} // namespace kvrun::azure
