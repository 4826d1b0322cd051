// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/http_message.hpp"

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::emulator {

// What to do to a request instead of, or with, the ordinary answer.
struct Fault {
  std::string host;   // a vault's name or host, "identity", "login" or a login host; empty: any
  std::string path;   // this path and what is below it; empty: any
  std::string method; // empty: any
  std::optional<int> times;

  std::optional<int> status;
  std::optional<Milliseconds> retry_after;
  std::string code;
  std::string inner_code;
  std::optional<std::string> body;
  Fields headers;
  Delivery delivery;
};

// What a request is matched by. `names` are all that the endpoint goes by.
struct FaultSubject {
  std::vector<std::string_view> names;
  std::string_view method;
  std::string_view path;
};

// The faults of a seed, in order; counts how often each was used. Safe to share between threads.
class FaultList {
public:
  explicit FaultList(std::vector<Fault> faults);

  // The first that matches and is not used up, which it uses; nullptr when there is none. What it
  // points at lives as long as the list.
  [[nodiscard]] const Fault* take(const FaultSubject& subject);

private:
  std::vector<Fault> faults_;
  std::vector<int> used_;
  std::mutex mutex_;
};

} // namespace kvrun::emulator
