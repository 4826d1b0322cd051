// SPDX-License-Identifier: MIT
#include "azure/identity/expiry.hpp"

#include <gtest/gtest.h>

#include <ctime>

namespace kvrun::azure {
namespace {

constexpr std::int64_t k_now = 1893369600;

struct Form {
  const char* text;
  std::int64_t seconds;
};

TEST(Expiry, ReadsEveryFormThatHasBeenMet) {
  for (const auto& [text, seconds] : {
           Form{"11/05/2021 15:18:31 +00:00", 1636125511},
           Form{"06/19/2019 23:42:01 +00:00", 1560987721},
           Form{"1/16/2020 5:24:12 AM +00:00", 1579152252},
           Form{"1/10/2020 8:01:28 AM +00:00", 1578643288},
           Form{"12/31/2029 12:00:00 AM +00:00", 1893369600},
           Form{"12/31/2029 12:00:00 PM +00:00", 1893412800},
           Form{"12/31/2029 00:00:00 PM +00:00", 1893412800},
           Form{"12/31/2029 1:00:00 PM", 1893416400},
           Form{"2024-10-18T19:51:37+00:00", 1729281097},
           Form{"2030-01-01T00:00:00Z", 1893456000},
           Form{"2030-01-01T00:00:00.1234567Z", 1893456000},
           Form{"2030-01-01T02:00:00+02:00", 1893456000},
           Form{"2029-12-31T19:30:00-04:30", 1893456000},
           Form{"2030-01-01 00:00:00", 1893456000},
           Form{"1893456000", 1893456000},
       }) {
    EXPECT_EQ(parse_expiry(text, k_now), seconds) << text;
  }
}

TEST(Expiry, TakesASmallNumberForALife) {
  EXPECT_EQ(parse_expiry("3599", k_now), k_now + 3599);
  EXPECT_EQ(parse_expiry("315359999", k_now), k_now + 315359999);
  EXPECT_EQ(parse_expiry("315360000", k_now), 315360000);
}

TEST(Expiry, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "soon",
                           "-5",
                           "1e9",
                           "13/01/2029 00:00:00 +00:00",
                           "02/30/2029 00:00:00 +00:00",
                           "12/31/2029 25:00:00 +00:00",
                           "12/31/2029 13:00:00 PM",
                           "12/31/29 12:00:00",
                           "2030-01-01",
                           "2030-1-01T00:00:00Z",
                           "2030-01-01T00:00:00Zjunk",
                           "2030-01-01T00:00:00+99:00",
                           "99999999999999999999"}) {
    EXPECT_EQ(parse_expiry(text, k_now), std::nullopt) << text;
  }
}

class LocalZone : public testing::Test {
protected:
  void SetUp() override {
    ::setenv("TZ", "XXX+5", 1); // five hours west of UTC
    ::tzset();
  }
  void TearDown() override {
    ::unsetenv("TZ");
    ::tzset();
  }
};

TEST_F(LocalZone, CountsOnlyWhereItIsAskedForAndNoneIsNamed) {
  EXPECT_EQ(parse_time("2029-12-31 19:00:00.000000", Zone::local), 1893456000);
  EXPECT_EQ(parse_time("2029-12-31 19:00:00.000000", Zone::utc), 1893438000);
  EXPECT_EQ(parse_time("2030-01-01T00:00:00Z", Zone::local), 1893456000);
}

} // namespace
} // namespace kvrun::azure
