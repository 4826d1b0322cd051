// SPDX-License-Identifier: MIT
#include "config/parser.hpp"

#include <fmt/format.h>

#include <benchmark/benchmark.h>

#include <array>
#include <string>

namespace kvrun::bench {
namespace {

std::string config_of(std::int64_t variables) {
  std::string text = "vault: contoso-prod\ntimeout: 30s\nunset: [AZURE_CLIENT_SECRET]\nenv:\n";
  for (std::int64_t i = 0; i < variables; ++i) {
    text += i % 4 == 3 ? fmt::format("  V{}: {{ ref: secret-{}, default: \"\" }}\n", i, i)
                       : fmt::format("  V{}: secret-{}\n", i, i);
  }
  return text;
}

// The whole of reading a config with so many variables.
void parse_config(benchmark::State& state) {
  constexpr std::array<std::string_view, 1> clouds{"public"};
  const config::Vocabulary vocabulary{clouds, [](std::string_view) {}};
  const std::string text = config_of(state.range(0));
  while (state.KeepRunning()) {
    Problems problems;
    benchmark::DoNotOptimize(config::parse_config(text, "kvrun.yaml", vocabulary, problems));
    if (!problems.empty()) {
      state.SkipWithError("the config has problems");
    }
  }
}
BENCHMARK(parse_config)->Arg(1)->Arg(10)->Arg(100);

} // namespace
} // namespace kvrun::bench
