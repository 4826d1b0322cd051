// SPDX-License-Identifier: MIT
#include "emulator/http_message.hpp"
#include "support.hpp"

namespace kvrun::emulator {
namespace {

TEST(HttpMessage, ParsesARequest) {
  const Request request = parse_head("GET /secrets/a%20b?api%2Dversion=7.4&x=1+2&y HTTP/1.1\r\n"
                                     "Host: KV1.vault.azure.net:443\r\n"
                                     "Authorization:  Bearer x \r\n");
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/secrets/a%20b");
  EXPECT_EQ(request.query, (Fields{{"api-version", "7.4"}, {"x", "1 2"}, {"y", ""}}));
  EXPECT_EQ(request.host, "kv1.vault.azure.net");
  EXPECT_EQ(*request.header("authorization"), "Bearer x");
  EXPECT_EQ(request.header("Cookie"), nullptr);
}

TEST(HttpMessage, TakesTheAbsoluteForm) {
  EXPECT_EQ(make_request("GET https://kv1.vault.azure.net/secrets?x=1").path, "/secrets");
  EXPECT_EQ(make_request("GET http://h").path, "/");
}

TEST(HttpMessage, RefusesWhatIsNoRequest) {
  for (const char* head : {"",
                           "GET /",
                           "GET / HTTP/2",
                           " / HTTP/1.1",
                           "GET  / HTTP/1.1",
                           "GET /\x80 HTTP/1.1",
                           "GET / HTTP/1.1\r\nno colon",
                           "GET / HTTP/1.1\r\n: x",
                           "GET / HTTP/1.1\r\nName : x"}) {
    EXPECT_THROW(static_cast<void>(parse_head(head)), BadRequest) << head;
  }
  EXPECT_THROW(static_cast<void>(body_length(make_request("GET /", {{"Content-Length", "-1"}}))),
               BadRequest);
}

TEST(HttpMessage, PutsTheLengthWhereItBelongs) {
  const Answer answer{.status = 200,
                      .headers = {{"A", "1"}, {"Content-Length", ""}, {"B", "2"}},
                      .body = "text",
                      .reason = {}};
  EXPECT_EQ(serialize(answer), "HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 4\r\nB: 2\r\n\r\ntext");
}

TEST(HttpMessage, FramesWhatHasNoLengthHeader) {
  EXPECT_EQ(serialize({.status = 404, .headers = {}, .body = "x", .reason = {}, .close = true}),
            "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");
  EXPECT_EQ(serialize({.status = 204, .headers = {}, .body = {}, .reason = {}}),
            "HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(serialize({.status = 429, .headers = {}, .body = {}, .reason = ""}),
            "HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\n");
}

TEST(HttpMessage, DecodesPercentAndLeavesWhatIsNone) {
  EXPECT_EQ(percent_decode("%2fa%zz%4"), "/a%zz%4");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
}

TEST(HttpMessage, WritesDatesAsHttpHasThem) {
  EXPECT_EQ(http_date(FakeClock(1668124873).now()), "Fri, 11 Nov 2022 00:01:13 GMT");
}

TEST(HttpMessage, SeesARepeatedName) {
  EXPECT_TRUE(has_repeated_name(parse_form("a=1&b=2&a=3")));
  EXPECT_FALSE(has_repeated_name(parse_form("a=1&A=2")));
}

} // namespace
} // namespace kvrun::emulator
