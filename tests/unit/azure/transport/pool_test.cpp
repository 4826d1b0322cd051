// SPDX-License-Identifier: MIT
// How many connections there are, and which is used; poco.md P13.
#include "tests/unit/azure/transport/pool_steps.hpp"

#include <atomic>

namespace kvrun::azure {
namespace {

using fakes::Event;
using fakes::Peer;

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
  for (const HttpResult& result : wire.fetch_all(12)) {
    EXPECT_TRUE(std::holds_alternative<HttpResponse>(result));
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
  Pool pool(tls_plan(server, authority));
  const TimePoint begin = std::chrono::steady_clock::now();
  start_all(pool, 10, begin);
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
  Pool pool(tls_plan(server, authority));
  const TimePoint begin = std::chrono::steady_clock::now();
  start_all(pool, 20, begin);
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
  Pool pool(plain_plan(server));
  const TimePoint begin = std::chrono::steady_clock::now();
  start_all(pool, 10, begin);
  std::deque<Completion> ended;
  pool.step(begin + Milliseconds(3), ended);
  turn_until(pool, begin + Milliseconds(6), asked, [&] { return asked.is_set(); });
  pool.step(begin + Milliseconds(12), ended);
  EXPECT_EQ(connections_in_use(pool), 4U);
  pool.step(begin + Milliseconds(17), ended);
  EXPECT_EQ(connections_in_use(pool), 8U);
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
  Pool pool(plain_plan(server));
  const TimePoint begin = std::chrono::steady_clock::now();
  start_all(pool, 10, begin);
  std::deque<Completion> ended;
  pool.step(begin + Milliseconds(3), ended);
  turn_until(pool, begin + Milliseconds(6), as_many_again, [&] { return as_many_again.is_set(); });
  EXPECT_EQ(connections_in_use(pool), 4U);
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

} // namespace
} // namespace kvrun::azure
