// SPDX-License-Identifier: MIT
#include "azure/redaction.hpp"

#include <gtest/gtest.h>

namespace kvrun::azure {
namespace {

std::vector<SecretString> secrets(std::initializer_list<std::string_view> texts) {
  std::vector<SecretString> all;
  for (const std::string_view text : texts) {
    all.emplace_back(text);
  }
  return all;
}

TEST(Redaction, TakesOutWhatWasSentWhereverItStands) {
  const auto sent = secrets({"pa55word", "a-longer-secret-of-a-client"});
  EXPECT_EQ(redacted("no pa55word, pa55word!", sent), "no [...], [...]!");
  EXPECT_EQ(redacted("x a-longer-secret-of-a-client", sent), "x [...]");
  EXPECT_EQ(redacted("nothing of it", sent), "nothing of it");
  EXPECT_EQ(redacted("", sent), "");
}

TEST(Redaction, TakesOutTheBeginningOfWhatTheServerCutShort) {
  const auto sent = secrets({"a-longer-secret-of-a-client"});
  EXPECT_EQ(redacted("got 'a-longer-secret'…", sent), "got '[...]'…");
  EXPECT_EQ(redacted("a-longer road", sent), "a-longer road");
}

TEST(Redaction, TakesOutEveryJwt) {
  EXPECT_EQ(redacted("found eyJhbGciOiJub25l.eyJhdWQi.c2ln, not", {}), "found [...], not");
  EXPECT_EQ(redacted("eyJ is short", {}), "eyJ is short");
}

TEST(Redaction, KnowsWhatOfARequestIsSecret) {
  HttpRequest request;
  request.headers.push_back({"Metadata", SecretString("true")});
  request.headers.push_back({"Authorization", SecretString("Basic key-of-the-agent")});
  request.headers.push_back({"X-IDENTITY-HEADER", SecretString("a header")});
  request.body = SecretString("client_id=app-id&client_secret=a%2Bb%2F&scope=x");
  const auto sent = secrets_of(request);
  EXPECT_EQ(redacted("true Basic key-of-the-agent a header a+b/ a%2Bb%2F app-id x", sent),
            "true Basic [...] [...] [...] [...] app-id x");
}

} // namespace
} // namespace kvrun::azure
