// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/http_message.hpp"
#include "emulator/stream.hpp"

#include <optional>
#include <string>

namespace kvrun::emulator {

// The next request, with its body; nullopt when the peer is done. `buffer` holds what was read
// beyond the last one. Throws BadRequest for what is no request or too large, Closed when the peer
// goes away in the middle.
[[nodiscard]] std::optional<Request> read_request(Stream& stream, std::string& buffer);

} // namespace kvrun::emulator
