// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace kvrun::launcher {

// Writes a file that only its owner can read (0600): all of it into a new file in the same
// directory, which is then renamed into place. No symbolic link is followed: one that stands there
// is replaced (rules T7). What is there and no regular file, or leads to none or to an open
// descriptor, stays. Throws Error(usage) with the path and the system's reason, and leaves nothing
// behind.
void write_private_file(const std::string& file, std::string_view content);

} // namespace kvrun::launcher
