// SPDX-License-Identifier: MIT
#include "base/deadline.hpp"

#include <gtest/gtest.h>

namespace kvrun {
namespace {

using std::chrono::microseconds;

TEST(Deadline, TellsWhatIsLeft) {
  const TimePoint start{};
  const Deadline deadline = Deadline::after(start, Milliseconds(100));
  EXPECT_EQ(deadline.budget(), Milliseconds(100));
  EXPECT_EQ(deadline.left(start), Milliseconds(100));
  EXPECT_EQ(deadline.left(start + Milliseconds(60)), Milliseconds(40));
  EXPECT_EQ(deadline.left(start + Milliseconds(500)), Milliseconds(0));
}

TEST(Deadline, LeavesAMillisecondUntilItIsOver) {
  const TimePoint start{};
  const Deadline deadline = Deadline::after(start, Milliseconds(1));
  const TimePoint nearly = start + microseconds(999);
  EXPECT_FALSE(deadline.over(nearly));
  EXPECT_EQ(deadline.left(nearly), Milliseconds(1)); // 0 would make poll spin
  EXPECT_TRUE(deadline.over(start + Milliseconds(1)));
}

TEST(Deadline, CutsAWaitThatIsTooLong) {
  const TimePoint start{};
  const Deadline deadline = Deadline::after(start, Milliseconds(100));
  EXPECT_EQ(deadline.cut(start, Milliseconds(30)), start + Milliseconds(30));
  EXPECT_EQ(deadline.cut(start, Milliseconds(300)), deadline.end());
}

TEST(InSeconds, IsShort) {
  EXPECT_EQ(in_seconds(Milliseconds(0)), "0 s");
  EXPECT_EQ(in_seconds(Milliseconds(20)), "0.02 s");
  EXPECT_EQ(in_seconds(Milliseconds(1500)), "1.5 s");
  EXPECT_EQ(in_seconds(Milliseconds(90'000)), "90 s");
  EXPECT_EQ(in_seconds(Milliseconds(999'499)), "999 s");
  EXPECT_EQ(in_seconds(Milliseconds(999'900)), "1000 s");
  EXPECT_EQ(in_seconds(Milliseconds(3'600'000)), "3600 s");
}

} // namespace
} // namespace kvrun
