// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kvrun::azure {

// A folder of a test's own, gone when it ends.
class TemporaryFolder {
public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "kvrun-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::runtime_error("no temporary folder");
    }
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::string& path() const { return path_; }
  // Returns the file's path.
  std::string write(const std::string& name, std::string_view content, mode_t mode = 0600) const {
    std::string file = path_ + '/' + name;
    std::ofstream(file, std::ios::binary) << content;
    if (::chmod(file.c_str(), mode) != 0) {
      throw std::runtime_error("chmod");
    }
    return file;
  }

private:
  std::string path_;
};

} // namespace kvrun::azure
