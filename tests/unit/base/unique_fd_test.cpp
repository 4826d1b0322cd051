// SPDX-License-Identifier: MIT
#include "base/unique_fd.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <utility>

namespace kvrun {
namespace {

int open_null() {
  return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) != -1;
}

TEST(UniqueFd, ClosesWhatItOwns) {
  const int fd = open_null();
  {
    const UniqueFd owner(fd);
    EXPECT_TRUE(static_cast<bool>(owner));
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(UniqueFd, OwnsNothingWhenOpeningFailed) {
  const UniqueFd owner(-1);
  EXPECT_FALSE(static_cast<bool>(owner));
  EXPECT_EQ(owner.get(), -1);
}

TEST(UniqueFd, ClosesTheOldOneWhenItTakesAnother) {
  const int first = open_null();
  const int second = open_null();
  UniqueFd owner(first);
  owner = UniqueFd(second);
  EXPECT_EQ(owner.get(), second);
  EXPECT_FALSE(is_open(first));
  EXPECT_TRUE(is_open(second));
}

TEST(UniqueFd, LetsGoOfWhatItReleases) {
  const int fd = open_null();
  {
    UniqueFd owner(fd);
    EXPECT_EQ(owner.release(), fd);
  }
  EXPECT_TRUE(is_open(fd));
  ::close(fd);
}

TEST(UniqueFd, MovesToOneOwner) {
  const int fd = open_null();
  UniqueFd from(fd);
  const UniqueFd to(std::move(from));
  EXPECT_EQ(to.get(), fd);
  EXPECT_FALSE(static_cast<bool>(from)); // NOLINT(bugprone-use-after-move): what the test is about
}

} // namespace
} // namespace kvrun
