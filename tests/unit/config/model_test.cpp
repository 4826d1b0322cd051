// SPDX-License-Identifier: MIT
#include "config/model.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace kvrun::config {
namespace {

using Globs = std::vector<Setting<std::string>>;
using Words = std::vector<std::string>;

Binding literal(const std::string& name, const std::string& text) {
  Binding binding;
  binding.name = name;
  binding.source = Literal{text};
  return binding;
}

// "NAME=TEXT" of each binding.
std::vector<std::string> bindings_of(const Config& config) {
  std::vector<std::string> all;
  for (const Binding& binding : config.bindings) {
    all.push_back(binding.name + '=' + std::get<Literal>(binding.source).text);
  }
  return all;
}

TEST(Profile, ReplacesWhatItSays) {
  Config config;
  config.file = "kvrun.yaml";
  config.vault = {"kv1", {"kvrun.yaml", 1, 8}};
  config.timeout = {Milliseconds{1'000}, {}};
  config.expired = {Expired::fail, {}};
  Config profile;
  profile.vault = {"kv2", {"kvrun.yaml", 9, 8}};
  profile.keep_existing = {true, {}};
  profile.inherit = {Inherit{false, {"PATH"}}, {}};
  const Config result = with_profile(config, profile);
  EXPECT_EQ(result.file, "kvrun.yaml");
  EXPECT_EQ(result.vault->value, "kv2");
  EXPECT_EQ(result.vault->place.line, 9);
  EXPECT_EQ(result.timeout->value, Milliseconds{1'000});
  EXPECT_EQ(result.expired->value, Expired::fail);
  EXPECT_TRUE(result.keep_existing->value);
  EXPECT_EQ(result.inherit->value.names, std::vector<std::string>{"PATH"});
}

TEST(Profile, ReplacesEverySetting) {
  Config profile;
  profile.cloud = {"china", {}};
  profile.identity = {"vm", {}};
  profile.start_jitter = {Milliseconds{5}, {}};
  profile.parallel = {3U, {}};
  profile.drop_identity = {true, {}};
  const Config result = with_profile({}, profile);
  EXPECT_EQ(result.cloud->value, "china");
  EXPECT_EQ(result.identity->value, "vm");
  EXPECT_EQ(result.start_jitter->value, Milliseconds{5});
  EXPECT_EQ(result.parallel->value, 3U);
  EXPECT_TRUE(result.drop_identity->value);
}

TEST(Profile, ReplacesListsWholeEvenWithAnEmptyOne) {
  Config config;
  config.unset = Globs{{"GONE", {}}, {"MORE", {}}};
  config.resolve = Globs{{"A", {}}};
  config.bundles.emplace(2);
  Config profile;
  profile.unset = Globs{{"ALSO", {}}};
  profile.resolve.emplace();
  profile.bundles.emplace(1);
  const Config result = with_profile(config, profile);
  ASSERT_EQ(result.unset->size(), 1U);
  EXPECT_EQ(result.unset->front().value, "ALSO");
  EXPECT_TRUE(result.resolve->empty());
  EXPECT_EQ(result.bundles->size(), 1U);
}

TEST(Profile, MergesVariablesByName) {
  Config config;
  config.bindings = {literal("A", "1"), literal("B", "2"), literal("C", "3")};
  Config profile;
  profile.bindings = {literal("D", "4"), literal("B", "x")};
  EXPECT_EQ(bindings_of(with_profile(config, profile)),
            (std::vector<std::string>{"A=1", "B=x", "C=3", "D=4"}));
}

TEST(Profile, ReplacesAnEntryWhole) {
  Config config;
  config.bindings = {literal("A", "1")};
  config.bindings[0].default_value = "d";
  config.bindings[0].required = false;
  config.bindings[0].file = true;
  Config profile;
  profile.bindings = {literal("A", "2")};
  const Config result = with_profile(config, profile);
  ASSERT_EQ(result.bindings.size(), 1U);
  EXPECT_FALSE(result.bindings[0].file);
  EXPECT_TRUE(result.bindings[0].required);
  EXPECT_FALSE(result.bindings[0].default_value.has_value());
}

TEST(Profile, RemovesByName) {
  Config config;
  config.bindings = {literal("A", "1"), literal("B", "2"), literal("F", "3")};
  config.bindings[2].file = true;
  Config profile;
  profile.removals = {{"F", {}}, {"A", {}}, {"NOSUCH", {}}};
  EXPECT_EQ(bindings_of(with_profile(config, profile)), std::vector<std::string>{"B=2"});
}

TEST(Profile, MayMoveAVariableToAFile) {
  Config config;
  config.bindings = {literal("A", "1")};
  Config profile;
  profile.removals = {{"A", {}}};
  profile.bindings = {literal("A", "2")};
  profile.bindings[0].file = true;
  const Config result = with_profile(config, profile);
  ASSERT_EQ(result.bindings.size(), 1U);
  EXPECT_TRUE(result.bindings[0].file);
}

TEST(Names, MayBeGivenOnceOnly) {
  Config config;
  config.bindings = {literal("A", ""), literal("B", ""), literal("A", "")};
  config.bindings[0].place = {"k.yaml", 3, 3};
  config.bindings[2].place = {"k.yaml", 7, 3};
  config.bindings[2].file = true;
  Problems problems;
  check_names(config, problems);
  ASSERT_EQ(problems.all().size(), 1U);
  EXPECT_EQ(problems.all()[0].message(),
            "k.yaml:7:3: 'A' is set by 'files' and by 'env' (k.yaml:3:3)");
}

TEST(Names, OfABundleAreKnownFromOnlyAndRename) {
  Config config;
  config.bindings = {literal("X", ""), literal("P_A", ""), literal("A", ""), literal("B", "")};
  Bundle bundle;
  bundle.place = {"k.yaml", 9, 5};
  bundle.prefix = "P_";
  bundle.only = Words{"A", "B"};
  bundle.rename = {{"B", "X"}};
  config.bundles = std::vector{bundle};
  Problems problems;
  check_names(config, problems);
  ASSERT_EQ(problems.all().size(), 2U);
  EXPECT_NE(problems.all()[0].message().find("k.yaml:9:5: 'X' is set by a bundle"),
            std::string::npos);
  EXPECT_NE(problems.all()[1].message().find("'P_A' is set by a bundle"), std::string::npos);
}

// rules A39
TEST(Names, OfABundleAreNotThoseThatOnlyLeavesOut) {
  Config config;
  config.bindings = {literal("C", "")};
  Bundle bundle;
  bundle.only = Words{"X"};
  bundle.rename = {{"Y", "C"}};
  config.bundles = std::vector{bundle};
  Problems problems;
  check_names(config, problems);
  EXPECT_TRUE(problems.empty());
}

TEST(Bundle, TakesAllOrWhatOnlyNames) {
  Bundle bundle;
  EXPECT_TRUE(takes(bundle, "A"));
  bundle.only = Words{"A", "B"};
  EXPECT_TRUE(takes(bundle, "B"));
  EXPECT_FALSE(takes(bundle, "C"));
}

TEST(Names, OfTwoBundlesMayNotBeTheSame) {
  Config config;
  Bundle bundle;
  bundle.only = Words{"A"};
  config.bundles = std::vector{bundle, bundle};
  Problems problems;
  check_names(config, problems);
  ASSERT_EQ(problems.all().size(), 1U);
  EXPECT_NE(problems.all()[0].message().find("another"), std::string::npos);
}

} // namespace
} // namespace kvrun::config
