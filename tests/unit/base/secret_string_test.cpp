// SPDX-License-Identifier: MIT
#include "base/secret_string.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace kvrun {
namespace {

TEST(SecretString, HoldsEveryByte) {
  const std::string bytes("a\0\xFF\n", 4);
  const SecretString secret(bytes);
  EXPECT_EQ(secret.reveal(), bytes);
  EXPECT_EQ(secret.size(), 4U);
  EXPECT_FALSE(secret.empty());
}

TEST(SecretString, IsEmptyToBeginWith) {
  const SecretString secret;
  EXPECT_TRUE(secret.empty());
  EXPECT_EQ(secret.reveal(), "");
  EXPECT_TRUE(SecretString("").empty());
}

TEST(SecretString, LeavesNothingBehindWhenItMoves) {
  SecretString from("s3cret");
  const char* bytes = from.reveal().data();
  SecretString to(std::move(from));
  EXPECT_EQ(to.reveal(), "s3cret");
  EXPECT_EQ(to.reveal().data(), bytes); // not a copy
  EXPECT_TRUE(from.empty());            // NOLINT(bugprone-use-after-move): what the test is about

  SecretString third("other");
  third = std::move(to);
  EXPECT_EQ(third.reveal(), "s3cret");
  EXPECT_TRUE(to.empty()); // NOLINT(bugprone-use-after-move): what the test is about
}

TEST(SecretString, StaysWhenItIsAssignedToItself) {
  SecretString secret("s3cret");
  SecretString& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.reveal(), "s3cret");
}

TEST(SecretString, GrowsPieceByPiece) {
  SecretString secret;
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 5), static_cast<char>('a' + i % 26));
    secret.append(piece);
    expected += piece;
  }
  EXPECT_EQ(secret.reveal(), expected);
}

TEST(SecretString, CanBeAppendedToAfterItMovedAway) {
  SecretString secret("old");
  const SecretString taken(std::move(secret));
  secret.append("new"); // NOLINT(bugprone-use-after-move): what the test is about
  EXPECT_EQ(secret.reveal(), "new");
  EXPECT_EQ(taken.reveal(), "old");
}

TEST(SecretString, HasASecondOwnerOnlyOnPurpose) {
  const SecretString secret("s3cret");
  const SecretString other = secret.clone();
  EXPECT_EQ(other.reveal(), "s3cret");
  EXPECT_NE(other.reveal().data(), secret.reveal().data());
}

TEST(SecretString, IsNotPrintedByAFailingTest) {
  EXPECT_EQ(testing::PrintToString(SecretString("s3cret")), "[redacted, 6 bytes]");
}

} // namespace
} // namespace kvrun
