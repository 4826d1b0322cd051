// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/host_kind.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::emulator {

struct Options {
  std::string seed;   // a file; empty: none
  std::string counts; // a file; empty: none
  std::optional<HostKind> host;
  bool as_proxy = false;
  bool as_hosts = false;
  bool help = false;
  bool version = false;
  std::vector<std::string> command; // empty: stay up

  [[nodiscard]] HostKind kind() const { return host.value_or(HostKind::cloud_shell); }
};

// Options end at the first operand or at `--`. Throws Error(usage).
[[nodiscard]] Options parse_options(std::span<char* const> words);

[[nodiscard]] std::string help_text();

} // namespace kvrun::emulator
