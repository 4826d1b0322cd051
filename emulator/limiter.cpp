// SPDX-License-Identifier: MIT
#include "emulator/limiter.hpp"

namespace kvrun::emulator {

bool ReadLimiter::admit(const std::string& vault, Time now) {
  if (!limit_) {
    return true;
  }
  const std::scoped_lock lock(mutex_);
  Window& window = windows_.try_emplace(vault, Window{now, 0}).first->second;
  if (now >= window.begin + limit_->per) {
    const auto passed = (now - window.begin) / limit_->per;
    window = {window.begin + passed * limit_->per, 0};
  }
  if (window.reads >= limit_->reads) {
    return false;
  }
  ++window.reads;
  return true;
}

} // namespace kvrun::emulator
