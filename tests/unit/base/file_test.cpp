// SPDX-License-Identifier: MIT
#include "base/file.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace kvrun {
namespace {

Deadline in(Milliseconds budget) {
  return Deadline::after(std::chrono::steady_clock::now(), budget);
}

class ReadFile : public testing::Test {
protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "kvrun-file-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    directory_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }

  std::string write(const std::string& name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  // What the file holds, or the message.
  static std::string read(const std::string& path, std::size_t limit = 1000) {
    try {
      return std::string(
          read_file(path, limit, ErrorKind::usage, in(Milliseconds(20'000))).reveal());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      return error.message();
    }
  }

private:
  std::string directory_;
};

TEST_F(ReadFile, KeepsEveryByte) {
  const std::string bytes("\xEF\xBB\xBF\0\r\n\xFF\n", 8);
  EXPECT_EQ(read(write("a", bytes)), bytes);
  EXPECT_EQ(read(write("empty", "")), "");
}

TEST_F(ReadFile, ReadsMoreThanOneBuffer) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) {
    bytes += static_cast<char>(i * 31);
  }
  EXPECT_EQ(read(write("a", bytes), bytes.size()), bytes);
}

TEST_F(ReadFile, RefusesWhatIsOverTheLimit) {
  const std::string file = write("a", "12345");
  EXPECT_EQ(read(file, 5), "12345");
  EXPECT_EQ(read(file, 4), "cannot read '" + file + "': larger than 4 bytes");
  EXPECT_EQ(read("/dev/zero"), "cannot read '/dev/zero': larger than 1000 bytes");
}

TEST_F(ReadFile, NamesThePathAndTheReason) {
  EXPECT_EQ(read(path("none")), "cannot read '" + path("none") + "': no such file or directory");
  EXPECT_EQ(read(path(".")), "cannot read '" + path(".") + "': is a directory");
  EXPECT_EQ(read(""), "cannot read '': no such file or directory");
  EXPECT_EQ(read(std::string("/etc/passwd\0x", 13)),
            "cannot read '/etc/passwd': the name goes on after a NUL");
}

TEST_F(ReadFile, ThrowsTheKindItIsGiven) {
  try {
    static_cast<void>(read_file(path("none"), 1, ErrorKind::refused, in(Milliseconds(1000))));
    FAIL() << "it read what is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::refused);
  }
}

// rules A3
TEST(OpenFailure, IsUsageForWantOfADescriptorWhateverTheFileIs) {
  for (const int code : {EMFILE, ENFILE}) {
    const Error error = open_failure(ErrorKind::refused, "token", code);
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    EXPECT_EQ(error.hint(), "raise the limit 'ulimit -n'");
  }
  EXPECT_EQ(open_failure(ErrorKind::refused, "token", EACCES).kind(), ErrorKind::refused);
}

TEST(NoDescriptorLeft, IsSaidAtTheLimitOnly) {
  EXPECT_FALSE(no_descriptor_left());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  const bool said = no_descriptor_left();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(said);
}

TEST_F(ReadFile, WaitsForAFifoNoLongerThanTheDeadline) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  try {
    static_cast<void>(read_file(path("fifo"), 10, ErrorKind::usage, in(Milliseconds(20))));
    FAIL() << "it read what nobody wrote";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_EQ(error.message(),
              "cannot read '" + path("fifo") + "': nothing came before the deadline");
  }
}

TEST_F(ReadFile, ReadsAFifoToItsEnd) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  std::thread writer([&] {
    const UniqueFd fd(::open(path("fifo").c_str(), O_WRONLY | O_CLOEXEC)); // waits for the reader
    for (const std::string_view piece : {"one ", "two ", "three"}) {
      EXPECT_EQ(::write(fd.get(), piece.data(), piece.size()), static_cast<ssize_t>(piece.size()));
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(read(path("fifo")), "one two three");
  writer.join();
}

TEST_F(ReadFile, DoesNotWaitForAPipeWhoseWriterIsGone) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  ::close(ends[1]);
  EXPECT_EQ(read("/proc/self/fd/" + std::to_string(reader.get())), "");
}

TEST(ReadDescriptor, WaitsForTheEndNoLongerThanTheDeadline) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd reader(ends[0]);
  const UniqueFd writer(ends[1]);
  ASSERT_EQ(::write(writer.get(), "half", 4), 4);
  try {
    static_cast<void>(
        read_descriptor(reader.get(), "az", 10, ErrorKind::refused, in(Milliseconds(20))));
    FAIL() << "it did not wait for the end";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_EQ(error.message(), "cannot read 'az': its end did not come before the deadline");
  }
}

TEST(ReadDescriptor, TellsOfADescriptorThatIsNone) {
  try {
    static_cast<void>(read_descriptor(-1, "az", 10, ErrorKind::refused, in(Milliseconds(20))));
    FAIL() << "it read from nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "cannot read 'az': bad file descriptor");
  }
}

} // namespace
} // namespace kvrun
