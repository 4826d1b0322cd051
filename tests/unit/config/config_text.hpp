// SPDX-License-Identifier: MIT
#pragma once

#include "config/parser.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::config {

inline constexpr std::array<std::string_view, 3> k_test_clouds{"public", "china", "usgov"};

// Knows two identities.
inline Vocabulary test_vocabulary() {
  return {k_test_clouds, [](std::string_view text) {
            if (text != "auto" && text != "vm" && !text.starts_with("vm=client-id:")) {
              throw Error(ErrorKind::usage, "no such identity", "auto or vm");
            }
          }};
}

// A config that must be without problems.
Config good_config(std::string_view text);

// What is said of a config, without the file's name: "LINE:COLUMN: MESSAGE".
std::vector<std::string> problems_of(std::string_view text);
// "LINE:COLUMN" of each.
std::vector<std::string> places_of(std::string_view text);
// Message and hint of the only problem.
std::string only_problem(std::string_view text);

} // namespace kvrun::config
