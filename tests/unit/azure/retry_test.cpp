// SPDX-License-Identifier: MIT
#include "azure/http_date.hpp"
#include "azure/retry.hpp"

#include <gtest/gtest.h>

namespace kvrun::azure {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t k_now = 1893369600; // Mon, 31 Dec 2029 00:00:00 GMT
const TimePoint k_start{std::chrono::hours(1)};

HttpResponse with(std::vector<std::pair<std::string, std::string>> headers) {
  return {429, std::move(headers), SecretString()};
}

std::optional<Milliseconds> asked(std::vector<std::pair<std::string, std::string>> headers) {
  return retry_after(with(std::move(headers)), k_now);
}

TEST(Backoff, DoublesItsWindowUpToTheLongest) {
  Backoff backoff([] { return 0.5; }, {milliseconds(1000), milliseconds(3000)});
  EXPECT_EQ(backoff.next(seconds(90)), milliseconds(500));
  EXPECT_EQ(backoff.next(seconds(90)), milliseconds(1000));
  EXPECT_EQ(backoff.next(seconds(90)), milliseconds(1500));
  EXPECT_EQ(backoff.next(seconds(90)), milliseconds(1500));
}

TEST(Backoff, NeverAsksAtOnceWhateverIsDrawn) {
  Backoff backoff([] { return 0.0; });
  EXPECT_GT(backoff.next(seconds(90)), milliseconds(0));
}

// What a fleet's last launch waits for when there is room again: docs/performance.md.
TEST(Backoff, WaitsLessThanSixteenSecondsByItself) {
  Backoff backoff([] { return 0.999; });
  for (int i = 0; i < 10; ++i) {
    EXPECT_LT(backoff.next(seconds(3600)), seconds(16));
  }
}

TEST(Backoff, IsCutToTheTimeLeft) {
  Backoff backoff([] { return 0.999; }, {seconds(16), seconds(16)});
  EXPECT_LT(backoff.next(seconds(2)), seconds(2));
}

TEST(RetryAfter, TakesSeconds) {
  EXPECT_EQ(asked({{"retry-after", "7"}}), seconds(7));
  EXPECT_EQ(asked({{"retry-after", " 7 "}}), seconds(7));
}

TEST(RetryAfter, PrefersMillisecondsToSeconds) {
  EXPECT_EQ(asked({{"retry-after", "7"}, {"retry-after-ms", "250"}}), milliseconds(250));
  EXPECT_EQ(asked({{"retry-after", "7"}, {"x-ms-retry-after-ms", "300"}}), milliseconds(300));
}

TEST(RetryAfter, TakesADateAgainstTheAnswersOwn) {
  EXPECT_EQ(asked({{"retry-after", "Fri, 31 Dec 1999 23:59:59 GMT"},
                   {"date", "Fri, 31 Dec 1999 23:59:49 GMT"}}),
            seconds(10));
  EXPECT_EQ(asked({{"retry-after", "Mon, 31 Dec 2029 00:00:05 GMT"}}), seconds(5));
}

TEST(RetryAfter, PrefersSecondsToADate) {
  const std::pair<std::string, std::string> date{"retry-after", "Mon, 31 Dec 2029 00:00:05 GMT"};
  EXPECT_EQ(asked({date, {"retry-after", "7"}}), seconds(7));
  EXPECT_EQ(asked({date, {"retry-after", "soon"}}), seconds(5));
}

TEST(RetryAfter, TakesADateOfFormerTimes) {
  EXPECT_EQ(asked({{"retry-after", "Monday, 31-Dec-29 00:00:05 GMT"}}), seconds(5));
  EXPECT_EQ(asked({{"retry-after", "Mon Dec 31 00:00:05 2029"}}), seconds(5));
}

TEST(RetryAfter, IgnoresGarbageAndThePast) {
  for (const char* text : {"soon", "", "-1", "1.5", "1s", "0", "Fri, 31 Dec 1999 23:59:59 GMT"}) {
    EXPECT_EQ(asked({{"retry-after", text}}), std::nullopt) << text;
  }
  EXPECT_EQ(asked({{"retry-after-ms", "x"}, {"retry-after", "2"}}), seconds(2));
}

// It is past any deadline, so that one ends at once (rules A50).
TEST(RetryAfter, TakesANumberThatNoClockHoldsForALongTime) {
  for (const char* text : {"9223372036854775807", "99999999999999999999999"}) {
    EXPECT_GT(asked({{"retry-after", text}}), std::chrono::hours(24 * 365)) << text;
    EXPECT_GT(asked({{"retry-after-ms", text}}), std::chrono::hours(24)) << text;
  }
  for (const char* text : {"-99999999999999999999999", "99999999999999999999999x"}) {
    EXPECT_EQ(asked({{"retry-after", text}}), std::nullopt) << text;
  }
}

class PlanNextTry : public testing::Test {
protected:
  NextTry plan(std::optional<Milliseconds> wait, Milliseconds left) {
    return plan_next_try(backoff_, wait, k_start, Deadline::after(k_start, left));
  }
  Backoff backoff_{[] { return 0.5; }};
};

TEST_F(PlanNextTry, WaitsWhatTheAnswerAsks) {
  const NextTry next = plan(seconds(7), seconds(90));
  EXPECT_EQ(next.at, k_start + seconds(7));
  EXPECT_EQ(next.why_not, "");
}

TEST_F(PlanNextTry, EndsAtOnceWhenAskedToWaitPastTheDeadline) {
  EXPECT_EQ(plan(seconds(120), seconds(43)).why_not, "it asks to wait 120 s, and 43 s are left");
}

TEST_F(PlanNextTry, BacksOffWhenNothingIsAsked) {
  const NextTry next = plan(std::nullopt, seconds(90));
  EXPECT_EQ(next.at, k_start + milliseconds(500));
  EXPECT_EQ(next.why_not, "");
}

TEST_F(PlanNextTry, NeverPlansPastTheDeadline) {
  EXPECT_LE(plan(std::nullopt, milliseconds(10)).at, k_start + milliseconds(10));
}

TEST(TransientStatus, IsWhatTimeMayHeal) {
  for (const int status : {408, 429, 500, 502, 503, 504, 599}) {
    EXPECT_TRUE(is_transient_status(status)) << status;
  }
  for (const int status : {200, 302, 400, 401, 403, 404, 501, 505, 600}) {
    EXPECT_FALSE(is_transient_status(status)) << status;
  }
}

TEST(HttpDate, ReadsTheFormOfToday) {
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 00:00:00 GMT"), 1709164800);
}

// RFC 9110 §5.6.7: a recipient must take the two obsolete forms too.
TEST(HttpDate, ReadsTheTwoFormsOfFormerTimes) {
  for (const char* text : {"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_http_date(text, 784111777), 784111777) << text;
    EXPECT_EQ(parse_http_date(text, k_now), 784111777) << text;
  }
  EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 1994"), 784111777 + 10 * 86400);
}

TEST(HttpDate, TakesTwoDigitsForTheLatestYearThatIsAtMostFiftyYearsAway) {
  const std::int64_t end_of_1999 = 946684799;
  EXPECT_EQ(parse_http_date("Saturday, 01-Jan-00 00:00:00 GMT", end_of_1999), end_of_1999 + 1);
  const std::int64_t in_2079 = parse_http_date("Wed, 06 Dec 2079 00:00:00 GMT").value();
  const std::int64_t in_1979 = parse_http_date("Thu, 06 Dec 1979 00:00:00 GMT").value();
  EXPECT_EQ(parse_http_date("Wednesday, 06-Dec-79 00:00:00 GMT", k_now), in_2079);
  EXPECT_EQ(parse_http_date("Thursday, 06-Dec-79 00:00:00 GMT", k_now - 300 * 86400), in_1979);
}

TEST(HttpDate, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "Sunday",
                           "Sunday, 31-Feb-94 08:49:37 GMT",
                           "Sunday, 06-Nov-9x 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 94",
                           "Sun Nov  6 08:49:37 1994 GMT",
                           "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 31 Feb 1994 08:49:37 GMT",
                           "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, 06 Nov 1994 08:-9:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

Throttle half_way() {
  return Throttle([] { return 0.5; }, {milliseconds(1000), milliseconds(4000)});
}

TEST(Throttle, HoldsNothingBackBeforeThe429) {
  Throttle throttle = half_way();
  throttle.sent(1);
  throttle.sent(2);
  EXPECT_EQ(throttle.opens(k_start), k_start);
}

TEST(Throttle, LetsOneAskAfterTheWaitAndTheOthersWhenItWasLetThrough) {
  const Deadline deadline = Deadline::after(k_start, seconds(90));
  Throttle throttle = half_way();
  throttle.sent(1);
  const NextTry next = throttle.refused(1, std::nullopt, k_start, deadline);
  EXPECT_EQ(next.at, k_start + milliseconds(500));
  EXPECT_EQ(throttle.opens(k_start), next.at);
  throttle.sent(2);
  EXPECT_EQ(throttle.opens(k_start), TimePoint::max());
  throttle.ended(2);
  EXPECT_EQ(throttle.opens(k_start), k_start);
}

TEST(Throttle, WaitsLongerEachTimeThatTheOneIsRefused) {
  const Deadline deadline = Deadline::after(k_start, seconds(90));
  Throttle throttle = half_way();
  TimePoint now = k_start;
  for (const milliseconds wait :
       {milliseconds(500), milliseconds(1000), milliseconds(2000), milliseconds(2000)}) {
    throttle.sent(1);
    EXPECT_EQ(throttle.refused(1, std::nullopt, now, deadline).at, now + wait);
    now += wait;
  }
}

TEST(Throttle, TakesTheAnswersToWhatWasSentTogetherForOne) {
  const Deadline deadline = Deadline::after(k_start, seconds(90));
  Throttle throttle = half_way();
  const NextTry first = throttle.refused(1, std::nullopt, k_start, deadline);
  const NextTry second = throttle.refused(2, std::nullopt, k_start + milliseconds(20), deadline);
  EXPECT_EQ(second.at, first.at);
  throttle.ended(3); // one of them was answered with 200: the vault has refused others since
  EXPECT_EQ(throttle.opens(k_start), first.at);
}

TEST(Throttle, KeepsTheLongestWaitThatWasAskedFor) {
  const Deadline deadline = Deadline::after(k_start, seconds(90));
  Throttle throttle = half_way();
  static_cast<void>(throttle.refused(1, seconds(3), k_start, deadline));
  static_cast<void>(throttle.refused(2, seconds(7), k_start, deadline));
  static_cast<void>(throttle.refused(3, seconds(5), k_start, deadline));
  EXPECT_EQ(throttle.opens(k_start), k_start + seconds(7));
}

TEST(Throttle, DoesNotStayShutBehindARequestThatIsNotTriedAgain) {
  const Deadline deadline = Deadline::after(k_start, seconds(90));
  Throttle throttle = half_way();
  const NextTry first = throttle.refused(1, std::nullopt, k_start, deadline);
  throttle.sent(2);
  EXPECT_EQ(throttle.refused(2, seconds(120), first.at, deadline).why_not,
            "it asks to wait 120 s, and 89.5 s are left");
  EXPECT_EQ(throttle.opens(k_start), first.at);
}

} // namespace
} // namespace kvrun::azure
