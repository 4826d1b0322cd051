// SPDX-License-Identifier: MIT
// How many connections there are, and which is used; poco.md P13.
#include "tests/unit/azure/transport/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <iterator>

namespace kvrun::azure {
namespace {

using fakes::Event;
using fakes::Peer;
using Kind = TransportFailure::Kind;

Address loopback(std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Address address;
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

Target vm_at(std::vector<Address> addresses) {
  Target target;
  target.origin = {false, "vm.example", 80};
  target.addresses = std::move(addresses);
  return target;
}

// A plain connection to the first of these that answers, as far as it comes.
std::unique_ptr<Connection> dial(std::vector<Address> addresses) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  auto connection = std::make_unique<Connection>(vm_at(std::move(addresses)), now());
  const TimePoint end = now() + k_long;
  while (connection->state() < Connection::State::ready && now() < end) {
    std::vector<pollfd> descriptors;
    connection->watch(descriptors);
    ::poll(descriptors.data(), descriptors.size(), 10);
    connection->step(now());
  }
  return connection;
}

void stays(Peer& peer) {
  peer.wait_for_hangup();
}

TEST(Dialling, GoesOnToTheNextAddressWhenOneRefuses) {
  fakes::ScriptedServer server({}, {stays});
  const auto connection = dial({loopback(fakes::closed_port()), loopback(server.port())});
  EXPECT_EQ(connection->state(), Connection::State::ready);
  EXPECT_EQ(connection->peer(), loopback(server.port()).text());
}

TEST(Dialling, GoesOnToTheNextAddressWhenOneIsSilent) {
  fakes::ScriptedServer server({}, {stays});
  const fakes::SilentAddress silent;
  const auto connection = dial({loopback(silent.port()), loopback(server.port())});
  EXPECT_EQ(connection->state(), Connection::State::ready);
  EXPECT_EQ(connection->peer(), loopback(server.port()).text());
}

TEST(Dialling, TellsOfEveryAddressThatRefused) {
  const Address first = loopback(fakes::closed_port());
  const Address second = loopback(fakes::closed_port());
  const auto connection = dial({first, second});
  ASSERT_EQ(connection->state(), Connection::State::failed);
  EXPECT_TRUE(connection->failure().refused_connection);
  EXPECT_FALSE(connection->failure().connected);
  EXPECT_TRUE(connection->failure().retryable());
  expect_holds(connection->failure().message, first.text() + ": connection refused");
  expect_holds(connection->failure().message, second.text() + ": connection refused");
}

TEST(Dialling, KnowsOneThatWasTakenAndResetAtOnce) {
  const Event reset;
  fakes::ScriptedServer server({}, {[&](Peer& peer) {
                                 peer.reset();
                                 reset.set();
                               }});
  const TimePoint now = std::chrono::steady_clock::now();
  Connection connection(vm_at({loopback(server.port())}), now);
  pollfd ended{reset.descriptor(), POLLIN, 0};
  ASSERT_EQ(::poll(&ended, 1, static_cast<int>(Milliseconds(k_long).count())), 1);
  connection.step(now);
  ASSERT_EQ(connection.state(), Connection::State::failed);
  EXPECT_FALSE(connection.failure().refused_connection);
  EXPECT_TRUE(connection.failure().connected);
}

TEST(Dialling, FailsWithoutAnAddress) {
  const auto connection = dial({});
  ASSERT_EQ(connection->state(), Connection::State::failed);
  EXPECT_FALSE(connection->failure().refused_connection);
}

// ---- the pool

// A thread looks names up: it may be done between the moment when the pool looks and that when it
// waits.
TEST(Pool, WaitsForALookUpThatEndedUnseen) {
  PoolPlan plan;
  plan.origin = {false, "kv1.vault.azure.net", 80};
  plan.dial_host = "127.1"; // an address to getaddrinfo alone
  plan.dial_port = fakes::closed_port();
  Pool pool(plan);
  pool.expect(1, std::chrono::steady_clock::now());
  for (int i = 0; i < 2; ++i) { // at first it may be under way, then it is over
    std::vector<pollfd> descriptors;
    pool.watch(descriptors);
    ASSERT_FALSE(descriptors.empty());
    EXPECT_EQ(::poll(descriptors.data(), descriptors.size(), 30'000), 1);
  }
}

TEST(Pool, UsesTheConnectionThatWasPrepared) {
  const Event shaken;
  Wire wire({[&](Peer& peer) {
    ASSERT_TRUE(peer.shake_hands());
    shaken.set();
    static_cast<void>(peer.read_request());
    peer.send(fakes::answer("warm"));
    peer.wait_for_hangup();
  }});
  wire.transport().prepare(Wire::get().origin, 1);
  wire.turn_until([&] { return shaken.is_set(); });
  EXPECT_EQ(wire.body(), "warm");
  EXPECT_EQ(wire.server.connections(), 1U);
}

// Requests that wait for a slow service get more connections, and never more than the limit.
TEST(Pool, GrowsToItsLimitWhenTheServiceIsSlow) {
  constexpr std::size_t limit = 3;
  const Event full;
  Wire wire({[&](Peer& peer) {
    ASSERT_TRUE(peer.shake_hands());
    if (peer.number() + 1 == limit) {
      full.set();
    }
    while (!peer.read_request().empty()) {
      peer.wait_for(full);
      peer.send(fakes::answer("slow"));
    }
  }});
  wire.options.parallel = limit;
  PocoTransport& transport = wire.transport();
  constexpr int requests = 12;
  for (int i = 0; i < requests; ++i) {
    transport.start(Wire::get());
  }
  for (int i = 0; i < requests; ++i) {
    const auto done = transport.next(transport.now() + k_long);
    ASSERT_TRUE(done.has_value());
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(done->result));
  }
  EXPECT_EQ(wire.server.connections(), limit);
  EXPECT_EQ(wire.requests(), 12U);
}

TEST(Pool, OpensNoConnectionForRequestsThatAnotherServesInTime) {
  Wire wire({answers(fakes::answer("quick"))});
  wire.options.parallel = 8;
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(wire.body(), "quick");
  }
  EXPECT_EQ(wire.server.connections(), 1U);
}

// Goes on until that is so, at a time that stands still, and wakes for the event too.
template <typename Condition>
void turn_until(Pool& pool, TimePoint now, const Event& event, const Condition& so) {
  std::deque<Completion> ended;
  for (pool.step(now, ended); !so(); pool.step(now, ended)) {
    std::vector<pollfd> descriptors{{event.descriptor(), POLLIN, 0}};
    pool.watch(descriptors);
    ASSERT_GT(::poll(descriptors.data(), descriptors.size(), 30'000), 0) << "it never came";
  }
}

PoolPlan plan_for(const fakes::ScriptedServer& server, const fakes::Authority& authority) {
  PoolPlan plan;
  plan.origin.host = k_host;
  plan.dial_host = "127.0.0.1";
  plan.dial_port = server.port();
  plan.roots.pem = authority.pem();
  plan.limit = 64;
  return plan;
}

std::size_t connections_in_use(const Pool& pool) {
  std::vector<pollfd> descriptors;
  pool.watch(descriptors);
  return descriptors.size();
}

// Its silence tells that it is far away, a round trip before its answer could.
TEST(Pool, OpensMoreConnectionsBeforeAPeerFarAwayHasAnswered) {
  const Event first;
  const Event second;
  const Event release;
  const fakes::Authority authority;
  fakes::TlsSettings tls;
  tls.identity = authority.issue("DNS:*.vault.azure.net");
  fakes::ScriptedServer server(tls, {[&](Peer& peer) {
                                 (peer.number() == 0 ? first : second).set();
                                 peer.wait_for(release);
                               }});
  Pool pool(plan_for(server, authority));
  const TimePoint begin = std::chrono::steady_clock::now();
  for (ExchangeId id = 1; id <= 10; ++id) {
    pool.start(id, Wire::get(), begin);
  }
  turn_until(pool, begin, first, [&] { return first.is_set(); });
  const std::optional<TimePoint> due = pool.due();
  ASSERT_TRUE(due.has_value());
  EXPECT_LE(*due - begin, Milliseconds(5));
  turn_until(pool, *due, second, [&] { return second.is_set(); });
  release.set();
}

// A handshake that waits for others says nothing of the round trip: taken for it, it would call for
// 19 connections.
TEST(Pool, DoesNotTakeABusyServerForOneThatIsFarAway) {
  const Event asked;
  const Event second;
  const Event release;
  const fakes::Authority authority;
  fakes::TlsSettings tls;
  tls.identity = authority.issue("DNS:*.vault.azure.net");
  fakes::ScriptedServer server(tls, {[&](Peer& peer) {
                                 if (peer.number() > 0) {
                                   second.set();
                                   peer.wait_for(release);
                                 }
                                 if (peer.shake_hands() && !peer.read_request().empty()) {
                                   asked.set();
                                   peer.wait_for_hangup();
                                 }
                               }});
  Pool pool(plan_for(server, authority));
  const TimePoint begin = std::chrono::steady_clock::now();
  for (ExchangeId id = 1; id <= 20; ++id) {
    pool.start(id, Wire::get(), begin);
  }
  turn_until(pool, begin, asked, [&] { return asked.is_set(); });
  const TimePoint slow = begin + Milliseconds(10);
  turn_until(pool, slow, second, [&] { return second.is_set(); });
  std::deque<Completion> ended;
  pool.step(slow, ended); // its handshake has begun
  release.set();
  const Event none;
  turn_until(pool, slow + Milliseconds(40), none, [&] {
    return pool.facts().tls_time == Milliseconds(40);
  });
  EXPECT_LE(connections_in_use(pool), 4U);
}

// Without TLS a moment that is given tells the round trip.
PoolPlan plain_plan_for(const fakes::ScriptedServer& server) {
  PoolPlan plan;
  plan.origin = {false, "vm.example", 80};
  plan.dial_host = "127.0.0.1";
  plan.dial_port = server.port();
  plan.limit = 64;
  return plan;
}

void start_plain(Pool& pool, std::size_t requests, TimePoint now) {
  for (ExchangeId id = 1; id <= requests; ++id) {
    HttpRequest request;
    request.origin = {false, "vm.example", 80};
    pool.start(id, std::move(request), now);
  }
}

// A connection that takes two round trips to open comes too late for them.
TEST(Pool, LeavesRequestsToTheConnectionsThatAreFreeSooner) {
  constexpr int enough = 4; // for ten requests over 3 ms
  std::atomic<int> asking{0};
  const Event asked;
  fakes::ScriptedServer server({}, {[&](Peer& peer) {
                                 if (!peer.read_request().empty() && ++asking == enough) {
                                   asked.set();
                                 }
                                 peer.wait_for_hangup();
                               }});
  Pool pool(plain_plan_for(server));
  const TimePoint begin = std::chrono::steady_clock::now();
  start_plain(pool, 10, begin);
  std::deque<Completion> ended;
  pool.step(begin + Milliseconds(3), ended);
  turn_until(pool, begin + Milliseconds(6), asked, [&] { return asked.is_set(); });
  pool.step(begin + Milliseconds(12), ended);
  EXPECT_EQ(connections_in_use(pool), 4U);
  pool.step(begin + Milliseconds(17), ended);
  EXPECT_EQ(connections_in_use(pool), 8U);
}

// One that was lost is no limit for the rest of the run.
TEST(Pool, AsksForMoreConnectionsAgainOnceItHasAnAnswer) {
  constexpr std::size_t limit = 2;
  std::atomic<std::size_t> asking{0};
  const Event full;
  const Event lost;
  Wire wire({[&](Peer& peer) {
    if (peer.number() == 1) {
      peer.reset();
      lost.set();
      return;
    }
    ASSERT_TRUE(peer.shake_hands());
    bool first = peer.number() == 0;
    while (!peer.read_request().empty()) {
      if (first) {
        peer.wait_for(lost);
        first = false;
      } else {
        if (++asking == limit) {
          full.set();
        }
        peer.wait_for(full);
      }
      peer.send(fakes::answer("served"));
    }
  }});
  wire.options.parallel = limit;
  PocoTransport& transport = wire.transport();
  constexpr int requests = 12;
  for (int i = 0; i < requests; ++i) {
    transport.start(Wire::get());
  }
  for (int i = 0; i < requests; ++i) {
    const auto done = transport.next(transport.now() + k_long);
    ASSERT_TRUE(done.has_value());
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(done->result));
  }
}

// A server that takes no second request on a connection has as many at once all the same.
TEST(Pool, ReplacesConnectionsThatThePeerCloses) {
  constexpr int reached = 4; // for ten requests over 3 ms, and three would do for the last six
  std::atomic<int> asking{0};
  const Event as_many_again;
  fakes::ScriptedServer server({}, {[&](Peer& peer) {
                                 if (peer.read_request().empty()) {
                                   return;
                                 }
                                 const int number = ++asking;
                                 if (number == 2 * reached) {
                                   as_many_again.set();
                                 }
                                 if (number > reached) {
                                   peer.wait_for_hangup();
                                 }
                                 peer.send(fakes::answer("served", "Connection: close\r\n"));
                               }});
  Pool pool(plain_plan_for(server));
  const TimePoint begin = std::chrono::steady_clock::now();
  start_plain(pool, 10, begin);
  std::deque<Completion> ended;
  pool.step(begin + Milliseconds(3), ended);
  turn_until(pool, begin + Milliseconds(6), as_many_again, [&] { return as_many_again.is_set(); });
  EXPECT_EQ(connections_in_use(pool), 4U);
}

// Steps through time, from one moment when something is due to the next, until all are told.
std::vector<Completion> wait_it_out(Pool& pool, TimePoint begin, std::size_t requests) {
  std::deque<Completion> ended;
  TimePoint now = begin;
  const TimePoint end = begin + std::chrono::minutes(2);
  for (pool.step(now, ended); ended.size() < requests && now < end; pool.step(now, ended)) {
    now = std::max(now + Microseconds(1), pool.due().value_or(end));
  }
  return {std::make_move_iterator(ended.begin()), std::make_move_iterator(ended.end())};
}

// Those that were opened early by its silence end it too, each a little later than the one before.
TEST(Pool, TellsEveryRequestWhenTheVaultIsSilent) {
  for (const std::size_t requests : {1U, 2U, 10U, 100U}) {
    const fakes::SilentAddress silent;
    PoolPlan plan;
    plan.origin.host = k_host;
    plan.dial_host = "127.0.0.1";
    plan.dial_port = silent.port();
    plan.limit = 64;
    Pool pool(plan);
    const TimePoint begin = std::chrono::steady_clock::now();
    for (ExchangeId id = 1; id <= requests; ++id) {
      HttpRequest request = Wire::get();
      request.patience = Milliseconds(10'000);
      pool.start(id, std::move(request), begin);
    }
    const std::vector<Completion> ended = wait_it_out(pool, begin, requests);
    ASSERT_EQ(ended.size(), requests);
    for (const Completion& one : ended) {
      expect_holds(std::get<TransportFailure>(one.result).message, "silent for 10 s");
    }
  }
}

TEST(Pool, TellsAtOnceOfAConnectionThatFailsAtOnce) {
  PoolPlan plan;
  plan.origin.host = k_host;
  plan.dial_host = "255.255.255.255"; // no route
  plan.dial_port = 443;
  Pool pool(plan);
  const TimePoint begin = std::chrono::steady_clock::now();
  pool.start(1, Wire::get(), begin);
  ASSERT_TRUE(pool.due().has_value());
  EXPECT_LE(*pool.due(), begin);
  EXPECT_EQ(wait_it_out(pool, begin, 1).size(), 1U);
}

// A failure leaves no mark on the pool: the next try has as many connections as the first.
TEST(Pool, HasAllItsConnectionsAgainAfterAFailure) {
  constexpr std::size_t requests = 4;
  std::atomic<bool> broken{true};
  std::atomic<std::size_t> asking{0};
  const Event second;
  const Event all;
  Wire wire({[&](Peer& peer) {
    if (broken) {
      if (peer.number() > 0) {
        second.set();
      }
      peer.wait_for(second); // so that several fail
      peer.reset();
      return;
    }
    ASSERT_TRUE(peer.shake_hands());
    while (!peer.read_request().empty()) {
      if (++asking == requests) {
        all.set();
      }
      peer.wait_for(all);
      peer.send(fakes::answer("served"));
    }
  }});
  PocoTransport& transport = wire.transport();
  for (const bool failing : {true, false}) {
    broken = failing;
    for (std::size_t i = 0; i < requests; ++i) {
      transport.start(Wire::get());
    }
    for (std::size_t i = 0; i < requests; ++i) {
      const auto done = transport.next(transport.now() + k_long);
      ASSERT_TRUE(done.has_value());
      EXPECT_EQ(std::holds_alternative<HttpResponse>(done->result), !failing);
    }
  }
}

// Whom not to trust is known at once, whatever the others of its connections wait for.
TEST(Pool, RefusesACertificateWhileOtherConnectionsAreSilent) {
  const Event second;
  const fakes::Authority authority;
  const fakes::Authority other("another");
  fakes::TlsSettings tls;
  tls.identity = other.issue("DNS:*.vault.azure.net");
  fakes::ScriptedServer server(tls, {[&](Peer& peer) {
                                 if (peer.number() > 0) {
                                   second.set();
                                   peer.wait_for_hangup();
                                 } else {
                                   peer.wait_for(second);
                                   EXPECT_FALSE(peer.shake_hands());
                                 }
                               }});
  Pool pool(plan_for(server, authority));
  const TimePoint begin = std::chrono::steady_clock::now();
  for (ExchangeId id = 1; id <= 10; ++id) {
    pool.start(id, Wire::get(), begin);
  }
  std::deque<Completion> ended;
  const TimePoint far = begin + Milliseconds(5);
  for (pool.step(far, ended); ended.empty(); pool.step(far, ended)) {
    std::vector<pollfd> descriptors;
    pool.watch(descriptors);
    ASSERT_GT(::poll(descriptors.data(), descriptors.size(), 30'000), 0) << "it never came";
  }
  ASSERT_EQ(ended.size(), 10U);
  for (const Completion& one : ended) {
    EXPECT_EQ(std::get<TransportFailure>(one.result).kind, Kind::certificate);
  }
}

// A service that lets only so many in is not asked again and again.
TEST(Pool, DoesWithTheConnectionsItCanGet) {
  const Event release;
  Wire wire({[&](Peer& peer) {
               ASSERT_TRUE(peer.shake_hands());
               while (!peer.read_request().empty()) {
                 peer.wait_for(release);
                 peer.send(fakes::answer("served"));
               }
             },
             [](Peer& peer) { peer.reset(); }});
  PocoTransport& transport = wire.transport();
  for (int i = 0; i < 4; ++i) {
    transport.start(Wire::get());
  }
  EXPECT_FALSE(transport.next(transport.now() + k_short).has_value());
  EXPECT_LE(wire.server.connections(), 4U); // one for each request, and none of them twice
  release.set();
  for (int i = 0; i < 4; ++i) {
    const auto done = transport.next(transport.now() + k_long);
    ASSERT_TRUE(done.has_value());
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(done->result));
  }
}

TEST(Pool, TellsEveryRequestWhenNoConnectionComesAbout) {
  Wire wire({stays});
  wire.options.connect_to = {{"", 0, "127.0.0.1", fakes::closed_port()}};
  PocoTransport& transport = wire.transport();
  for (int i = 0; i < 3; ++i) {
    transport.start(Wire::get());
  }
  for (int i = 0; i < 3; ++i) {
    const auto done = transport.next(transport.now() + k_long);
    ASSERT_TRUE(done.has_value());
    const auto& failure = std::get<TransportFailure>(done->result);
    EXPECT_TRUE(failure.refused_connection);
    EXPECT_TRUE(failure.retryable());
    expect_holds(failure.message, "kv1.vault.azure.net: cannot connect: 127.0.0.1:");
  }
}

TEST(Pool, ConnectsAgainAfterAFailure) {
  Wire wire({[](Peer& peer) { peer.reset(); }, answers(fakes::answer("later"))});
  EXPECT_TRUE(wire.failure().retryable());
  EXPECT_EQ(wire.body(), "later");
}

TEST(Pool, LimitsAnAttemptToConnect) {
  const fakes::SilentAddress silent;
  Wire wire({stays});
  wire.options.connect_to = {{"", 0, "127.0.0.1", silent.port()}};
  HttpRequest request = Wire::get();
  request.connect_limit = k_short;
  const TransportFailure failure = wire.failure(std::move(request));
  EXPECT_EQ(failure.message, "kv1.vault.azure.net: no connection within 0.3 s");
  EXPECT_FALSE(failure.refused_connection);
  EXPECT_FALSE(failure.connected);
}

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

TEST(Pool, TellsOfANameThatDoesNotResolve) {
  Wire wire({stays});
  wire.options.connect_to.clear();
  // An empty label: no name server is asked.
  const TransportFailure failure = wire.failure(Wire::get("/", "kv1..vault.azure.net"));
  EXPECT_EQ(failure.kind, Kind::no_such_host);
  EXPECT_FALSE(failure.retryable());
  expect_holds(failure.message, "kv1..vault.azure.net: the name does not resolve");
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
