// SPDX-License-Identifier: MIT
#include "emulator/name_server.hpp"

#include <gtest/gtest.h>

namespace kvrun::emulator {
namespace {

// A query for kv1.test of this type (A is 1, AAAA is 28).
std::string query_for(char type) {
  std::string query("\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03Kv1\x04test\0\0", 23);
  query += type;
  return query + std::string("\0\x01", 2);
}

bool is_kv1(std::string_view host) {
  return host == "kv1.test";
}

TEST(NameAnswer, IsLoopbackForAHostThatExists) {
  const std::string answer = name_answer(query_for(1), is_kv1);
  ASSERT_GT(answer.size(), 16U);
  EXPECT_EQ(answer.substr(0, 2), "\x12\x34");
  EXPECT_EQ(answer[3] & 0xF, 0);
  EXPECT_EQ(answer[7], 1);
  EXPECT_EQ(answer.substr(answer.size() - 4), std::string("\x7F\0\0\x01", 4));
}

TEST(NameAnswer, HasNoIpv6AddressButSaysThatTheNameExists) {
  const std::string answer = name_answer(query_for(28), is_kv1);
  EXPECT_EQ(answer[3] & 0xF, 0);
  EXPECT_EQ(answer[7], 0);
}

TEST(NameAnswer, IsThatThereIsNoSuchNameOtherwise) {
  const std::string answer = name_answer(query_for(1), [](std::string_view) { return false; });
  EXPECT_EQ(answer[3] & 0xF, 3);
  EXPECT_EQ(answer[7], 0);
}

TEST(NameAnswer, IsNothingForWhatIsNoQuery) {
  const std::string query = query_for(1);
  for (std::size_t size = 0; size < query.size(); ++size) {
    EXPECT_EQ(name_answer(std::string_view(query).substr(0, size), is_kv1), "") << size;
  }
  EXPECT_EQ(name_answer(name_answer(query, is_kv1), is_kv1), "");
}

} // namespace
} // namespace kvrun::emulator
