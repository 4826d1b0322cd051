// SPDX-License-Identifier: MIT
#include "launcher/environment.hpp"
#include "tests/unit/launcher/call.hpp"

#include <cstring>

namespace kvrun::launcher {
namespace {

TEST(Environment, KeepsOrderDuplicatesAndEntriesWithoutAName) {
  const Texts entries{"B=2", "A=1", "no equals", "A=3", "=odd", "", "C=", "D=a=b"};
  EXPECT_EQ(texts_of(environment_of(entries)), entries);
  EXPECT_EQ(texts_of(environment_of(entries).clone()), entries);
}

TEST(Environment, GivesTheFirstOfThatNameAsGetenvDoes) {
  const Environment environment = environment_of({"AB=0", "A=1", "A=2", "E="});
  EXPECT_EQ(environment.get("A"), "1");
  EXPECT_EQ(environment.get("E"), "");
  EXPECT_EQ(environment.get("B"), std::nullopt);
  EXPECT_EQ(environment.get("AB="), std::nullopt);
  EXPECT_EQ(environment.get(""), std::nullopt);
}

TEST(Environment, SetsInPlaceAndRemovesTheOthers) {
  Environment environment = environment_of({"A=1", "B=2", "A=3", "AB=4"});
  environment.set("A", "new");
  environment.set("N", "x=y");
  EXPECT_EQ(texts_of(environment), (Texts{"A=new", "B=2", "AB=4", "N=x=y"}));
}

TEST(Environment, RemovesByName) {
  Environment environment = environment_of({"A=1", "B=2", "A=3", "nameless"});
  environment.remove_if([](std::string_view name) { return name == "A"; });
  EXPECT_EQ(texts_of(environment), (Texts{"B=2", "nameless"}));
}

TEST(Environment, NamesEachOnceAndNoEntryWithoutAnEquals) {
  EXPECT_EQ(environment_of({"B=2", "A=1", "nameless", "B=3"}).names(),
            (std::vector<std::string_view>{"B", "A"}));
}

TEST(Environment, IsWhatExecveTakes) {
  Environment environment = environment_of({"A=1"});
  environment.set("B", "two");
  const std::vector<char*> envp = environment.envp();
  ASSERT_EQ(envp.size(), 3U);
  EXPECT_EQ(std::strcmp(envp[0], "A=1"), 0);
  EXPECT_EQ(std::strcmp(envp[1], "B=two"), 0);
  EXPECT_EQ(envp[2], nullptr);
}

TEST(Environment, OfNothingIsEmpty) {
  EXPECT_TRUE(Environment(nullptr).entries().empty());
}

} // namespace
} // namespace kvrun::launcher
