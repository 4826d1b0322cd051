// SPDX-License-Identifier: MIT
// What a start that takes longer than 3 s waits for: rules A48.
#include "base/unique_fd.hpp"
#include "launcher/waiting.hpp"
#include "tests/fakes/terminal.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <string>

namespace kvrun::launcher {
namespace {

using std::chrono::milliseconds;

class WaitingLine : public testing::Test {
protected:
  fakes::Terminal terminal_;
  fakes::StderrIs stderr_is_{terminal_.side()};
  Log log_;
  TimePoint start_ = std::chrono::steady_clock::now();
  Waiting waiting_{log_, Deadline::after(start_, std::chrono::seconds(90))};
};

TEST_F(WaitingLine, NamesTheHostAfterThreeSecondsOnce) {
  const azure::Activities one{{"kv1.vault.azure.net", {1, "", start_}}};
  EXPECT_EQ(waiting_.look(start_ + milliseconds(2999), one), start_ + milliseconds(3000));
  EXPECT_EQ(terminal_.shown(), "");
  EXPECT_EQ(waiting_.look(start_ + milliseconds(3000), one), std::nullopt);
  std::string shown = terminal_.shown();
  for (char& c : shown) {
    c = c >= '0' && c <= '9' ? '9' : c;
  }
  // All of the line: no colour, and nothing that moves the cursor.
  EXPECT_EQ(shown,
            "kvrun: waiting for kv9.vault.azure.net (no answer yet), giving up at 99:99:99\r\n");
  static_cast<void>(waiting_.look(start_ + milliseconds(9000), one));
  EXPECT_EQ(terminal_.shown(), "");
  static_cast<void>(
      waiting_.look(start_ + milliseconds(9000), {{"kv2.vault.azure.net", {1, "", start_}}}));
  EXPECT_NE(terminal_.shown().find("waiting for kv2.vault.azure.net"), std::string::npos);
}

TEST_F(WaitingLine, TellsWhenTheDeadlineIs) {
  using Clock = std::chrono::system_clock;
  const std::time_t before = Clock::to_time_t(Clock::now());
  static_cast<void>(waiting_.look(start_ + milliseconds(3000), {{"kv1", {1, "", start_}}}));
  const std::time_t after = Clock::to_time_t(Clock::now());
  const std::string shown = terminal_.shown();
  bool told = false;
  for (std::time_t end = before + 87; end <= after + 87; ++end) {
    std::tm local{};
    ::localtime_r(&end, &local);
    std::array<char, 16> text{};
    std::strftime(text.data(), text.size(), "at %H:%M:%S", &local);
    told = told || shown.find(text.data()) != std::string::npos;
  }
  EXPECT_TRUE(told) << shown;
}

TEST_F(WaitingLine, IsNotShownWhereItIsToBeQuiet) {
  const Log quiet(Verbosity::quiet);
  Waiting waiting(quiet, Deadline::after(start_, std::chrono::seconds(90)));
  EXPECT_EQ(waiting.look(start_ + milliseconds(4000), {{"kv1", {1, "", start_}}}), std::nullopt);
  EXPECT_EQ(terminal_.shown(), "");
}

TEST_F(WaitingLine, BlamesNoHostThatWasAskedJustNow) {
  const azure::Activities both{{"az", {0, "", start_}},
                               {"kv1.vault.azure.net", {1, "", start_ + milliseconds(6000)}}};
  EXPECT_EQ(waiting_.look(start_ + milliseconds(6001), both), start_ + milliseconds(7000));
  EXPECT_EQ(terminal_.shown(), "");
}

TEST_F(WaitingLine, TellsTheLastAnswerOfAHostThatIsAskedAgain) {
  static_cast<void>(waiting_.look(start_ + milliseconds(4000), {{"kv1", {0, "429", start_}}}));
  EXPECT_NE(terminal_.shown().find("waiting for kv1 (last answer: 429)"), std::string::npos);
}

TEST_F(WaitingLine, IsNotForAPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const UniqueFd read(ends[0]);
  const UniqueFd write(ends[1]);
  ASSERT_GE(::dup2(write.get(), STDERR_FILENO), 0);
  Waiting waiting(log_, Deadline::after(start_, std::chrono::seconds(90)));
  EXPECT_EQ(waiting.look(start_ + milliseconds(4000), {{"kv1", {1, "", start_}}}), std::nullopt);
  char byte = 0;
  EXPECT_EQ(::read(read.get(), &byte, 1), -1);
}

} // namespace
} // namespace kvrun::launcher
