// SPDX-License-Identifier: MIT
// rules A37 to A39
#include "launcher/bundle_variables.hpp"
#include "tests/unit/launcher/call.hpp"

namespace kvrun::launcher {
namespace {

config::Bundle bundle(config::BundleFormat format = config::BundleFormat::json) {
  config::Bundle made;
  made.format = format;
  return made;
}

Texts chosen_of(const BundleVariables& read) {
  Texts names;
  for (const BundleVariable& one : read.variables) {
    names.push_back(one.name + (one.chosen ? " chosen" : ""));
  }
  return names;
}

TEST(BundleVariables, KnowWhichWereNamed) {
  config::Bundle made = bundle();
  made.prefix = "P_";
  made.rename = {{"b", "B"}};
  EXPECT_EQ(chosen_of(read_bundle(made, R"({"a":"1","b":"2"})")), (Texts{"P_a", "B chosen"}));
  made.only = {"a", "b"};
  EXPECT_EQ(chosen_of(read_bundle(made, R"({"a":"1","b":"2","c":"3"})")),
            (Texts{"P_a chosen", "B chosen"}));
}

TEST(BundleVariables, MayComeOutOfANameThatPrefixAloneMakesOne) {
  config::Bundle made = bundle();
  made.prefix = "N";
  EXPECT_EQ(chosen_of(read_bundle(made, R"({"1":"x"})")), Texts{"N1"});
}

TEST(BundleVariables, KeepTheOrderOfTheData) {
  EXPECT_EQ(chosen_of(read_bundle(bundle(), R"({"z":"1","a":"2","m":"3"})")),
            (Texts{"z", "a", "m"}));
}

TEST(BundleVariables, ThatAreNullAreAbsentAlsoWhereOnlyNamesThem) {
  config::Bundle chosen = bundle();
  chosen.only = {"X", "Y"};
  const BundleVariables read = read_bundle(chosen, R"({"X":"1","Y":null})");
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems[0].message(), "'only' names 'Y', which it does not hold");
  EXPECT_TRUE(read_bundle(bundle(), R"({"1A":null})").problems.empty());
}

TEST(BundleVariables, OfNothingAreNone) {
  EXPECT_TRUE(read_bundle(bundle(), "{}").variables.empty());
  EXPECT_TRUE(read_bundle(bundle(config::BundleFormat::dotenv), "").variables.empty());
}

} // namespace
} // namespace kvrun::launcher
