// SPDX-License-Identifier: MIT
// What `-o` and `--report` write: rules T7.
#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "launcher/private_file.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace kvrun::launcher {
namespace {

namespace fs = std::filesystem;

struct PrivateFile : testing::Test {
  PrivateFile() {
    std::string name = (fs::temp_directory_path() / "kvrun-file-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    std::ofstream(folder / "redirected") << "before";
    descriptor.reset(::open((folder / "redirected").c_str(), O_WRONLY | O_CLOEXEC));
  }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;
  ~PrivateFile() override { fs::remove_all(folder); }

  fs::path folder;
  UniqueFd descriptor;
};

TEST_F(PrivateFile, LeavesALinkToADescriptorThatIsARegularFile) {
  const std::string number = std::to_string(descriptor.get());
  fs::create_symlink("/proc/self/fd/" + number, folder / "stdout");
  fs::create_symlink("stdout", folder / "link");
  fs::create_symlink("/dev/fd/" + number, folder / "fd");
  fs::create_symlink("/proc/self/fd/999", folder / "closed");
  for (const char* name : {"stdout", "link", "fd", "closed"}) {
    EXPECT_THROW(write_private_file(folder / name, "after"), Error) << name;
    EXPECT_TRUE(fs::is_symlink(folder / name)) << name;
  }
  EXPECT_EQ(fs::file_size(folder / "redirected"), 6U);
}

TEST_F(PrivateFile, ReplacesALinkToAFileAndALinkToNothing) {
  fs::create_symlink("redirected", folder / "link");
  fs::create_symlink("nowhere", folder / "dangling");
  for (const char* name : {"link", "dangling"}) {
    write_private_file(folder / name, "after-wards");
    EXPECT_FALSE(fs::is_symlink(folder / name)) << name;
    EXPECT_EQ(fs::file_size(folder / name), 11U) << name;
  }
  EXPECT_EQ(fs::file_size(folder / "redirected"), 6U);
}

} // namespace
} // namespace kvrun::launcher
