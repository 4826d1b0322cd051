// SPDX-License-Identifier: MIT
#include "config/parser.hpp"
#include "tests/fuzz/input.hpp"

#include <array>

namespace kvrun::fuzz {
namespace {

constexpr std::array<std::string_view, 3> k_clouds{"public", "china", "usgov"};

void check_identity(std::string_view text) {
  if (text != "auto" && text != "vm") {
    throw Error(ErrorKind::usage, "no identity");
  }
}

} // namespace

void run(std::string_view text) {
  Problems problems;
  const config::Vocabulary vocabulary{k_clouds, check_identity};
  const config::Config parsed = config::parse_config(text, "fuzz", vocabulary, problems);
  for (const Error& error : problems.all()) {
    require(error.kind() == ErrorKind::usage && error.message().starts_with("fuzz"));
  }
  if (!problems.empty()) {
    return;
  }
  for (const auto& [name, profile] : parsed.profiles) {
    const config::Config merged = config::with_profile(parsed, profile);
    require(merged.bindings.size() <= parsed.bindings.size() + profile.bindings.size());
  }
}

} // namespace kvrun::fuzz
