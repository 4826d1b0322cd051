// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "launcher/binder.hpp"
#include "launcher/command.hpp"
#include "launcher/environment.hpp"
#include "launcher/memory_file.hpp"

#include <vector>

namespace kvrun::launcher {

// What the command is given: its environment, and the in-memory files that the environment names.
struct Assembled {
  Environment environment;
  std::vector<MemoryFile> files;
};

// Puts bound variables into the inherited environment and makes the files. Whatever exec would
// refuse is an error here (design.md §4); errors are added.
[[nodiscard]] Assembled assemble(const Environment& inherited,
                                 const std::vector<BoundVariable>& variables,
                                 const Command* command,
                                 std::vector<Error>& errors);

} // namespace kvrun::launcher
