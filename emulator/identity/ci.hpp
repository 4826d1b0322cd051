// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/identity/identity.hpp"

namespace kvrun::emulator {

// The token endpoints of CI systems: what they give is exchanged at a login host
// (identity.md §11). `context.secret` is the request token.
[[nodiscard]] Answer github_answer(const IdentityContext& context, const Request& request);
[[nodiscard]] Answer pipelines_answer(const IdentityContext& context, const Request& request);

inline constexpr std::string_view k_github_path = "/kvrun-emulator/idtoken";
inline constexpr std::string_view k_pipelines_path =
    "/contoso/11111111-2222-4333-8444-555555555555/_apis/distributedtask/hubs/build/plans/"
    "66666666-7777-4888-8999-aaaaaaaaaaaa/jobs/bbbbbbbb-cccc-4ddd-8eee-ffffffffffff/oidctoken";
inline constexpr std::string_view k_service_connection = "44444444-4444-4444-8444-444444444444";

} // namespace kvrun::emulator
