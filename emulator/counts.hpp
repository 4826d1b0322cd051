// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <tuple>

namespace kvrun::emulator {

// What was served. Holds names and numbers only. Safe to share between threads.
class Counts {
public:
  void connection(const std::string& endpoint);
  // `outcome` is a status, or how the connection ended instead.
  void request(const std::string& endpoint, const std::string& method, const std::string& outcome);

  // {"connections":{ENDPOINT:n},"requests":{ENDPOINT:{METHOD:{STATUS:n}}}}
  [[nodiscard]] std::string json() const;

private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t> connections_;
  std::map<std::string, std::map<std::string, std::map<std::string, std::uint64_t>>> requests_;
};

} // namespace kvrun::emulator
