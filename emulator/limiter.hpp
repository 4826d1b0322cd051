// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/clock.hpp"
#include "emulator/seed.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace kvrun::emulator {

// Counts the reads of each vault in fixed windows, the first of which begins with the first read.
// What is refused does not count. Safe to share between threads.
class ReadLimiter {
public:
  explicit ReadLimiter(std::optional<Limit> limit) : limit_(limit) {}

  // Whether one more read of this vault is within the limit.
  [[nodiscard]] bool admit(const std::string& vault, Time now);

private:
  struct Window {
    Time begin;
    int reads = 0;
  };
  std::optional<Limit> limit_;
  std::map<std::string, Window, std::less<>> windows_;
  std::mutex mutex_;
};

} // namespace kvrun::emulator
