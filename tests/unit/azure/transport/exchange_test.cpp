// SPDX-License-Identifier: MIT
// What becomes of a request once there is a connection: poco.md P6 to P9.
#include "tests/unit/azure/transport/wire.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>

namespace kvrun::azure {
namespace {

using fakes::Event;
using fakes::Peer;
using Kind = TransportFailure::Kind;

// Reads one request and does that.
fakes::ScriptedServer::Script after_a_request(std::function<void(Peer&)> act) {
  return [act = std::move(act)](Peer& peer) {
    if (peer.shake_hands() && !peer.read_request().empty()) {
      act(peer);
    }
  };
}

HttpRequest post() {
  HttpRequest request = Wire::get();
  request.method = "POST";
  request.body = SecretString("a=b");
  return request;
}

// P6: Poco's sockets would be inherited by the command.
TEST(Exchange, LeavesNoDescriptorForTheCommand) {
  Wire wire({answers(fakes::answer("x"))});
  EXPECT_EQ(wire.body(), "x");
  EXPECT_EQ(wire.body(), "x");
  int sockets = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename().string());
    struct stat status {};
    if (::fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode)) {
      ++sockets;
      EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC) << fd;
    }
  }
  EXPECT_GE(sockets, 3); // the server's two and the transport's
}

// P7: a peer that says something now and then is bounded by the whole, not by silence.
TEST(Exchange, ThatDripsEndsAtItsLimit) {
  Wire wire({after_a_request([](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    peer.drip(std::string(100000, 'x'));
  })});
  HttpRequest request = Wire::get();
  request.limit = k_short;
  const TransportFailure failure = wire.failure(std::move(request));
  EXPECT_EQ(failure.kind, Kind::unreachable);
  EXPECT_EQ(failure.message, "kv1.vault.azure.net: not done within 0.3 s");
  EXPECT_TRUE(failure.connected);
}

TEST(Exchange, ThatDripsEndsAtTheDeadline) {
  Wire wire({after_a_request([](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    peer.drip(std::string(100000, 'x'));
  })});
  PocoTransport& transport = wire.transport();
  const HttpResult result =
      transport.send(Wire::get(), Deadline::after(transport.now(), 2 * k_short));
  ASSERT_TRUE(std::holds_alternative<TransportFailure>(result));
  EXPECT_EQ(std::get<TransportFailure>(result).message,
            "kv1.vault.azure.net did not answer before the deadline");
}

TEST(Exchange, ThatIsSilentEndsAtItsPatience) {
  for (const char* said : {"", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nx"}) {
    Wire wire({after_a_request([&](Peer& peer) {
      peer.send(said);
      peer.wait_for_hangup();
    })});
    HttpRequest request = Wire::get();
    request.patience = k_short;
    const TransportFailure failure = wire.failure(std::move(request));
    EXPECT_EQ(failure.kind, Kind::unreachable);
    expect_holds(failure.message, "silent for 0.3 s");
    EXPECT_TRUE(failure.connected);
  }
}

// P8: with Poco's stream a truncated body is a short value without an error.
TEST(Exchange, ThatIsCutShortIsNeverAShortSecret) {
  for (const char* said : {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nsho",
                           "HTTP/1.1 200 OK\r\nContent-Le",
                           ""}) {
    for (const bool notify : {false, true}) {
      Wire wire({after_a_request([&](Peer& peer) {
        peer.send(said);
        notify ? peer.close() : peer.cut();
      })});
      const TransportFailure failure = wire.failure();
      EXPECT_EQ(failure.kind, Kind::unreachable) << said << failure.message;
      EXPECT_TRUE(failure.connected) << said << failure.message;
      expect_lacks(failure.message, "short");
      EXPECT_EQ(wire.requests(), 1U) << said;
    }
  }
}

TEST(Exchange, WithoutALengthEndsOnlyWithTheEndOfTls) {
  for (const bool notify : {true, false}) {
    Wire wire({after_a_request([&](Peer& peer) {
      peer.send("HTTP/1.1 200 OK\r\n\r\nto the end");
      notify ? peer.close() : peer.cut();
    })});
    if (notify) {
      EXPECT_EQ(wire.body(), "to the end");
    } else {
      EXPECT_EQ(wire.failure().kind, Kind::unreachable);
    }
  }
}

TEST(Exchange, TellsHowFarAnAnswerCame) {
  Wire wire({after_a_request([](Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n12345");
    peer.close();
  })});
  EXPECT_EQ(wire.failure().message,
            "kv1.vault.azure.net: the connection was closed after 5 of 100 bytes of the body");
}

TEST(Exchange, ThatIsResetCanBeTriedAgain) {
  Wire wire({after_a_request([](Peer& peer) { peer.reset(); })});
  const TransportFailure failure = wire.failure();
  EXPECT_TRUE(failure.retryable()) << failure.message;
  EXPECT_FALSE(failure.refused_connection);
  EXPECT_TRUE(failure.connected);
}

TEST(Exchange, ThatIsNoHttpIsRefusedAtOnceAndNotQuoted) {
  for (const char* said : {"<html>s3cret</html>", "220 s3cret ESMTP\r\n", "HTTP/2 200\r\n\r\n"}) {
    Wire wire({after_a_request([&](Peer& peer) {
      peer.send(said);
      peer.wait_for_hangup();
    })});
    const TransportFailure failure = wire.failure();
    EXPECT_EQ(failure.kind, Kind::protocol) << failure.message;
    expect_lacks(failure.message, "s3cret");
  }
}

// key-vault.md B08
TEST(Exchange, OverItsBoundIsRefusedWhileItIsRead) {
  for (const char* head : {"HTTP/1.1 200 OK\r\nContent-Length: 2097152\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n",
                           "HTTP/1.1 200 OK\r\n\r\n"}) {
    Wire wire({after_a_request([&](Peer& peer) {
      peer.send(head);
      peer.send(std::string(2097152, ' '));
      peer.wait_for_hangup();
    })});
    const TransportFailure failure = wire.failure();
    EXPECT_EQ(failure.kind, Kind::protocol) << failure.message;
    expect_holds(failure.message, "its body is over 1 MiB");
  }
}

TEST(Exchange, TakesChunksAndPiecesAsTheyCome) {
  Wire wire({after_a_request([](Peer& peer) {
    peer.drip(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\npi\r\n3\r\nece\r\n0\r\n\r\n");
  })});
  EXPECT_EQ(wire.body(), "piece");
}

TEST(Exchange, ComesInOneRecordAndLargerThanAny) {
  const std::string large(100'000, 'v');
  Wire wire({answers(fakes::answer(large))});
  EXPECT_EQ(wire.body(), large);
}

TEST(Exchange, SendsALargeBody) {
  Wire wire({answers(fakes::answer("taken"))});
  HttpRequest request = post();
  request.body = SecretString(std::string(900'000, 'b'));
  EXPECT_EQ(wire.body(std::move(request)), "taken");
  EXPECT_GT(wire.server.requests().front().size(), 900'000U);
}

TEST(Exchange, FollowsNoRedirect) {
  Wire wire({answers("HTTP/1.1 302 Found\r\nLocation: https://kv2.vault.azure.net/\r\n"
                     "Content-Length: 0\r\n\r\n")});
  const HttpResult result = wire.fetch();
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(result));
  EXPECT_EQ(std::get<HttpResponse>(result).status, 302);
  EXPECT_EQ(wire.requests(), 1U);
}

TEST(Exchange, OverPlainHttpNeedsNoTls) {
  Wire wire({[](Peer& peer) {
    static_cast<void>(peer.read_request());
    peer.send(fakes::answer("plain"));
  }});
  HttpRequest request = Wire::get("/metadata", "127.0.0.1");
  request.origin.tls = false;
  request.origin.port = wire.server.port();
  EXPECT_EQ(wire.body(std::move(request)), "plain");
}

TEST(Exchange, ThatIsCancelledNeverCompletes) {
  const Event release;
  Wire wire({after_a_request([&](Peer& peer) {
               peer.wait_for(release);
               peer.send(fakes::answer("unwanted"));
             }),
             answers(fakes::answer("wanted"))});
  PocoTransport& transport = wire.transport();
  const ExchangeId id = transport.start(Wire::get("/secrets/unwanted"));
  wire.turn_until([&] { return wire.requests() == 1; });
  transport.cancel(id);
  release.set();
  EXPECT_EQ(wire.body(), "wanted");
  EXPECT_FALSE(transport.next(transport.now()).has_value());
}

// ---- P9: kept-alive connections that the peer has closed

TEST(KeptAlive, ConnectionIsUsedAgain) {
  Wire wire({answers(fakes::answer("again"))});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(wire.body(), "again");
  }
  EXPECT_EQ(wire.server.connections(), 1U);
}

TEST(KeptAlive, IsNotWhatTheServerCloses) {
  for (const char* close : {"Connection: close\r\n", "connection: Close\r\n"}) {
    Wire wire({answers(fakes::answer("bye", close))});
    EXPECT_EQ(wire.body(), "bye");
    EXPECT_EQ(wire.body(), "bye");
    EXPECT_EQ(wire.server.connections(), 2U);
  }
}

TEST(KeptAlive, IsNotWhatSaysMoreThanItsAnswer) {
  Wire wire({answers(fakes::answer("one") + fakes::answer("smuggled"))});
  EXPECT_EQ(wire.body(), "one");
  EXPECT_EQ(wire.body(), "one");
  EXPECT_EQ(wire.server.connections(), 2U);
}

// Answers the first request, and closes when the second one comes.
void closes_on_the_second(Peer& peer) {
  if (peer.shake_hands() && !peer.read_request().empty()) {
    peer.send(fakes::answer("first"));
    static_cast<void>(peer.read_request());
    peer.cut();
  }
}

TEST(KeptAlive, AndClosedIsReplacedForAGet) {
  Wire wire({closes_on_the_second, answers(fakes::answer("fresh"))});
  EXPECT_EQ(wire.body(), "first");
  EXPECT_EQ(wire.body(), "fresh");
  EXPECT_EQ(wire.server.connections(), 2U);
  EXPECT_EQ(wire.requests(), 3U);
}

TEST(KeptAlive, AndClosedIsReplacedOnceOnly) {
  Wire wire({closes_on_the_second, after_a_request([](Peer& peer) { peer.cut(); })});
  EXPECT_EQ(wire.body(), "first");
  EXPECT_EQ(wire.failure().kind, Kind::unreachable);
  EXPECT_EQ(wire.server.connections(), 2U);
}

TEST(KeptAlive, AndClosedIsNotReplacedForAPost) {
  Wire wire({closes_on_the_second, answers(fakes::answer("posted twice"))});
  EXPECT_EQ(wire.body(), "first");
  EXPECT_EQ(wire.failure(post()).kind, Kind::unreachable);
  EXPECT_EQ(wire.server.connections(), 1U);
}

TEST(KeptAlive, AndCutInTheAnswerIsNotReplaced) {
  Wire wire({[](Peer& peer) {
               ASSERT_TRUE(peer.shake_hands());
               static_cast<void>(peer.read_request());
               peer.send(fakes::answer("first"));
               static_cast<void>(peer.read_request());
               peer.send("HTTP/1.1 200 OK\r\n");
               peer.cut();
             },
             answers(fakes::answer("asked twice"))});
  EXPECT_EQ(wire.body(), "first");
  EXPECT_EQ(wire.failure().kind, Kind::unreachable);
  EXPECT_EQ(wire.server.connections(), 1U);
}

TEST(KeptAlive, AndClosedIsNotReplacedByAnotherOldOne) {
  const Event two;
  const auto held = [&](Peer& peer) {
    if (peer.number() == 1) {
      two.set();
    }
    ASSERT_TRUE(peer.shake_hands());
    static_cast<void>(peer.read_request());
    peer.wait_for(two);
    peer.send(fakes::answer("first"));
    static_cast<void>(peer.read_request());
    peer.cut();
  };
  Wire wire({held, held, answers(fakes::answer("fresh"))});
  PocoTransport& transport = wire.transport();
  transport.start(Wire::get());
  transport.start(Wire::get());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(transport.next(transport.now() + k_long).has_value());
  }
  ASSERT_EQ(wire.server.connections(), 2U);
  EXPECT_EQ(wire.body(), "fresh");
}

// A server's close is seen before the request is written where there was time to see it.
TEST(KeptAlive, AndSilentlyClosedIsNotUsed) {
  const Event closed;
  Wire wire({[&](Peer& peer) {
               ASSERT_TRUE(peer.shake_hands());
               static_cast<void>(peer.read_request());
               peer.send(fakes::answer("first"));
               peer.cut();
               closed.set();
             },
             answers(fakes::answer("fresh"))});
  EXPECT_EQ(wire.body(), "first");
  wire.turn_until([&] { return closed.is_set(); });
  EXPECT_EQ(wire.body(), "fresh");
  EXPECT_EQ(wire.requests(), 2U);
}

} // namespace
} // namespace kvrun::azure
