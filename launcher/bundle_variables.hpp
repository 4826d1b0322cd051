// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "base/secret_string.hpp"
#include "config/model.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// One variable out of a bundle.
struct BundleVariable {
  std::string name; // after rename and prefix
  SecretString value;
  bool chosen = false; // `only` or `rename` names it
};

struct BundleVariables {
  std::vector<BundleVariable> variables;
  std::vector<Error> problems; // of single names; never a value
};

// The variables that a bundle's value holds (rules A37–A39). Throws Error(refused) when it is no
// such bundle.
[[nodiscard]] BundleVariables read_bundle(const config::Bundle& bundle, std::string_view value);

} // namespace kvrun::launcher
