// SPDX-License-Identifier: MIT
// What a start that takes longer than 3 s waits for: rules A48.
#include "base/unique_fd.hpp"
#include "launcher/waiting.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

namespace kvrun::launcher {
namespace {

using std::chrono::milliseconds;

// Standard error is a terminal while it lives.
class Terminal {
public:
  Terminal()
      : master_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)), saved_(::dup(STDERR_FILENO)) {
    EXPECT_EQ(::grantpt(master_.get()), 0);
    EXPECT_EQ(::unlockpt(master_.get()), 0);
    const UniqueFd slave(::open(::ptsname(master_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    EXPECT_GE(::dup2(slave.get(), STDERR_FILENO), 0);
    ::fcntl(master_.get(), F_SETFL, O_NONBLOCK);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { ::dup2(saved_.get(), STDERR_FILENO); }

  // What was shown since the last time.
  std::string shown() {
    std::array<char, 4096> buffer{};
    const ssize_t count = ::read(master_.get(), buffer.data(), buffer.size());
    return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : std::string();
  }

private:
  UniqueFd master_;
  UniqueFd saved_;
};

class WaitingLine : public testing::Test {
protected:
  Terminal terminal_;
  Log log_;
  TimePoint start_ = std::chrono::steady_clock::now();
  Waiting waiting_{log_, Deadline::after(start_, std::chrono::seconds(90))};
};

TEST_F(WaitingLine, NamesTheHostAfterThreeSecondsOnce) {
  const azure::Activities one{{"kv1.vault.azure.net", {1, "", start_}}};
  EXPECT_EQ(waiting_.look(start_ + milliseconds(2999), one), start_ + milliseconds(3000));
  EXPECT_EQ(terminal_.shown(), "");
  EXPECT_EQ(waiting_.look(start_ + milliseconds(3000), one), std::nullopt);
  EXPECT_NE(
      terminal_.shown().find("kvrun: waiting for kv1.vault.azure.net (no answer yet), giving up"),
      std::string::npos);
  static_cast<void>(waiting_.look(start_ + milliseconds(9000), one));
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
