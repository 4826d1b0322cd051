// SPDX-License-Identifier: MIT
#include "config/parser.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace kvrun::config {
namespace {

constexpr Milliseconds k_none{0};
constexpr Milliseconds k_hour{3'600'000};

TEST(Duration, IsANumberAndAUnitSecondsWithoutOne) {
  const std::array<std::pair<std::string_view, int>, 14> durations{{{"0", 0},
                                                                    {"0ms", 0},
                                                                    {"100ms", 100},
                                                                    {"0.2s", 200},
                                                                    {"0.1", 100},
                                                                    {"1.5", 1'500},
                                                                    {"0001s", 1'000},
                                                                    {"90s", 90'000},
                                                                    {"2m", 120'000},
                                                                    {"1.5m", 90'000},
                                                                    {"0.5h", 1'800'000},
                                                                    {"1h", 3'600'000},
                                                                    {"3600", 3'600'000},
                                                                    {"60m", 3'600'000}}};
  for (const auto& [text, milliseconds] : durations) {
    EXPECT_EQ(parse_duration(text, k_none, k_hour), Milliseconds{milliseconds}) << text;
  }
}

TEST(Duration, IsNothingElse) {
  for (const std::string_view text :
       {"",    "soon", "-1s", "+1s", " 1s", "1s ", "1 s", ".5s", "1.s", "1..2", "1.2.3",
        "1e3", "0x10", "1S",  "1d",  "ms",  "s",   "inf", "nan", "1,5", "1ss",  "1m30s"}) {
    EXPECT_EQ(parse_duration(text, k_none, k_hour), std::nullopt) << text;
  }
}

TEST(Duration, StaysWithinItsBoundsExactly) {
  EXPECT_EQ(parse_duration("100ms", k_least_timeout, k_most_timeout), Milliseconds{100});
  EXPECT_EQ(parse_duration("99.9ms", k_least_timeout, k_most_timeout), std::nullopt);
  EXPECT_EQ(parse_duration("0", k_least_timeout, k_most_timeout), std::nullopt);
  EXPECT_EQ(parse_duration("1h", k_least_timeout, k_most_timeout), k_most_timeout);
  EXPECT_EQ(parse_duration("3600.001s", k_least_timeout, k_most_timeout), std::nullopt);
  EXPECT_EQ(parse_duration("10m", k_none, k_most_start_jitter), k_most_start_jitter);
  EXPECT_EQ(parse_duration("601s", k_none, k_most_start_jitter), std::nullopt);
  EXPECT_EQ(parse_duration(std::string(10'000, '9'), k_none, k_hour), std::nullopt);
}

} // namespace
} // namespace kvrun::config
