// SPDX-License-Identifier: MIT
#include "config/template.hpp"

#include <benchmark/benchmark.h>

#include <string>

namespace kvrun::bench {
namespace {

void parse_template(benchmark::State& state) {
  constexpr std::string_view text =
      "postgres://{{ db-user | uri }}:{{ db-password | uri }}@db.internal/app?sslmode=verify-full";
  while (state.KeepRunning()) {
    Problems problems;
    benchmark::DoNotOptimize(config::parse_template(text, {"kvrun.yaml", 7, 15}, problems));
    if (!problems.empty()) {
      state.SkipWithError("the template has problems");
    }
  }
}
BENCHMARK(parse_template);

// A value of so many bytes through one filter.
void apply_filter(benchmark::State& state, config::Filter filter) {
  std::string value;
  while (value.size() < static_cast<std::size_t>(state.range(0))) {
    value += "p@ss w0rd/\"";
  }
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(config::apply_filters(value, {filter}));
  }
}
BENCHMARK_CAPTURE(apply_filter, uri, config::Filter::uri)->Arg(32)->Arg(25'000);
BENCHMARK_CAPTURE(apply_filter, json, config::Filter::json)->Arg(32)->Arg(25'000);
BENCHMARK_CAPTURE(apply_filter, shell, config::Filter::shell)->Arg(32)->Arg(25'000);
BENCHMARK_CAPTURE(apply_filter, base64, config::Filter::base64)->Arg(32)->Arg(25'000);

} // namespace
} // namespace kvrun::bench
