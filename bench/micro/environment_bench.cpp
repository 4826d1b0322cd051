// SPDX-License-Identifier: MIT
#include "launcher/environment.hpp"

#include <fmt/format.h>

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

namespace kvrun::bench {
namespace {

// The command's environment: 60 inherited variables, so many set, as execve takes it.
void build_environment(benchmark::State& state) {
  constexpr int count = 60;
  std::vector<std::string> inherited;
  inherited.reserve(count);
  for (int i = 0; i < count; ++i) {
    inherited.push_back(fmt::format("INHERITED_{}=/usr/share/some/where/{}", i, i));
  }
  std::vector<const char*> entries;
  entries.reserve(count + 1);
  for (const std::string& entry : inherited) {
    entries.push_back(entry.c_str());
  }
  entries.push_back(nullptr);
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(state.range(0)));
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    names.push_back(fmt::format("V{}", i));
  }
  while (state.KeepRunning()) {
    launcher::Environment environment(entries.data());
    environment.remove_if([](std::string_view name) { return name == "INHERITED_7"; });
    for (const std::string& name : names) {
      environment.set(name, "a value of some thirty letters");
    }
    benchmark::DoNotOptimize(environment.envp());
  }
}
BENCHMARK(build_environment)->Arg(1)->Arg(10)->Arg(100);

} // namespace
} // namespace kvrun::bench
