// SPDX-License-Identifier: MIT
#include "emulator/limiter.hpp"
#include "support.hpp"

namespace kvrun::emulator {
namespace {

constexpr Milliseconds k_window{10'000};

int admitted(ReadLimiter& limiter, const std::string& vault, Time now, int asked) {
  int count = 0;
  for (int i = 0; i < asked; ++i) {
    count += limiter.admit(vault, now) ? 1 : 0;
  }
  return count;
}

TEST(ReadLimiter, AdmitsSoManyAWindow) {
  FakeClock clock(1000);
  ReadLimiter limiter(Limit{3, k_window});
  EXPECT_EQ(admitted(limiter, "kv1", clock.now(), 5), 3);
  clock.advance(k_window - Milliseconds(1));
  EXPECT_EQ(admitted(limiter, "kv1", clock.now(), 5), 0);
  clock.advance(Milliseconds(1));
  EXPECT_EQ(admitted(limiter, "kv1", clock.now(), 5), 3);
}

TEST(ReadLimiter, KeepsItsWindowsWhereTheFirstReadPutThem) {
  FakeClock clock(1000);
  ReadLimiter limiter(Limit{1, k_window});
  EXPECT_TRUE(limiter.admit("kv1", clock.now()));
  clock.advance(k_window * 2 + Milliseconds(9000));
  EXPECT_TRUE(limiter.admit("kv1", clock.now()));
  clock.advance(Milliseconds(1000));
  EXPECT_TRUE(limiter.admit("kv1", clock.now()));
}

TEST(ReadLimiter, CountsEachVaultForItself) {
  const FakeClock clock(1000);
  ReadLimiter limiter(Limit{1, k_window});
  EXPECT_EQ(admitted(limiter, "kv1", clock.now(), 2), 1);
  EXPECT_EQ(admitted(limiter, "kv2", clock.now(), 2), 1);
}

TEST(ReadLimiter, AdmitsEverythingWithoutALimit) {
  const FakeClock clock(1000);
  ReadLimiter limiter(std::nullopt);
  EXPECT_EQ(admitted(limiter, "kv1", clock.now(), 100), 100);
}

} // namespace
} // namespace kvrun::emulator
