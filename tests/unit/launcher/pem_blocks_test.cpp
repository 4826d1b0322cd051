// SPDX-License-Identifier: MIT
#include "launcher/pem_blocks.hpp"

#include <gtest/gtest.h>

#include <string>

namespace kvrun::launcher {
namespace {

// "LABEL=TEXT;" a block.
std::string found_in(const std::string& text) {
  std::string found;
  for (const PemBlock& block : pem_blocks(text)) {
    found.append(block.label).append("=").append(block.text).append(";");
  }
  return found;
}

TEST(PemBlocks, AreFoundBetweenText) {
  EXPECT_EQ(found_in("text\n-----BEGIN A-----\n1\n-----END A-----\nmore\r\n"
                     "-----BEGIN B C-----\r\n2\r\n-----END B C-----"),
            "A=-----BEGIN A-----\n1\n-----END A-----\n;"
            "B C=-----BEGIN B C-----\r\n2\r\n-----END B C-----;");
}

TEST(PemBlocks, AreFoundWithoutTheirLastLine) {
  EXPECT_EQ(found_in("-----BEGIN A-----\n1\n-----BEGIN B-----\n2"),
            "A=-----BEGIN A-----\n1\n;B=-----BEGIN B-----\n2;");
}

TEST(PemBlocks, AreFoundWithoutTheirFirstLine) {
  EXPECT_EQ(found_in("----BEGIN A-----\n1\n-----END A-----\n\n 2\n -----END B-----\n"),
            "A=-----END A-----\n;B= -----END B-----\n;");
}

TEST(PemBlocks, AreNoneInOtherText) {
  EXPECT_EQ(found_in(""), "");
  EXPECT_EQ(found_in("\n"), "");
  EXPECT_EQ(found_in("a -----BEGIN A-----\n"), "");
}

} // namespace
} // namespace kvrun::launcher
