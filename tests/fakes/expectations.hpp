// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <string_view>

namespace kvrun::fakes {

inline void expect_holds(std::string_view text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string_view::npos) << "'" << part << "' is not in: " << text;
}

inline void expect_lacks(std::string_view text, std::string_view part) {
  EXPECT_EQ(text.find(part), std::string_view::npos) << "'" << part << "' is in: " << text;
}

} // namespace kvrun::fakes
