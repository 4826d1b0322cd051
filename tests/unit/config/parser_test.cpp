// SPDX-License-Identifier: MIT
#include "config/parser.hpp"
#include "config_text.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::config {
namespace {

using List = std::vector<std::string>;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::vector<std::string> values_of(const std::optional<std::vector<Setting<std::string>>>& list) {
  std::vector<std::string> all;
  if (list) {
    for (const Setting<std::string>& item : *list) {
      all.push_back(item.value);
    }
  }
  return all;
}

TEST(ConfigParser, TakesAnEmptyConfig) {
  for (const std::string_view text : {"", "# nothing\n\n", "{}", "---\n", "\xEF\xBB\xBF"}) {
    const Config config = good_config(text);
    EXPECT_TRUE(config.bindings.empty());
    EXPECT_FALSE(config.vault.has_value());
  }
}

// rules A19
TEST(ConfigParser, RefusesAWrittenNullForAConfig) {
  for (const std::string_view text : {"~", "null\n", "--- NULL\n", "&a ~"}) {
    EXPECT_NE(only_problem(text).find("a config is a mapping, not null"), std::string::npos)
        << text;
  }
}

TEST(ConfigParser, ReadsEverySetting) {
  const Config config = good_config("vault: contoso-prod\n"
                                    "cloud: china\n"
                                    "identity: vm=client-id:x\n"
                                    "timeout: 30s\n"
                                    "start-jitter: 1.5s\n"
                                    "parallel: 8\n"
                                    "expired: fail\n"
                                    "inherit: none\n"
                                    "unset: [A, 'B_*']\n"
                                    "resolve: [C, 'D_*']\n"
                                    "keep-existing: true\n"
                                    "drop-identity: false\n");
  EXPECT_EQ(config.file, "k.yaml");
  EXPECT_EQ(config.vault->value, "contoso-prod");
  EXPECT_EQ(config.vault->place.text(), "k.yaml:1:8");
  EXPECT_EQ(config.cloud->value, "china");
  EXPECT_EQ(config.identity->value, "vm=client-id:x");
  EXPECT_EQ(config.identity->place.line, 3);
  EXPECT_EQ(config.timeout->value, Milliseconds{30'000});
  EXPECT_EQ(config.start_jitter->value, Milliseconds{1'500});
  EXPECT_EQ(config.parallel->value, 8U);
  EXPECT_EQ(config.expired->value, Expired::fail);
  EXPECT_FALSE(config.inherit->value.all);
  EXPECT_TRUE(config.inherit->value.names.empty());
  EXPECT_EQ(values_of(config.unset), (List{"A", "B_*"}));
  EXPECT_EQ(values_of(config.resolve), (List{"C", "D_*"}));
  EXPECT_TRUE(config.keep_existing->value);
  EXPECT_FALSE(config.drop_identity->value);
}

TEST(ConfigParser, TakesScalarsAsTextHoweverTheyAreWritten) {
  EXPECT_EQ(good_config("parallel: '8'\ntimeout: \"30\"\nkeep-existing: 'true'").parallel->value,
            8U);
  EXPECT_EQ(good_config("{\"vault\":\"kv1\"}").vault->value, "kv1");
}

TEST(ConfigParser, TakesOneToSixtyFourConnections) {
  EXPECT_EQ(good_config("parallel: 1").parallel->value, 1U);
  EXPECT_EQ(good_config("parallel: 64").parallel->value, 64U);
}

TEST(ConfigParser, TakesWhatIsInheritedAsAWordOrAList) {
  EXPECT_TRUE(good_config("inherit: all").inherit->value.all);
  const Inherit inherit = good_config("inherit: [PATH, 'LC_*', 'A.B-C']").inherit->value;
  EXPECT_FALSE(inherit.all);
  EXPECT_EQ(inherit.names, (List{"PATH", "LC_*", "A.B-C"}));
  EXPECT_FALSE(good_config("inherit: []").inherit->value.all);
}

TEST(ConfigParser, RefusesTheWrongKindOfValueWhereItStands) {
  const std::array<std::pair<std::string_view, std::string_view>, 28> texts{
      {{"vault: [kv1]", "1:8"},
       {"vault: {}", "1:8"},
       {"cloud: [public]", "1:8"},
       {"identity: {}", "1:11"},
       {"env: A", "1:6"},
       {"env: [A]", "1:6"},
       {"files: A", "1:8"},
       {"bundles: a", "1:10"},
       {"bundles: {}", "1:10"},
       {"bundles: [a]", "1:11"},
       {"bundles: [[a]]", "1:11"},
       {"resolve: A", "1:10"},
       {"resolve: {}", "1:10"},
       {"resolve: [[A]]", "1:11"},
       {"unset: {A: b}", "1:8"},
       {"unset: A", "1:8"},
       {"unset: [{}]", "1:9"},
       {"inherit: {a: b}", "1:10"},
       {"inherit: some", "1:10"},
       {"inherit: [[]]", "1:11"},
       {"expired: []", "1:10"},
       {"timeout: [1]", "1:10"},
       {"start-jitter: {}", "1:15"},
       {"parallel: []", "1:11"},
       {"keep-existing: []", "1:16"},
       {"drop-identity: {}", "1:16"},
       {"profiles: [dev]", "1:11"},
       {"profiles: {dev: x}", "1:17"}}};
  for (const auto& [text, place] : texts) {
    EXPECT_EQ(places_of(text), List{std::string(place)}) << text;
  }
  EXPECT_EQ(places_of("- a\n- b\n"), List{"1:1"});
  EXPECT_EQ(places_of("just text\n"), List{"1:1"});
}

TEST(ConfigParser, RefusesTheWrongValueWhereItStands) {
  const std::array<std::pair<std::string_view, std::string_view>, 35> texts{
      {{"vault: ''", "1:8"},
       {"vault: k", "1:8"},
       {"vault: my_vault", "1:8"},
       {"vault: http://kv1.vault.azure.net", "1:8"},
       {"cloud: mars", "1:8"},
       {"cloud: Public", "1:8"},
       {"cloud: ''", "1:8"},
       {"identity: magic", "1:11"},
       {"identity: ''", "1:11"},
       {"expired: shrug", "1:10"},
       {"expired: ''", "1:10"},
       {"timeout: soon", "1:10"},
       {"timeout: 0", "1:10"},
       {"timeout: 61m", "1:10"},
       {"timeout: ''", "1:10"},
       {"start-jitter: -1s", "1:15"},
       {"start-jitter: 11m", "1:15"},
       {"parallel: many", "1:11"},
       {"parallel: -1", "1:11"},
       {"parallel: 0", "1:11"},
       {"parallel: 08", "1:11"},
       {"parallel: 65", "1:11"},
       {"parallel: 4294967297", "1:11"},
       {"parallel: 1.0", "1:11"},
       {"parallel: ''", "1:11"},
       {"keep-existing: yes", "1:16"},
       {"drop-identity: 'True'", "1:16"},
       {"resolve: ['*']", "1:11"},
       {"resolve: [A, '**']", "1:14"},
       {"resolve: ['']", "1:11"},
       {"resolve: ['A,B']", "1:11"},
       {"unset: ['A=b']", "1:9"},
       {R"(unset: ["A\0"])", "1:9"},
       {"inherit: ['']", "1:11"},
       {"inherit: ''", "1:10"}}};
  for (const auto& [text, place] : texts) {
    EXPECT_EQ(places_of(text), List{std::string(place)}) << text;
  }
}

TEST(ConfigParser, RefusesNothingAsAValue) {
  for (const std::string_view key : {"vault",
                                     "cloud",
                                     "identity",
                                     "env",
                                     "files",
                                     "bundles",
                                     "resolve",
                                     "expired",
                                     "timeout",
                                     "start-jitter",
                                     "parallel",
                                     "inherit",
                                     "unset",
                                     "keep-existing",
                                     "drop-identity",
                                     "profiles"}) {
    for (const std::string_view nothing : {"", " ~", " null", " NULL"}) {
      const std::string text = std::string(key) + ":" + std::string(nothing);
      EXPECT_EQ(problems_of(text).size(), 1U) << text;
    }
  }
  EXPECT_EQ(places_of("unset: [A, ~]\nbundles: [~]\nprofiles:\n  dev: ~\n"),
            (List{"1:12", "2:11", "4:8"}));
}

TEST(ConfigParser, NamesTheNearestKeyOfAnUnknownOne) {
  const std::array<std::pair<std::string_view, std::string_view>, 6> keys{
      {{"vualt", "vault"},
       {"VAULT", "vault"},
       {"keep_existing", "keep-existing"},
       {"profile", "profiles"},
       {"bundle", "bundles"},
       {"start_jitter", "start-jitter"}}};
  for (const auto& [key, near] : keys) {
    const std::string said = only_problem(std::string(key) + ": x");
    EXPECT_TRUE(contains(said, "k.yaml:1:1: unknown key '" + std::string(key) + "'")) << said;
    EXPECT_TRUE(contains(said, "did you mean '" + std::string(near) + "'?")) << said;
  }
}

TEST(ConfigParser, ListsTheKeysWhenNoneIsNear) {
  EXPECT_TRUE(contains(only_problem("xyzzy-plugh: 1"), "'drop-identity' and 'profiles'"));
}

TEST(ConfigParser, TakesNoOptionThatIsNoKey) {
  for (const std::string_view option :
       {"trust-host", "connect-to", "ca-file", "mask-ci", "report", "wait-for-access"}) {
    EXPECT_TRUE(contains(only_problem(std::string(option) + ": x"),
                         "option only: --" + std::string(option)));
  }
}

TEST(ConfigParser, HintsThatAVariableStandsUnderEnv) {
  EXPECT_TRUE(contains(only_problem("DB_PASSWORD: db-password"), "'env'"));
}

TEST(ConfigParser, ShowsAnUnknownKeyOnOneLineAndCut) {
  const std::string said =
      only_problem(R"("x\n::error::\e[31m)" + std::string(1000, 'y') + "\": 1");
  EXPECT_TRUE(contains(said, "unknown key 'x "));
  EXPECT_FALSE(contains(said, "::error::"));
  EXPECT_FALSE(contains(said, "\x1b"));
  EXPECT_LT(said.size(), 500U);
}

TEST(ConfigParser, TellsEveryProblemInOneRun) {
  List places = places_of("vualt: kv1\n"
                          "env:\n"
                          "  A: my_secret\n"
                          "  B: { reff: b }\n"
                          "  C: { template: '{{ c' }\n"
                          "  C: d\n"
                          "timeout: soon\n"
                          "profiles:\n"
                          "  dev: { vautl: x, env: { 1A: a, B: {} } }\n");
  std::sort(places.begin(), places.end());
  EXPECT_EQ(places, (List{"1:1", "3:6", "4:8", "5:19", "6:3", "7:10", "9:10", "9:27", "9:37"}));
}

TEST(ConfigParser, ShowsNoValueInAProblem) {
  const List said = problems_of("vault: hunter2_\n"
                                "cloud: hunter2\n"
                                "expired: hunter2\n"
                                "timeout: hunter2\n"
                                "parallel: hunter2\n"
                                "keep-existing: hunter2\n"
                                "inherit: hunter2\n"
                                "unset: hunter2\n"
                                "resolve: ['hunter2=']\n"
                                "bundles: [{ ref: hunter2_, prefix: hunter2-, only: [hunter2-], "
                                "rename: { A: hunter2- } }]\n"
                                "env:\n"
                                "  A: hunter2_\n"
                                "  B: { ref: hunter2_, required: hunter2, decode: hunter2 }\n"
                                "  C: { template: 'hunter2 {{ hunter2_ | hunter2 }} {{ ' }\n"
                                "  D: { value: hunter2, decode: base64, default: [hunter2] }\n"
                                "  E: [hunter2]\n"
                                "files:\n"
                                "  F: { value: hunter2, mode: hunter2, format: pem }\n");
  EXPECT_GE(said.size(), 22U);
  for (const std::string& message : said) {
    EXPECT_FALSE(contains(message, "hunter2")) << message;
  }
}

TEST(ConfigParser, TellsWhatTheIdentityIsRefusedFor) {
  const std::string said = only_problem("identity: magic");
  EXPECT_EQ(said, "k.yaml:1:11: no such identity\nauto or vm");
}

TEST(ConfigParser, ReadsProfiles) {
  const Config config =
      good_config("vault: kv1\n"
                  "env: { A: a }\n"
                  "profiles:\n"
                  "  dev: { vault: kv2, unset: [X], env: { A: ~, B: b }, files: { F: ~ } }\n"
                  "  empty: {}\n");
  ASSERT_EQ(config.profiles.size(), 2U);
  const Config& dev = config.profiles.at("dev");
  EXPECT_EQ(dev.file, "k.yaml");
  EXPECT_EQ(dev.vault->value, "kv2");
  ASSERT_EQ(dev.removals.size(), 2U);
  EXPECT_EQ(dev.removals[0].name, "A");
  EXPECT_EQ(dev.removals[1].place.text(), "k.yaml:4:64");
  ASSERT_EQ(dev.bindings.size(), 1U);
  EXPECT_EQ(dev.bindings[0].name, "B");
}

TEST(ConfigParser, ChecksEachProfile) {
  EXPECT_EQ(places_of("profiles:\n"
                      "  a: { vautl: x }\n"
                      "  b: { profiles: {} }\n"
                      "  c: { env: { A: { ref: ~ }, B-: ~ } }\n"
                      "  d: { unset: ~ }\n"
                      "  '': {}\n"),
            (List{"2:8", "3:8", "4:25", "4:30", "5:15", "6:3"}));
  EXPECT_TRUE(contains(only_problem("profiles: { a: { profiles: {} } }"), "inside a profile"));
}

TEST(ConfigParser, RefusesANameInTwoSections) {
  EXPECT_TRUE(contains(only_problem("env:\n  A: a\nfiles:\n  A: b\n"),
                       "k.yaml:4:3: 'A' is set by 'files' and by 'env' (k.yaml:2:3)"));
  EXPECT_EQ(places_of("profiles: { dev: { env: { A: a }, files: { A: b } } }"), List{"1:44"});
  EXPECT_EQ(places_of("env: { A: {} }\nfiles: { A: b }"), (List{"1:11", "2:10"}));
}

TEST(ConfigParser, LetsAProfileMoveANameFromOneSectionToAnother) {
  good_config("env: { A: a }\nprofiles: { dev: { files: { A: b } }, x: { env: { A: ~ }, files: { "
              "A: b } } }");
}

TEST(ConfigParser, TellsWhatIsNoYaml) {
  for (const std::string_view text :
       {"env:\n  A: @Microsoft.KeyVault(VaultName=kv1;SecretName=a)\n",
        "a: b: c\n",
        "[",
        "env: {}\n---\n{}\n",
        "env:\n  A: !!str a\n",
        "env:\n  B: { <<: { ref: a } }\n",
        "\xff"}) {
    EXPECT_FALSE(problems_of(text).empty()) << text;
  }
}

TEST(ConfigParser, TakesALongConfigInTimeThatGrowsWithItsLength) {
  std::string text = "env:\n";
  for (int i = 0; i < 20'000; ++i) { // minutes if each looked at all that came before
    text += "  A" + std::to_string(i) + ": { template: '{{ a }} {{' }\n";
  }
  EXPECT_EQ(problems_of(text).size(), 20'000U);
}

} // namespace
} // namespace kvrun::config
