// SPDX-License-Identifier: MIT
#include "azure/secret_bundle.hpp"
#include "base/json.hpp"

#include <fmt/format.h>

#include <benchmark/benchmark.h>

#include <string>

namespace kvrun::bench {
namespace {

constexpr std::string_view k_answer =
    R"({"value":"a value of some thirty letters","contentType":"text/plain",)"
    R"("id":"https://contoso-prod.vault.azure.net/secrets/db-password/4387e9f3d6e14c459867679a90fd0f79",)"
    R"("attributes":{"enabled":true,"exp":1893456000,"created":1700000000,"updated":1700000000,)"
    R"("recoveryLevel":"Recoverable+Purgeable","recoverableDays":90},"tags":{"team":"web"}})";

// One answer of the vault.
void parse_secret_bundle(benchmark::State& state) {
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(azure::parse_secret_bundle(k_answer));
  }
}
BENCHMARK(parse_secret_bundle);

// A bundle secret of so many variables.
void parse_json_object(benchmark::State& state) {
  std::string text = "{";
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    text += fmt::format(
        R"({}"VARIABLE_{}":"a value with \"quotes\" and \u00e9")", i == 0 ? "" : ",", i);
  }
  text += "}";
  while (state.KeepRunning()) {
    benchmark::DoNotOptimize(json::Document::parse(text));
  }
}
BENCHMARK(parse_json_object)->Arg(1)->Arg(10)->Arg(100);

} // namespace
} // namespace kvrun::bench
