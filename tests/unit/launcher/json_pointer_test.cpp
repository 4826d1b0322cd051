// SPDX-License-Identifier: MIT
#include "launcher/json_pointer.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace kvrun::launcher {
namespace {

// RFC 6901 §5
constexpr std::string_view k_document =
    R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";

std::string at(std::string_view pointer) {
  const json::Document document = json::Document::parse(k_document);
  const json::Value* found = follow_pointer(document.root(), pointer);
  return found == nullptr ? "nowhere" : std::string(found->text);
}

TEST(JsonPointer, FollowsTheExamplesOfTheRfc) {
  const std::vector<std::pair<const char*, const char*>> examples{
      {"", k_document.data()},
      {"/foo/0", "bar"},
      {"/foo/1", "baz"},
      {"/", "0"},
      {"/a~1b", "1"},
      {"/c%d", "2"},
      {"/e^f", "3"},
      {"/g|h", "4"},
      {"/i\\j", "5"},
      {"/k\"l", "6"},
      {"/ ", "7"},
      {"/m~0n", "8"},
  };
  for (const auto& [pointer, expected] : examples) {
    EXPECT_EQ(at(pointer), expected) << pointer;
  }
}

TEST(JsonPointer, LeadsNowhereWhereNothingIs) {
  for (const char* pointer : {"/absent",
                              "/foo/2",
                              "/foo/-",
                              "/foo/01",
                              "/foo/+1",
                              "/foo/ 1",
                              "/foo/1e0",
                              "/foo/",
                              "/foo/18446744073709551616",
                              "/foo/0/x",
                              "/FOO",
                              "//",
                              "/a/b"}) {
    EXPECT_EQ(at(pointer), "nowhere") << pointer;
  }
}

} // namespace
} // namespace kvrun::launcher
