// SPDX-License-Identifier: MIT
// What comes of names that do not resolve and connections that are lost.
#include "tests/unit/azure/transport/pool_steps.hpp"

#include <atomic>

namespace kvrun::azure {
namespace {

using fakes::Event;
using fakes::Peer;
using Kind = TransportFailure::Kind;

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

TEST(Pool, TellsOfANameThatDoesNotResolve) {
  Wire wire({stays});
  wire.options.connect_to.clear();
  // An empty label: no name server is asked.
  const TransportFailure failure = wire.failure(Wire::get("/", "kv1..vault.azure.net"));
  EXPECT_EQ(failure.kind, Kind::no_such_host);
  EXPECT_FALSE(failure.retryable());
  expect_holds(failure.message, "kv1..vault.azure.net: the name does not resolve");
}

TEST(Pool, TellsEveryRequestWhenNoConnectionComesAbout) {
  Wire wire({stays});
  wire.options.connect_to = {{"", 0, "127.0.0.1", fakes::closed_port()}};
  for (const HttpResult& result : wire.fetch_all(3)) {
    const auto& failure = std::get<TransportFailure>(result);
    EXPECT_TRUE(failure.refused_connection);
    EXPECT_TRUE(failure.retryable());
    expect_holds(failure.message, "kv1.vault.azure.net: cannot connect: 127.0.0.1:");
  }
}

// Those that were opened early by its silence end it too, each a little later than the one before.
TEST(Pool, TellsEveryRequestWhenTheVaultIsSilent) {
  for (const std::size_t requests : {1U, 2U, 10U, 100U}) {
    const fakes::SilentAddress silent;
    Pool pool(plan_to(silent.port()));
    const TimePoint begin = std::chrono::steady_clock::now();
    start_all(pool, requests, begin, Milliseconds(10'000));
    const std::vector<Completion> ended = wait_it_out(pool, begin, requests);
    ASSERT_EQ(ended.size(), requests);
    for (const Completion& one : ended) {
      expect_holds(std::get<TransportFailure>(one.result).message, "silent for 10 s");
    }
  }
}

TEST(Pool, TellsAtOnceOfAConnectionThatFailsAtOnce) {
  PoolPlan plan = plan_to(443);
  plan.dial_host = "255.255.255.255"; // no route
  Pool pool(plan);
  const TimePoint begin = std::chrono::steady_clock::now();
  start_all(pool, 1, begin);
  ASSERT_TRUE(pool.due().has_value());
  EXPECT_LE(*pool.due(), begin);
  EXPECT_EQ(wait_it_out(pool, begin, 1).size(), 1U);
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

TEST(Pool, ConnectsAgainAfterAFailure) {
  Wire wire({[](Peer& peer) { peer.reset(); }, answers(fakes::answer("later"))});
  EXPECT_TRUE(wire.failure().retryable());
  EXPECT_EQ(wire.body(), "later");
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
  for (const bool failing : {true, false}) {
    broken = failing;
    for (const HttpResult& result : wire.fetch_all(requests)) {
      EXPECT_EQ(std::holds_alternative<HttpResponse>(result), !failing);
    }
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
  for (const HttpResult& result : wire.results(4)) {
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(result));
  }
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
  for (const HttpResult& result : wire.fetch_all(12)) {
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(result));
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
  Pool pool(tls_plan(server, authority));
  const TimePoint begin = std::chrono::steady_clock::now();
  start_all(pool, 10, begin);
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

} // namespace
} // namespace kvrun::azure
