// SPDX-License-Identifier: MIT
// When the deadline is: rules A8.
#include "launcher/delivery.hpp"
#include "tests/unit/launcher/call.hpp"

namespace kvrun::launcher {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

// The end of the deadline of a run that started then.
TimePoint deadline_of(std::string_view yaml, TimePoint started) {
  Call call;
  call.config(yaml);
  const std::vector<const char*> words{"-c", call.words.back().c_str(), "--", "true"};
  Problems problems;
  const Invocation invocation{
      parse_options(words, problems), environment_of(call.variables), started, Log()};
  return prepare(invocation, NothingMapped::is_an_error).deadline.end();
}

TEST(RunDeadline, BeginsWithTheProcess) {
  const TimePoint started = steady_clock::now() - seconds(40);
  EXPECT_EQ(deadline_of("timeout: 50s", started), started + seconds(50));
}

TEST(RunDeadline, DoesNotCountTheJitterBeforeIt) {
  Milliseconds waited{0};
  for (int i = 0; i < 30 && waited.count() == 0; ++i) { // what is drawn may be less than 1 ms
    const TimePoint started = steady_clock::now();
    const TimePoint end = deadline_of("timeout: 50s\nstart-jitter: 20ms", started);
    waited = std::chrono::floor<Milliseconds>(end - started - seconds(50));
    EXPECT_LT(waited, Milliseconds(20));
    EXPECT_LE(waited, steady_clock::now() - started);
  }
  EXPECT_GT(waited, Milliseconds(0));
}

} // namespace
} // namespace kvrun::launcher
