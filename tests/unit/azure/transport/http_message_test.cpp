// SPDX-License-Identifier: MIT
#include "azure/transport/http_message.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kvrun::azure {
namespace {

HttpRequest request() {
  HttpRequest made;
  made.origin.host = "kv1.vault.azure.net";
  made.target = "/secrets/a?api-version=7.4";
  return made;
}

std::string written(const HttpRequest& one) {
  return std::string(write_request(one, "kvrun/1").reveal());
}

TEST(WriteRequest, HasAHostAndNoLengthForAGet) {
  EXPECT_EQ(written(request()),
            "GET /secrets/a?api-version=7.4 HTTP/1.1\r\nHost: kv1.vault.azure.net\r\n"
            "User-Agent: kvrun/1\r\nAccept: application/json\r\n\r\n");
}

TEST(WriteRequest, HasTheLengthOfABodyEvenOfNone) {
  HttpRequest post = request();
  post.method = "POST";
  EXPECT_NE(written(post).find("\r\nContent-Length: 0\r\n\r\n"), std::string::npos);
  post.body = SecretString("a=b");
  EXPECT_TRUE(written(post).ends_with("\r\nContent-Length: 3\r\n\r\na=b"));
}

TEST(WriteRequest, NamesAPortThatIsNotTheSchemes) {
  HttpRequest local = request();
  local.origin = {true, "::1", 8443};
  EXPECT_NE(written(local).find("\r\nHost: [::1]:8443\r\n"), std::string::npos);
}

// poco.md P12: setCredentials("Bearer", "tok\r\nX-Evil: 1") sent the extra header.
TEST(WriteRequest, RefusesAControlCharacterInAHeader) {
  for (const char* value : {"Bearer tok\r\nX-Evil: 1", "Bearer tok\n", "Bearer \x7f", "a\tb"}) {
    HttpRequest evil = request();
    evil.headers.push_back({"Authorization", SecretString(value)});
    EXPECT_THROW(static_cast<void>(write_request(evil, "kvrun/1")), std::logic_error) << value;
  }
  HttpRequest zero = request();
  zero.headers.push_back({"Authorization", SecretString(std::string_view("a\0b", 3))});
  EXPECT_THROW(static_cast<void>(write_request(zero, "kvrun/1")), std::logic_error);
  HttpRequest name = request();
  name.headers.push_back({"X\r\nEvil", SecretString("1")});
  EXPECT_THROW(static_cast<void>(write_request(name, "kvrun/1")), std::logic_error);
}

TEST(WriteRequest, RefusesABlankOrControlCharacterInTheTarget) {
  for (const char* target : {"/a b", "/a\r\nX: 1", "/a\t", "/\x7f"}) {
    HttpRequest evil = request();
    evil.target = target;
    EXPECT_THROW(static_cast<void>(write_request(evil, "kvrun/1")), std::logic_error) << target;
  }
}

TEST(WriteRequest, DoesNotQuoteWhatItRefuses) {
  HttpRequest evil = request();
  evil.headers.push_back({"Authorization", SecretString("Bearer s3cret\r\n")});
  try {
    static_cast<void>(write_request(evil, "kvrun/1"));
    FAIL();
  } catch (const std::logic_error& e) {
    EXPECT_EQ(std::string(e.what()).find("s3cret"), std::string::npos);
  }
}

// ---- reading

struct Outcome {
  bool done = false;
  int status = 0;
  std::string body;
  bool reusable = false;
  std::string error;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << fmt::format("{{done {}, {} '{}', reusable {}, error '{}'}}",
                      outcome.done,
                      outcome.status,
                      outcome.body,
                      outcome.reusable,
                      outcome.error);
}

// Those pieces, then the peer closes.
Outcome read(const std::vector<std::string_view>& pieces, std::string_view method = "GET") {
  ResponseReader reader(method);
  Outcome outcome;
  try {
    for (const std::string_view piece : pieces) {
      reader.take(piece);
    }
    outcome.reusable = reader.reusable();
    outcome.done = reader.close();
    if (outcome.done) {
      const HttpResponse response = reader.release();
      outcome.status = response.status;
      outcome.body = response.body.reveal();
    }
  } catch (const MessageError& e) {
    outcome.error = e.what();
  }
  return outcome;
}

Outcome whole(int status, std::string body, bool reusable) {
  return {true, status, std::move(body), reusable, {}};
}

struct Case {
  const char* text;
  Outcome expected;
};

// RFC 9112 §6.3 and §7.1
const std::vector<Case>& good_cases() {
  static const std::vector<Case> cases{
      {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", whole(200, "body", true)},
      {"HTTP/1.1 200 OK\r\ncontent-length:4\r\n\r\nbody", whole(200, "body", true)},
      {"HTTP/1.1 200 OK\r\nContent-Length:  4 \r\n\r\nbody", whole(200, "body", true)},
      {"HTTP/1.1 429 \r\nContent-Length: 0\r\n\r\n", whole(429, "", true)},
      {"HTTP/1.1 429\r\nContent-Length: 0\r\n\r\n", whole(429, "", true)},
      {"HTTP/1.1 204 No Content\r\n\r\n", whole(204, "", true)},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", whole(304, "", true)},
      {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody",
       whole(200, "body", true)},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody",
       whole(200, "body", false)},
      {"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody", whole(200, "body", false)},
      {"HTTP/1.1 200 OK\r\n\r\nto the end", whole(200, "to the end", false)},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
       whole(200, "body", true)},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
       "2;ext=\"v\"\r\nbo\r\n00A\r\ndy and mor\r\n0\r\nTrailer: t\r\n\r\n",
       whole(200, "body and mor", true)},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"
       "1\r\nx\r\n0\r\n\r\n",
       whole(200, "x", false)},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
       whole(200, "ok", true)},
      {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n",
       whole(200, "ok", false)},
  };
  return cases;
}

TEST(ResponseReader, ReadsWhatIsHttp) {
  for (const Case& one : good_cases()) {
    EXPECT_EQ(read({one.text}), one.expected) << one.text;
  }
}

TEST(ResponseReader, ReadsTheSameHoweverItIsSplit) {
  for (const Case& one : good_cases()) {
    const std::string_view text = one.text;
    for (std::size_t at = 1; at < text.size(); ++at) {
      ASSERT_EQ(read({text.substr(0, at), text.substr(at)}), one.expected)
          << one.text << " at " << at;
    }
    std::vector<std::string_view> bytes;
    for (std::size_t at = 0; at < text.size(); ++at) {
      bytes.push_back(text.substr(at, 1));
    }
    EXPECT_EQ(read(bytes), one.expected) << one.text;
  }
}

TEST(ResponseReader, NeverTakesABeginningForTheWhole) {
  for (const Case& one : good_cases()) {
    const std::string_view text = one.text;
    const std::size_t last =
        text.find("okHTTP") != std::string_view::npos ? text.find("okHTTP") + 2 : text.size();
    const bool to_the_end = text.ends_with("to the end");
    const std::size_t body = text.rfind("\r\n\r\n") + 4;
    for (std::size_t at = 0; at < (to_the_end ? body : last); ++at) {
      const Outcome outcome = read({text.substr(0, at)});
      EXPECT_FALSE(outcome.done) << one.text << " up to " << at;
      EXPECT_EQ(outcome.error, "") << one.text << " up to " << at;
    }
  }
}

TEST(ResponseReader, RefusesWhatIsNoHttp) {
  for (const char* text : {
           "<html>\r\n\r\n",
           "HTTP/2 200 OK\r\n\r\n",
           "HTTP/1.1 abc OK\r\n\r\n",
           "HTTP/1.1 99 OK\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nbody",
           "HTTP/1.1 200 OK\r\nContent-Length: 4, 4\r\n\r\nbody",
           "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nbody",
           "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
           "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x4\r\nbody\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbodymore\r\n",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
       }) {
    EXPECT_NE(read({text}).error, "") << text;
  }
}

// Rather than wait for the end of a header that is none.
TEST(ResponseReader, RefusesAnotherProtocolAtItsFirstByte) {
  for (const char* text : {"S", "HTTPS", "HTTP/2", "\x15\x03\x03", "\n"}) {
    EXPECT_NE(read({text}).error, "") << text;
  }
}

TEST(ResponseReader, NeverQuotesTheAnswer) {
  for (const char* text : {"s3cret\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: s3cret\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\ns3cret\r\n"}) {
    EXPECT_EQ(read({text}).error.find("s3cret"), std::string::npos) << text;
  }
}

TEST(ResponseReader, KeepsNoBodyWhereThereIsNone) {
  EXPECT_EQ(read({"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"}, "HEAD"), whole(200, "", true));
}

TEST(ResponseReader, KeepsHeadersInLowerCaseAndInOrder) {
  ResponseReader reader("GET");
  reader.take("HTTP/1.1 200 OK\r\nX-Two: a\r\nWWW-Authenticate: one\r\nContent-Length: 0\r\n"
              "www-authenticate: two\r\n\r\n");
  const HttpResponse response = reader.release();
  EXPECT_EQ(response.header("x-two"), "a");
  EXPECT_EQ(response.all_headers("www-authenticate"),
            (std::vector<std::string_view>{"one", "two"}));
  EXPECT_EQ(response.header("absent"), "");
}

TEST(ResponseReader, BoundsTheHeader) {
  const std::string filler(k_most_head, 'h');
  EXPECT_NE(read({"HTTP/1.1 200 OK\r\nX: ", filler}).error.find("over 64 KiB"), std::string::npos);
  EXPECT_NE(read({"HTTP/1.1 200 OK\r\nX: ", filler, "\r\n\r\n"}).error, "");
}

TEST(ResponseReader, BoundsTheBodyToTheByte) {
  const std::string full(k_most_body, 'b');
  const auto with_length = [&](std::size_t length, const std::string& body) {
    return read({fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", length), body});
  };
  EXPECT_EQ(with_length(k_most_body, full), whole(200, full, true));
  EXPECT_NE(with_length(k_most_body + 1, "").error, "");
  const std::string chunk = fmt::format("{:x}\r\n{}\r\n", full.size(), full);
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(read({chunked, chunk, "0\r\n\r\n"}), whole(200, full, true));
  EXPECT_NE(read({chunked, chunk, "1\r\nx\r\n"}).error, "");
  EXPECT_EQ(read({"HTTP/1.1 200 OK\r\n\r\n", full}), whole(200, full, false));
  EXPECT_NE(read({"HTTP/1.1 200 OK\r\n\r\n", full, "x"}).error, "");
}

TEST(ResponseReader, BoundsTheFraming) {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_NE(read({chunked, "1;" + std::string(5000, 'e')}).error, "");
  std::string trailers = "0\r\n";
  for (int i = 0; i < 40; ++i) {
    trailers += "T: " + std::string(2000, 't') + "\r\n";
  }
  EXPECT_NE(read({chunked, trailers}).error, "");
}

TEST(ResponseReader, TellsHowFarItCame) {
  ResponseReader reader("GET");
  EXPECT_FALSE(reader.begun());
  EXPECT_EQ(reader.progress(), "before it said anything");
  reader.take("HTTP/1.1 200 OK\r\n");
  EXPECT_TRUE(reader.begun());
  EXPECT_EQ(reader.progress(), "in the middle of its header");
  reader.take("Content-Length: 10\r\n\r\n123");
  EXPECT_EQ(reader.progress(), "after 3 of 10 bytes of the body");
}

} // namespace
} // namespace kvrun::azure
