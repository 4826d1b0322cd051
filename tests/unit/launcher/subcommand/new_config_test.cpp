// SPDX-License-Identifier: MIT
// What `init` writes: rules A55.
#include "config/parser.hpp"
#include "launcher/subcommand/new_config.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

namespace kvrun::launcher {
namespace {

azure::SecretItem item(std::string name) {
  azure::SecretItem item;
  item.name = std::move(name);
  return item;
}

NewConfig from_secrets(const std::vector<std::string>& names) {
  std::vector<azure::SecretItem> items;
  items.reserve(names.size());
  for (const std::string& name : names) {
    items.push_back(item(name));
  }
  return config_from_listing("contoso-prod", "", items);
}

NewConfig from_variables(const std::vector<std::string>& names) {
  std::vector<FoundName> found;
  found.reserve(names.size());
  for (const std::string& name : names) {
    found.push_back({static_cast<int>(found.size()) + 1, name});
  }
  return config_from_names("contoso-prod", "", found);
}

// What the config maps, as kvrun itself reads it: variable → secret.
std::map<std::string, std::string> mapped_by(const NewConfig& made) {
  constexpr std::array<std::string_view, 3> clouds{"public", "china", "usgov"};
  Problems problems;
  const config::Config config =
      config::parse_config(made.text, "kvrun.yaml", {clouds, [](std::string_view) {}}, problems);
  for (const Error& error : problems.all()) {
    ADD_FAILURE() << error.message() << "\n" << made.text;
  }
  std::map<std::string, std::string> mapped;
  for (const config::Binding& binding : config.bindings) {
    mapped[binding.name] = std::get<config::SecretReference>(binding.source).name;
  }
  EXPECT_EQ(mapped.size(), made.mapped);
  return mapped;
}

using Mapped = std::map<std::string, std::string>;

TEST(NewConfig, MapsSecretsToVariablesAndBack) {
  EXPECT_EQ(
      mapped_by(from_secrets({"db-password", "ApiKey", "a--b", "x9"})),
      (Mapped{
          {"DB_PASSWORD", "db-password"}, {"APIKEY", "ApiKey"}, {"A__B", "a--b"}, {"X9", "x9"}}));
  EXPECT_EQ(mapped_by(from_variables({"DB_PASSWORD", "apiKey", "_X"})),
            (Mapped{{"DB_PASSWORD", "db-password"}, {"apiKey", "apikey"}, {"_X", "-x"}}));
}

TEST(NewConfig, QuotesNamesThatAreSomethingElseInYaml) {
  EXPECT_EQ(mapped_by(from_secrets({"null", "yes", "True", "1e3-", "-", "---", "no", "on"})),
            (Mapped{{"NULL", "null"},
                    {"YES", "yes"},
                    {"TRUE", "True"},
                    {"_", "-"},
                    {"___", "---"},
                    {"NO", "no"},
                    {"ON", "on"}}));
}

class LeftOut : public testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(LeftOut, BecomesACommentThatSaysWhy) {
  const auto& [name, why] = GetParam();
  const NewConfig made = from_variables({"GOOD", name});
  EXPECT_EQ(mapped_by(made), (Mapped{{"GOOD", "good"}}));
  EXPECT_EQ(made.left_out, 1U);
  EXPECT_NE(made.text.find("# " + name + ":"), std::string::npos) << made.text;
  EXPECT_NE(made.text.find(why), std::string::npos) << made.text;
}

INSTANTIATE_TEST_SUITE_P(,
                         LeftOut,
                         testing::Values(std::pair("LD_PRELOAD", "changes how programs load"),
                                         std::pair("PATH", "changes how programs load"),
                                         std::pair("good", "'GOOD' has this secret already"),
                                         std::pair(std::string(128, 'X'),
                                                   "at most 127 characters")));

TEST(NewConfig, LeavesOutWhatIsNoVariablesName) {
  const NewConfig made = from_variables({"spring.datasource.url", "GOOD", ""});
  EXPECT_EQ(made.text,
            "vault: contoso-prod\nenv:\n"
            "  # spring.datasource.url # no variable's name: letters, digits and '_', not a digit "
            "first\n"
            "  GOOD: good\n"
            "  # line 3 # no variable's name: letters, digits and '_', not a digit first\n");
  EXPECT_EQ(made.left_out, 2U);
}

TEST(NewConfig, LeavesOutSecretsThatNoVariableCanBeNamedFor) {
  const NewConfig made = from_secrets({"1st", "path", "fine"});
  EXPECT_EQ(mapped_by(made), (Mapped{{"FINE", "fine"}}));
  EXPECT_NE(made.text.find("# 1ST: 1st # a variable's name begins with no digit"),
            std::string::npos)
      << made.text;
  EXPECT_EQ(made.left_out, 2U);
}

TEST(NewConfig, LeavesOutSecretsThatAreDisabled) {
  azure::SecretItem off = item("off");
  off.enabled = false;
  const NewConfig made = config_from_listing("contoso-prod", "", std::vector{off});
  EXPECT_EQ(mapped_by(made), Mapped{});
  EXPECT_NE(made.text.find("disabled"), std::string::npos) << made.text;
}

TEST(NewConfig, NamesTheVaultAndTheCloud) {
  const NewConfig made = config_from_names("https://kv.vault.usgovcloudapi.net", "usgov", {});
  EXPECT_EQ(made.text, "cloud: usgov\nvault: https://kv.vault.usgovcloudapi.net\nenv: {}\n");
  EXPECT_EQ(mapped_by(made), Mapped{});
}

TEST(NewConfig, LeavesACommentWhereNoVaultIsKnown) {
  const NewConfig made = config_from_names("", "", std::vector<FoundName>{{1, "A"}});
  EXPECT_EQ(mapped_by(made), (Mapped{{"A", "a"}}));
  EXPECT_TRUE(made.text.starts_with("# vault: ")) << made.text;
}

TEST(NewConfig, HoldsAThousandSecrets) {
  std::vector<std::string> names;
  names.reserve(1000);
  for (int i = 0; i < 1000; ++i) {
    names.push_back(fmt::format("secret-{}", i));
  }
  EXPECT_EQ(mapped_by(from_secrets(names)).size(), 1000U);
}

} // namespace
} // namespace kvrun::launcher
