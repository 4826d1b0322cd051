// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace kvrun::emulator {

[[nodiscard]] std::string random_bytes(std::size_t count);
// Twice as many lower-case digits as bytes.
[[nodiscard]] std::string random_hex(std::size_t bytes);
[[nodiscard]] std::string random_uuid();

} // namespace kvrun::emulator
