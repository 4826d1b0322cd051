// SPDX-License-Identifier: MIT
#pragma once

#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

#include <string_view>

// The subcommands, as their users call them: rules A4, A36, A42, A43, A53–A55, T7.
namespace kvrun::cli {

// Values that are printed on purpose hold no sentinel; the others do.
inline constexpr std::string_view k_seed = R"(vaults:
  contoso-prod:
    hidden: s3ntinel-h
    plain: { value: "it's\n$x", version: 4387e9f3d6e14c459867679a90fd0f79, expires: 2099-01-01T00:00:00Z }
    json-one: '{"a":{"b":"deep"}}'
    b64: AAEC
    off: { value: s3ntinel-o, enabled: false, content-type: text/plain }
    old: { value: s3ntinel-x, expires: 2020-01-01T00:00:00Z }
)";

inline constexpr std::string_view k_config = R"(vault: contoso-prod
env:
  HIDDEN: hidden
  PLAIN: plain
  LOG_LEVEL: { value: info }
  FALLBACK: { ref: nowhere, default: d }
  ABSENT: { ref: nowhere, required: false }
)";

struct Subcommand : testing::Test {
  Emulator emulator{k_seed};
};

} // namespace kvrun::cli
