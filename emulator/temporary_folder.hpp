// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace kvrun::emulator {

// A private folder (0700) below $TMPDIR or /tmp that goes with its owner. Throws Error(usage).
class TemporaryFolder {
public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  TemporaryFolder(TemporaryFolder&&) = delete;
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Writes a file there, folders included; what it is called in full.
  std::string write(const std::string& name, std::string_view content, mode_t mode = 0600) const;

private:
  std::string path_;
};

} // namespace kvrun::emulator
