// SPDX-License-Identifier: MIT
// design.md §6, unix.md U2, U7, U26
#include "launcher/memory_file.hpp"
#include "tests/unit/launcher/call.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

namespace kvrun::launcher {
namespace {

std::string content_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

int descriptor_of(const MemoryFile& file) {
  return std::stoi(file.path().substr(file.path().rfind('/') + 1));
}

TEST(MemoryFile, IsAFileOfThatContentOnAHighDescriptor) {
  const std::string content("a\0b\n", 4);
  const MemoryFile file("A", content, 0400);
  EXPECT_TRUE(file.path().starts_with("/proc/")) << file.path();
  EXPECT_EQ(content_of(file.path()), content);
  EXPECT_EQ(content_of(file.path()), content); // many readers
  EXPECT_GE(descriptor_of(file), 200);
  struct stat status {};
  ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
  EXPECT_TRUE(S_ISREG(status.st_mode));
  EXPECT_EQ(status.st_size, 4);
  EXPECT_EQ(status.st_mode & 07777U, 0400U);
}

TEST(MemoryFile, MayBeEmptyAndMayBeLarge) {
  EXPECT_EQ(content_of(MemoryFile("A", "", 0400).path()), "");
  const std::string large(3'000'000, 'x');
  const MemoryFile file("A", large, 0400);
  EXPECT_EQ(content_of(file.path()), large);
}

TEST(MemoryFile, HasTheModeThatWasAskedFor) {
  const MemoryFile file("A", "x", 0444);
  struct stat status {};
  ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0444U);
}

TEST(MemoryFile, CannotBeChangedByAnyone) {
  const MemoryFile file("A", "sealed", 0400);
  const int fd = descriptor_of(file);
  EXPECT_EQ(::pwrite(fd, "x", 1, 0), -1);
  EXPECT_EQ(errno, EPERM);
  EXPECT_EQ(::ftruncate(fd, 0), -1);
  EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
  EXPECT_EQ(content_of(file.path()), "sealed");
}

TEST(MemoryFile, IsInheritedOnlyOnceItIsHandedOver) {
  const MemoryFile file("A", "x", 0400);
  const int fd = descriptor_of(file);
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  file.hand_over();
  EXPECT_EQ(::fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}

TEST(MemoryFile, BeginsAtItsBeginning) {
  const MemoryFile file("A", "content", 0400);
  EXPECT_EQ(::lseek(descriptor_of(file), 0, SEEK_CUR), 0);
}

TEST(MemoryFile, IsGoneWithItsOwner) {
  std::string path;
  {
    const MemoryFile file("A", "x", 0400);
    path = file.path();
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

TEST(MemoryFile, OfTwoEntriesAreTwo) {
  const MemoryFile one("A", "same", 0400);
  const MemoryFile two("B", "same", 0400);
  EXPECT_NE(one.path(), two.path());
}

// A soft limit, for as long as it lives.
class SoftLimit {
public:
  SoftLimit(__rlimit_resource resource, rlim_t most) : resource_(resource) {
    ::getrlimit(resource_, &before_);
    rlimit changed = before_;
    changed.rlim_cur = most;
    EXPECT_EQ(::setrlimit(resource_, &changed), 0);
  }
  SoftLimit(const SoftLimit&) = delete;
  SoftLimit& operator=(const SoftLimit&) = delete;
  ~SoftLimit() { ::setrlimit(resource_, &before_); }

private:
  __rlimit_resource resource_;
  rlimit before_{};
};

TEST(MemoryFile, TakesTheHighestFreeNumberBelowALowLimit) {
  const SoftLimit limit(RLIMIT_NOFILE, 100);
  const MemoryFile one("A", "x", 0400);
  const MemoryFile two("B", "y", 0400);
  EXPECT_EQ(descriptor_of(one), 99);
  EXPECT_EQ(descriptor_of(two), 98);
  EXPECT_EQ(content_of(two.path()), "y");
}

// The kernel raises SIGXFSZ there, which would end this process.
TEST(MemoryFile, IsRefusedAtTheLimitOfFileSizes) {
  for (const rlim_t most : {0U, 4096U}) {
    std::string told;
    {
      const SoftLimit limit(RLIMIT_FSIZE, most);
      try {
        const MemoryFile file("A", std::string(5000, 'x'), 0400);
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::usage);
        told = error.message() + " (" + error.hint() + ")";
      }
    }
    EXPECT_EQ(told,
              "A: the in-memory file cannot be written: file too large (raise the limit "
              "'ulimit -f')");
  }
}

} // namespace
} // namespace kvrun::launcher
