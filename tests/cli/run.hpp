// SPDX-License-Identifier: MIT
#pragma once

#include "tests/cli/program.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace kvrun::cli {

// A vault with a secret of each kind.
inline constexpr std::string_view k_vault = R"(
vaults:
  contoso-prod:
    db-password: "s3ntinel db"
    api-key: s3ntinel-key
    odd: "s3ntinel $HOME `id` 'q' \"d\" \\ \t\n\n{{ x }} \u00e4 \U0001F511 "
    empty: ""
    app: '{"ONE": "s3ntinel-1", "TWO": 2.50}'
    pointed: '{"a": {"b": "s3ntinel-b"}}'
    nul: "s3ntinel\0"
    disabled: { value: s3ntinel, enabled: false }
    expired: { value: s3ntinel-old, expires: 2020-01-01T00:00:00Z }
    large: "s3ntinel"
)";

// A run against that vault.
struct Run : testing::Test {
  Emulator emulator{k_vault};
};

} // namespace kvrun::cli
