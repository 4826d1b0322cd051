// SPDX-License-Identifier: MIT
// Who is spoken to: poco.md P1 to P4, P10 and P17, rules T5.
#include "tests/unit/azure/transport/wire.hpp"

namespace kvrun::azure {
namespace {

using fakes::Event;
using fakes::Lifetime;
using fakes::Peer;
using fakes::TlsSettings;
using Kind = TransportFailure::Kind;

// Reads on whatever became of the handshake, so that a request that was sent is seen.
void take_anything(Peer& peer) {
  static_cast<void>(peer.shake_hands());
  static_cast<void>(peer.read_request());
}

void expect_refused_certificate(Wire& wire, std::string_view reason, HttpRequest request) {
  const TransportFailure failure = wire.failure(std::move(request));
  EXPECT_EQ(failure.kind, Kind::certificate);
  EXPECT_FALSE(failure.retryable());
  EXPECT_EQ(failure.error().kind(), ErrorKind::refused);
  expect_holds(failure.message, reason);
  EXPECT_EQ(wire.requests(), 0U);
}

TlsSettings shows(fakes::KeyedCertificate certificate) {
  TlsSettings tls;
  tls.identity = std::move(certificate);
  return tls;
}

class Certificate : public testing::Test {
protected:
  // A transport that trusts our authority, and a server that shows what it issued.
  static void refuse(std::string_view reason,
                     const std::string& names,
                     Lifetime lifetime = Lifetime::now,
                     HttpRequest request = Wire::get()) {
    const fakes::Authority authority;
    Wire wire({take_anything}, shows(authority.issue(names, lifetime)));
    wire.options.roots.pem = authority.pem();
    expect_refused_certificate(wire, reason, std::move(request));
  }
};

TEST(Tls, SendsTheRequestToTheHostThatProvedItsName) {
  std::string name;
  Wire wire({[&](Peer& peer) {
    ASSERT_TRUE(peer.shake_hands());
    name = peer.server_name();
    static_cast<void>(peer.read_request());
    peer.send(fakes::answer("yes"));
  }});
  EXPECT_EQ(wire.body(), "yes");
  EXPECT_EQ(name, k_host);
  ASSERT_EQ(wire.requests(), 1U);
  EXPECT_EQ(wire.server.requests().front(),
            "GET /secrets/a HTTP/1.1\r\nHost: kv1.vault.azure.net\r\nUser-Agent: kvrun/test\r\n"
            "Accept: application/json\r\nAuthorization: Bearer t0ken\r\n\r\n");
}

// P1: Poco compares the name only after SSL_connect() has returned, and not at all when it had to
// wait.
TEST(Tls, RefusesAnotherNameHoweverLongTheHandshakeStalls) {
  const Event release;
  const fakes::Authority authority;
  Wire wire({[&](Peer& peer) {
              peer.wait_for(release);
              take_anything(peer);
            }},
            shows(authority.issue("DNS:other.example")));
  wire.options.roots.pem = authority.pem();
  PocoTransport& transport = wire.transport();
  const ExchangeId id = transport.start(Wire::get());
  EXPECT_FALSE(transport.next_of(id, transport.now() + k_short).has_value());
  release.set();
  const auto done = transport.next_of(id, transport.now() + k_long);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(std::get<TransportFailure>(done->result).kind, Kind::certificate);
  expect_holds(std::get<TransportFailure>(done->result).message, "hostname mismatch");
  EXPECT_EQ(wire.requests(), 0U);
}

TEST(Tls, GoesOnAfterAHandshakeThatStalled) {
  const Event release;
  Wire wire({[&](Peer& peer) {
    peer.wait_for(release);
    answers(fakes::answer("late"))(peer);
  }});
  PocoTransport& transport = wire.transport();
  const ExchangeId id = transport.start(Wire::get());
  EXPECT_FALSE(transport.next_of(id, transport.now() + k_short).has_value());
  release.set();
  const auto done = transport.next_of(id, transport.now() + k_long);
  ASSERT_TRUE(done.has_value());
  EXPECT_EQ(std::get<HttpResponse>(done->result).body.reveal(), "late");
}

TEST(Tls, GivesUpAHandshakeThatStaysSilent) {
  Wire wire({[](Peer& peer) { peer.wait_for_hangup(); }});
  HttpRequest request = Wire::get();
  request.patience = k_short;
  const TransportFailure failure = wire.failure(std::move(request));
  EXPECT_TRUE(failure.retryable());
  EXPECT_EQ(failure.message, "kv1.vault.azure.net: silent for 0.3 s in the TLS handshake");
  EXPECT_TRUE(failure.connected);
}

TEST(Tls, GivesUpAHandshakeThatStopsInTheMiddle) {
  // The head of a handshake record whose rest never comes.
  Wire wire({[](Peer& peer) {
    peer.send_raw(std::string_view("\x16\x03\x03\x00\x7a\x02\x00", 7));
    peer.wait_for_hangup();
  }});
  HttpRequest request = Wire::get();
  request.patience = k_short;
  const TransportFailure failure = wire.failure(std::move(request));
  EXPECT_TRUE(failure.retryable());
  expect_holds(failure.message, "in the TLS handshake");
}

TEST(Tls, TakesAClosedOrResetHandshakeForUnreachable) {
  for (const bool reset : {false, true}) {
    Wire wire({[&](Peer& peer) { reset ? peer.reset() : peer.cut(); }});
    const TransportFailure failure = wire.failure();
    EXPECT_EQ(failure.kind, Kind::unreachable) << failure.message;
    EXPECT_EQ(wire.server.connections(), 1U);
  }
}

// P2: with VERIFY_RELAXED Poco skips the name of whatever resolves to loopback.
TEST_F(Certificate, OfAnotherNameIsRefusedOnLoopbackToo) {
  const fakes::Authority authority;
  Wire wire({take_anything}, shows(authority.issue("DNS:other.example")));
  wire.options.roots.pem = authority.pem();
  wire.options.connect_to.clear();
  HttpRequest request = Wire::get("/secrets/a", "localhost");
  request.origin.port = wire.server.port();
  expect_refused_certificate(wire, "hostname mismatch", std::move(request));
}

// P3: the name is the host's, never the address that was dialled.
TEST_F(Certificate, OfTheDialledAddressIsNotTheHosts) {
  refuse("hostname mismatch", "IP:127.0.0.1");
}

TEST_F(Certificate, OfAnAddressIsForThatAddress) {
  const fakes::Authority authority;
  Wire wire({answers(fakes::answer("numeric"))}, shows(authority.issue("IP:127.0.0.1")));
  wire.options.roots.pem = authority.pem();
  wire.options.connect_to.clear();
  HttpRequest request = Wire::get("/secrets/a", "127.0.0.1");
  request.origin.port = wire.server.port();
  EXPECT_EQ(wire.body(std::move(request)), "numeric");
}

TEST_F(Certificate, OfASimilarNameIsRefused) {
  for (const char* names : {"DNS:evilkv1.vault.azure.net",
                            "DNS:vault.azure.net",
                            "DNS:k*.vault.azure.net",
                            "DNS:*.azure.net",
                            "DNS:kv1.vault.azure.net.example"}) {
    SCOPED_TRACE(names);
    refuse("hostname mismatch", names);
  }
}

TEST_F(Certificate, ThatIsOverIsRefused) {
  refuse("certificate has expired", "DNS:kv1.vault.azure.net", Lifetime::over);
}

// P4: nothing is asked, and the reason is told.
TEST_F(Certificate, OfAnUnknownAuthorityIsRefusedWithAHint) {
  Wire wire({take_anything});
  const fakes::Authority another("another authority");
  wire.options.roots.pem = another.pem();
  const TransportFailure failure = wire.failure();
  EXPECT_EQ(failure.kind, Kind::certificate);
  expect_holds(failure.message, "unable to get local issuer certificate");
  expect_holds(failure.hint, "--ca-file");
  expect_holds(failure.hint, "ca-certificates");
  EXPECT_EQ(wire.requests(), 0U);
}

TEST_F(Certificate, ThatIsSelfSignedIsRefused) {
  Wire wire({take_anything}, shows(fakes::self_signed("DNS:kv1.vault.azure.net")));
  const TransportFailure failure = wire.failure();
  EXPECT_EQ(failure.kind, Kind::certificate);
  expect_holds(failure.message, "self");
  EXPECT_EQ(wire.requests(), 0U);
}

TEST_F(Certificate, WithAPinIsTakenByItsThumbprintAlone) {
  const fakes::KeyedCertificate certificate = fakes::self_signed("DNS:other.example");
  Wire wire({answers(fakes::answer("pinned"))}, shows(certificate));
  HttpRequest request = Wire::get();
  request.route.pinned_sha1 = certificate.sha1();
  EXPECT_EQ(wire.body(std::move(request)), "pinned");
}

TEST_F(Certificate, WithAnotherThumbprintThanThePinIsRefused) {
  const fakes::Authority authority;
  Wire wire({take_anything}, shows(authority.issue("DNS:*.vault.azure.net")));
  wire.options.roots.pem = authority.pem();
  HttpRequest request = Wire::get();
  request.route.pinned_sha1 = fakes::self_signed("DNS:*.vault.azure.net").sha1();
  expect_refused_certificate(wire, "thumbprint", std::move(request));
}

TEST_F(Certificate, OfARouteIsForItsNameAndItsRootsAlone) {
  const fakes::Authority authority;
  Wire wire({answers(fakes::answer("routed"))}, shows(authority.issue("DNS:proxy.cluster")));
  HttpRequest request = Wire::get();
  request.route.only_roots = authority.pem();
  request.route.tls_name = "proxy.cluster";
  EXPECT_EQ(wire.body(std::move(request)), "routed");
  HttpRequest other = Wire::get();
  other.route.only_roots = fakes::Authority("another").pem();
  other.route.tls_name = "proxy.cluster";
  EXPECT_EQ(wire.failure(std::move(other)).kind, Kind::certificate);
}

// P17
TEST(Tls, RefusesOlderVersionsThan12) {
  TlsSettings tls;
  tls.most_version = TLS1_1_VERSION;
  tls.ciphers = "ALL:@SECLEVEL=0"; // else OpenSSL itself would not speak it
  Wire wire({take_anything}, tls);
  const TransportFailure failure = wire.failure();
  EXPECT_EQ(failure.kind, Kind::tls) << failure.message;
  EXPECT_EQ(failure.error().kind(), ErrorKind::refused);
  expect_holds(failure.hint, "TLS 1.2");
  EXPECT_EQ(wire.requests(), 0U);
}

TEST(Tls, Speaks12And13) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsSettings tls;
    tls.most_version = version;
    Wire wire({answers(fakes::answer("spoken"))}, tls);
    EXPECT_EQ(wire.body(), "spoken");
  }
}

TEST(Tls, RefusesCiphersWithoutAuthenticatedEncryption) {
  TlsSettings tls;
  tls.most_version = TLS1_2_VERSION;
  tls.ciphers = "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384";
  Wire wire({take_anything}, tls);
  EXPECT_EQ(wire.failure().kind, Kind::tls);
  EXPECT_EQ(wire.requests(), 0U);
}

TEST(Tls, RefusesWhatSpeaksNone) {
  for (const char* bytes : {"HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n"}) {
    Wire wire({[&](Peer& peer) {
      peer.send_raw(bytes);
      peer.wait_for_hangup();
    }});
    const TransportFailure failure = wire.failure();
    EXPECT_EQ(failure.kind, Kind::tls) << failure.message;
    expect_lacks(failure.message, "OpenSSH");
  }
}

// P10: Poco's what() is only the class name.
TEST(Tls, TellsMoreThanTheNameOfAnException) {
  Wire wire({[](Peer& peer) { peer.send_raw("HTTP/1.1 400 Bad Request\r\n\r\n"); }});
  const TransportFailure failure = wire.failure();
  expect_lacks(failure.message, "xception");
  expect_holds(failure.message, "kv1.vault.azure.net: TLS failed: wrong version number");
}

// OpenSSL's queue of errors is the thread's.
TEST(Tls, DoesNotTakeOneConnectionsFailureForAnothers) {
  const Event release;
  Wire wire({[&](Peer& peer) {
               ASSERT_TRUE(peer.shake_hands());
               static_cast<void>(peer.read_request());
               peer.wait_for(release);
               peer.send(fakes::answer("untouched"));
             },
             [](Peer& peer) { peer.send_raw("no TLS at all\r\n"); }});
  PocoTransport& transport = wire.transport();
  const ExchangeId first = transport.start(Wire::get("/secrets/first"));
  wire.turn_until([&] { return wire.requests() == 1; });
  const ExchangeId second = transport.start(Wire::get("/secrets/second", "kv2.vault.azure.net"));
  const auto failed = transport.next_of(second, transport.now() + k_long);
  ASSERT_TRUE(failed.has_value());
  EXPECT_EQ(std::get<TransportFailure>(failed->result).kind, Kind::tls);
  release.set();
  const auto good = transport.next_of(first, transport.now() + k_long);
  ASSERT_TRUE(good.has_value());
  ASSERT_TRUE(std::holds_alternative<HttpResponse>(good->result));
  EXPECT_EQ(std::get<HttpResponse>(good->result).body.reveal(), "untouched");
}

} // namespace
} // namespace kvrun::azure
