// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "bench/fleet/limiter.hpp"

#include <cstddef>
#include <cstdint>

namespace kvrun::bench {

// A fleet that starts together and reads one vault.
struct Fleet {
  std::size_t launches = 10'000;
  std::size_t secrets = 1;      // reads of a launch: a bundle is one, whatever it holds
  Milliseconds start_jitter{0}; // as the config's
  Milliseconds spread{100};     // how far apart the launches begin even so
  Milliseconds timeout{90'000}; // of each launch, after its start-jitter
  Milliseconds round_trip{20};
  Milliseconds token{60}; // connecting happens meanwhile
  std::size_t parallel = 16;
  ReadLimit limit;
  std::uint64_t seed = 1;
};

struct Outcome {
  std::size_t succeeded = 0; // launches that read all their secrets
  std::size_t requests = 0;
  std::size_t refused = 0; // of them 429
  Milliseconds median{0};  // of the launches' ends, from the start of the first
  Milliseconds last{0};
  Milliseconds ideal{0}; // the last end, had each read waited exactly as long as the limit makes it
};

// Runs every launch through azure/fetch.cpp itself, in virtual time.
[[nodiscard]] Outcome run_fleet(const Fleet& fleet);

} // namespace kvrun::bench
