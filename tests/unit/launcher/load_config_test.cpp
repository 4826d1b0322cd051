// SPDX-License-Identifier: MIT
// Which config is read, and with which profile: rules A1, A6, A13.
#include "tests/unit/launcher/call.hpp"

namespace kvrun::launcher {
namespace {

TEST(LoadedConfig, IsTheOneAVariableNames) {
  Call call;
  const std::string file =
      call.folder.write("other.yaml", "profiles: { p: { vault: from-profile } }");
  call.with({"KVRUN_CONFIG=" + file, "KVRUN_PROFILE=p"});
  EXPECT_EQ(call.settings().vault->value, "from-profile");
  EXPECT_EQ(call.settings().config_file, file);
  Call option({"-p", "q"});
  option.config("profiles: { q: { vault: from-option } }")
      .with({"KVRUN_CONFIG=/nowhere.yaml", "KVRUN_PROFILE=p"});
  EXPECT_EQ(option.settings().vault->value, "from-option");
}

// rules A11
TEST(LoadedConfig, MapsEachNameOnceWithItsProfileToo) {
  const std::string yaml = "env: { A: { value: x } }\n"
                           "profiles: { p: { bundles: [ { ref: kv://kv1/a, only: [ A ] } ] } }";
  EXPECT_TRUE(Call().config(yaml).problems().empty());
  expect_holds(Call({"-p", "p"}).config(yaml).problem(), "'A' is set by a bundle and by 'env'");
}

TEST(LoadedConfig, HasTheProfileOrTheNearestIsNamed) {
  Call call({"-p", "pord"});
  call.config("profiles: { prod: { vault: kv1 } }");
  expect_holds(call.problem(), "did you mean 'prod'?");
  Call far({"-p", "integration"});
  far.config("profiles: { dev: {}, prod: {} }");
  expect_holds(far.problem(), "the profiles are dev, prod");
  Call none({"-p", "integration"});
  none.config("vault: kv1");
  expect_holds(none.problem(), "the config has none: leave out '-p'");
}

TEST(LoadedConfig, IsAFileThatCanBeRead) {
  const std::vector<std::pair<Texts, const char*>> calls{
      {{"-c", "-"}, "--config: the config cannot be read from stdin"},
      {{"-c", "/"}, "'/'"},
      {{"-c", "/nowhere/kvrun.yaml"}, "/nowhere/kvrun.yaml': no such file or directory (name a"},
      {{"-p", "prod", "-e", "A=a", "--vault", "kv1"},
       "--profile: there is no config that could have the profile 'prod'"},
  };
  for (const auto& [words, part] : calls) {
    expect_holds(Call(words).problem(), part);
  }
}

TEST(LoadedConfig, TellsOfAnUnknownProfileBesideItsOtherProblems) {
  for (const char* text : {"timeout: soon\nprofiles: { prod: { vault: kv1 } }", "timeout: soon"}) {
    Call call({"-p", "pord"});
    call.config(text);
    EXPECT_EQ(call.problems().size(), 2U) << text;
  }
}

// A profile that is missing may be missing for what is wrong in the file: that is told alone.
TEST(LoadedConfig, TellsOnlyOfWhatHidesTheProfiles) {
  for (const char* text : {"profiles: { prod: { vault: kv1 }\n",
                           "profiles: prod",
                           "profiles: { prod: kv1, dev: {} }",
                           "[profiles]"}) {
    Call call({"-p", "prod"});
    call.config(text);
    EXPECT_EQ(call.problems().size(), 1U) << text;
    expect_lacks(call.problem(), "no profile");
  }
}

} // namespace
} // namespace kvrun::launcher
