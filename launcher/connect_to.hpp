// SPDX-License-Identifier: MIT
#pragma once

#include "azure/transport/poco_transport.hpp"

#include <string_view>

namespace kvrun::launcher {

// HOST:PORT:ADDRESS:PORT as curl's --connect-to has it; any part may be empty, an IPv6 address
// stands in brackets. Throws Error(usage).
[[nodiscard]] azure::ConnectTo parse_connect_to(std::string_view text);

} // namespace kvrun::launcher
