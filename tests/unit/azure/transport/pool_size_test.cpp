// SPDX-License-Identifier: MIT
#include "azure/transport/pool_size.hpp"

#include <gtest/gtest.h>

namespace kvrun::azure {
namespace {

constexpr Microseconds k_none{0};

Microseconds ms(int count) {
  return Milliseconds(count);
}

TEST(PoolSize, IsOneUntilSomethingTellsTheRoundTrip) {
  EXPECT_EQ(PoolSize().connections(100, k_none), 1U);
}

TEST(PoolSize, IsOneForAPeerNearby) {
  PoolSize size;
  size.measure(Microseconds(50), Microseconds(1900), true);
  EXPECT_EQ(size.connections(100, k_none), 2U);
  EXPECT_EQ(size.connections(20, k_none), 1U);
}

TEST(PoolSize, GrowsWithTheRoundTripAndTheRequests) {
  PoolSize size;
  size.measure(ms(20), ms(22), true);
  EXPECT_EQ(size.connections(1, k_none), 1U);
  EXPECT_EQ(size.connections(10, k_none), 10U);
  EXPECT_EQ(size.connections(50, k_none), 22U);
  EXPECT_EQ(size.connections(200, k_none), 45U);
}

TEST(PoolSize, IsTakenFromTcpBeforeTls) {
  PoolSize size;
  size.measure(ms(20), k_none, false);
  EXPECT_EQ(size.connections(50, k_none), 22U);
}

// A proxy nearby answers TCP; TLS is with the vault.
TEST(PoolSize, TakesAHandshakesWordOverTcps) {
  PoolSize size;
  size.measure(ms(20), k_none, false);
  size.measure(ms(1), ms(7), true);
  EXPECT_EQ(size.connections(50, k_none), 11U);
}

TEST(PoolSize, TakesTheFastestHandshakesWord) {
  PoolSize size;
  size.measure(k_none, ms(4), true);
  size.measure(k_none, ms(90), true);
  EXPECT_EQ(size.connections(50, k_none), 7U);
}

TEST(PoolSize, TakesSilenceForARoundTripThatIsLongerStill) {
  const PoolSize size;
  EXPECT_EQ(size.connections(50, ms(1)), 1U);
  EXPECT_EQ(size.connections(50, ms(2)), 17U);
  EXPECT_EQ(size.connections(50, ms(10)), 22U);
  EXPECT_EQ(size.connections(3, ms(10)), 3U);
}

TEST(PoolSize, HearsNoMoreOfASilenceThatLasts) {
  const PoolSize size;
  EXPECT_EQ(size.connections(200, ms(30)), size.connections(200, ms(20'000)));
}

// TLS over a link that TCP has measured is silent for as long as that.
TEST(PoolSize, TakesNoSilenceThatTcpExplains) {
  PoolSize size;
  size.measure(ms(20), k_none, false);
  EXPECT_EQ(size.connections(200, ms(21)), 45U);
  EXPECT_EQ(size.connections(200, ms(45)), 59U);
}

TEST(PoolSize, HasNoUseForSilenceOnceAHandshakeIsMade) {
  PoolSize size;
  size.measure(k_none, ms(2), true);
  EXPECT_EQ(size.connections(200, ms(50)), 1U);
  EXPECT_EQ(size.patience(1, 200), std::nullopt);
}

// Woken earlier it would have nothing to do, and again at once.
TEST(PoolSize, WakesExactlyWhenMoreConnectionsPay) {
  for (const int tcp : {0, 1, 7, 20, 300}) {
    PoolSize size;
    size.measure(ms(tcp), k_none, false);
    for (const std::size_t requests : {1U, 2U, 3U, 10U, 50U, 200U}) {
      std::size_t connections = size.connections(requests, k_none);
      while (const auto patience = size.patience(connections, requests)) {
        const std::size_t more = size.connections(requests, *patience);
        EXPECT_EQ(size.connections(requests, *patience - Microseconds(2)), connections);
        ASSERT_GT(more, connections) << requests << " over " << tcp << " ms";
        connections = more;
      }
      EXPECT_EQ(size.connections(requests, ms(60'000)), connections);
    }
  }
}

} // namespace
} // namespace kvrun::azure
