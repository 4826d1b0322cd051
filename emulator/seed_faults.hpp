// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/faults.hpp"
#include "emulator/seed_reader.hpp"

#include <vector>

namespace kvrun::emulator {

// A seed's `faults`, in order.
[[nodiscard]] std::vector<Fault> parse_faults(const yaml::Node& node, SeedReader& reader);

} // namespace kvrun::emulator
