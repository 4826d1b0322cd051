// SPDX-License-Identifier: MIT
#pragma once

#include "base/unique_fd.hpp"

#include <string>
#include <string_view>

namespace kvrun::launcher {

// A sealed file in memory for the command (design.md §6): a regular file with a size, which nothing
// can change, on a descriptor from 200 up that stays open across exec, reached by
// /proc/<pid>/fd/<n> for as long as the process lives.
class MemoryFile {
public:
  // `mode` is 0400 or 0444. Throws Error(usage) where memfd or a descriptor is lacking,
  // Error(refused) where /proc does not lead to it.
  MemoryFile(std::string_view name, std::string_view content, unsigned mode);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // From now on the command inherits it. Called just before exec; until then nothing else can.
  void hand_over() const;

private:
  UniqueFd fd_;
  std::string path_;
};

} // namespace kvrun::launcher
