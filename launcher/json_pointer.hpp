// SPDX-License-Identifier: MIT
#pragma once

#include "base/json.hpp"

#include <string_view>

namespace kvrun::launcher {

// The value that a JSON Pointer (RFC 6901, its string form) leads to; nullptr when it leads
// nowhere.
[[nodiscard]] const json::Value* follow_pointer(const json::Value& root, std::string_view pointer);

} // namespace kvrun::launcher
