// SPDX-License-Identifier: MIT
// Where a request goes: --connect-to, and the pool of its route.
#include "tests/unit/azure/transport/wire.hpp"

namespace kvrun::azure {
namespace {

using fakes::Event;
using fakes::Peer;
using Kind = TransportFailure::Kind;

TEST(Pool, KeepsRoutesApart) {
  const fakes::KeyedCertificate certificate = fakes::self_signed("DNS:a");
  fakes::TlsSettings tls;
  tls.identity = certificate;
  Wire wire({answers(fakes::answer("pinned"))}, tls);
  HttpRequest pinned = Wire::get();
  pinned.route.pinned_sha1 = certificate.sha1();
  EXPECT_EQ(wire.body(std::move(pinned)), "pinned");
  EXPECT_EQ(wire.failure().kind, Kind::certificate); // not on the pinned connection
}

TEST(Pool, WaitsForADescriptorOfTheCallersToo) {
  const Event asked;
  const Event readable;
  Wire wire({[&](Peer& peer) {
    ASSERT_TRUE(peer.shake_hands());
    static_cast<void>(peer.read_request());
    readable.set();
    peer.wait_for(asked);
    peer.send(fakes::answer("meanwhile"));
  }});
  PocoTransport& transport = wire.transport();
  const ExchangeId id = transport.start(Wire::get());
  EXPECT_TRUE(transport.wait(transport.now() + k_long, readable.descriptor()));
  asked.set();
  EXPECT_TRUE(transport.next_of(id, transport.now() + k_long).has_value());
}

TEST(ConnectTo, IsForItsHostAndPortAlone) {
  Wire wire({answers(fakes::answer("moved"))});
  wire.options.connect_to = {{"kv1.vault.azure.net", 444, "127.0.0.1", fakes::closed_port()},
                             {"kv2.vault.azure.net", 0, "127.0.0.1", fakes::closed_port()},
                             {"kv1.vault.azure.net", 443, "127.0.0.1", wire.server.port()}};
  EXPECT_EQ(wire.body(), "moved");
  expect_holds(wire.server.requests().front(), "\r\nHost: kv1.vault.azure.net\r\n");
  EXPECT_TRUE(wire.failure(Wire::get("/", "kv2.vault.azure.net")).refused_connection);
}

TEST(ConnectTo, WithoutAHostIsForVaultsAndTrustedHosts) {
  Wire wire({answers(fakes::answer("vault"))});
  Origin own;
  own.host = "localhost";
  own.port = fakes::closed_port();
  wire.options.trusted_hosts = {own};
  HttpRequest request = Wire::get("/", "localhost");
  request.origin = own;
  EXPECT_EQ(wire.failure(std::move(request)).kind, Kind::certificate); // it was dialled there
  HttpRequest other = Wire::get("/", "localhost");
  other.origin.port = fakes::closed_port();
  EXPECT_TRUE(wire.failure(std::move(other)).refused_connection);
}

TEST(ConnectTo, IsNotForPlainHttp) {
  Wire wire({stays});
  wire.options.connect_to = {{"127.0.0.1", 0, "127.0.0.1", wire.server.port()}};
  HttpRequest request = Wire::get("/metadata", "127.0.0.1");
  request.origin.tls = false;
  request.origin.port = fakes::closed_port();
  EXPECT_TRUE(wire.failure(std::move(request)).refused_connection);
}

} // namespace
} // namespace kvrun::azure
