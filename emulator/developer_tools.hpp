// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/environment.hpp"
#include "emulator/host_kind.hpp"
#include "emulator/temporary_folder.hpp"
#include "emulator/tokens.hpp"

namespace kvrun::emulator {

// Puts an `az` or `azd` that is signed in first on PATH, and names it as kvrun's identity. It knows
// the one command that prints a token and refuses everything else.
void announce_developer_tool(HostKind kind,
                             const TokenIssuer& issuer,
                             const TemporaryFolder& folder,
                             Environment& environment);

} // namespace kvrun::emulator
