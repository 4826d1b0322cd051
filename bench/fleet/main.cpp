// SPDX-License-Identifier: MIT
// fleet_model [KEY=VALUE...]: one fleet, a line of figures. See docs/performance.md.
#include "bench/fleet/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace {

using kvrun::Milliseconds;

} // namespace

int main(int argc, char** argv) {
  kvrun::bench::Fleet fleet;
  const std::map<std::string_view, std::function<void(std::size_t)>> keys{
      {"launches", [&](std::size_t n) { fleet.launches = n; }},
      {"secrets", [&](std::size_t n) { fleet.secrets = n; }},
      {"jitter-ms", [&](std::size_t n) { fleet.start_jitter = Milliseconds(n); }},
      {"spread-ms", [&](std::size_t n) { fleet.spread = Milliseconds(n); }},
      {"timeout-ms", [&](std::size_t n) { fleet.timeout = Milliseconds(n); }},
      {"round-trip-ms", [&](std::size_t n) { fleet.round_trip = Milliseconds(n); }},
      {"parallel", [&](std::size_t n) { fleet.parallel = n; }},
      {"reads", [&](std::size_t n) { fleet.limit.reads = n; }},
      {"per-ms", [&](std::size_t n) { fleet.limit.per = Milliseconds(n); }},
      {"phase-ms", [&](std::size_t n) { fleet.limit.phase = Milliseconds(n); }},
      {"sliding",
       [&](std::size_t n) {
         fleet.limit.counting =
             n == 0 ? kvrun::bench::Counting::fixed : kvrun::bench::Counting::sliding;
       }},
      {"seed", [&](std::size_t n) { fleet.seed = n; }},
  };
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string_view name = word.substr(0, word.find('='));
    const std::string_view text = word.substr(std::min(word.size(), name.size() + 1));
    const auto key = keys.find(name);
    std::size_t number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (key == keys.end() || error != std::errc() || stop != text.data() + text.size()) {
      fmt::print(stderr, "fleet_model: cannot read '{}'\n", word);
      return 2;
    }
    key->second(number);
  }
  const kvrun::bench::Outcome outcome = kvrun::bench::run_fleet(fleet);
  const auto reads = static_cast<double>(fleet.launches * fleet.secrets);
  fmt::print("{{\"succeeded\": {}, \"launches\": {}, \"requests_per_read\": {:.2f}, \"refused\": "
             "{}, \"median_ms\": {}, \"last_ms\": {}, \"ideal_ms\": {}}}\n",
             outcome.succeeded,
             fleet.launches,
             static_cast<double>(outcome.requests) / reads,
             outcome.refused,
             outcome.median.count(),
             outcome.last.count(),
             outcome.ideal.count());
  return 0;
}
