// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/secret_string.hpp"

#include <string>
#include <string_view>

namespace kvrun::azure {

// Where the Azure Arc agent leaves its keys.
inline constexpr std::string_view k_arc_key_directory = "/var/opt/azcmagent/tokens";

// The key file that a challenge names: "Basic realm=<directory>/<stem>.key". Whoever answers on
// that port says which file is read, so nothing else than such a file is: Error(refused) for
// another scheme, directory, suffix or an odd name.
[[nodiscard]] std::string arc_key_path(std::string_view challenge, std::string_view directory);

// What the file holds, as it is. Error(refused) for a symbolic link, what is no regular file, more
// than 4096 bytes, none, and bytes that no header can hold; no right to read it has its own hint.
[[nodiscard]] SecretString read_arc_key(const std::string& path, const Deadline& deadline);

} // namespace kvrun::azure
