// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/place.hpp"
#include "config/model.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::launcher {

// Of `-e NAME=REFERENCE`. Problems are added.
[[nodiscard]] std::vector<config::Binding>
bindings_of_options(const std::vector<std::string>& texts, Problems& problems);

// Of `--env-file FILE`; the later file wins. A value is a reference where it looks like one or
// `is_vault_url` says so, else a literal (rules A49). Problems are added, with file and line. A
// file is waited for no longer than the deadline.
[[nodiscard]] std::vector<config::Binding>
bindings_of_env_files(const std::vector<std::string>& files,
                      const std::function<bool(std::string_view)>& is_vault_url,
                      const Deadline& deadline,
                      Problems& problems);

} // namespace kvrun::launcher
