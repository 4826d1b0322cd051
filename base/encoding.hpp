// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kvrun {

// Either alphabet, padding optional, ASCII white space skipped; nothing when it is anything else
// (rules A28).
[[nodiscard]] std::optional<SecretString> decode_base64(std::string_view text);
// Pairs of digits in either case; nothing when it is anything else.
[[nodiscard]] std::optional<SecretString> decode_hex(std::string_view text);

// Standard alphabet, padded, one line.
[[nodiscard]] SecretString encode_base64(std::string_view bytes);
// URL alphabet, no padding (RFC 7515).
[[nodiscard]] std::string encode_base64url(std::string_view bytes);

} // namespace kvrun
