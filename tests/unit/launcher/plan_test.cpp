// SPDX-License-Identifier: MIT
// Who wins, what is asked for, what is inherited: rules A11 to A18, A20, A23, A29.
#include "launcher/plan.hpp"
#include "tests/unit/launcher/call.hpp"

#include <algorithm>

namespace kvrun::launcher {
namespace {

TEST(Plan, LaysOptionOverEnvFileOverConfigOverInherited) {
  Call call({"-e", "A=option", "--vault", "kv1", "--resolve", "A,B,C,D"});
  call.env_file("A=kv://kv1/env-file\nB=kv://kv1/env-file\n")
      .config("env: { A: config, B: config, C: config }")
      .with({"A=kv://kv1/inherited",
             "B=kv://kv1/inherited",
             "C=kv://kv1/inherited",
             "D=kv://kv1/inherited"});
  std::vector<std::pair<std::string, std::string_view>> sources;
  for (const PlannedBinding& one : call.plan().bindings) {
    sources.emplace_back(one.binding.name, name_of(one.source));
  }
  using Pair = std::pair<std::string, std::string_view>;
  std::sort(sources.begin(), sources.end());
  EXPECT_EQ(
      sources,
      (std::vector<Pair>{{"A", "-e"}, {"B", "env file"}, {"C", "config"}, {"D", "--resolve"}}));
}

// rules A12
TEST(Plan, LetsAnOptionReplaceTheWholeEntry) {
  Call call({"-e", "A=plain"});
  call.config(
      "vault: kv1\nfiles: { A: { ref: other, mode: '0444', decode: base64, required: false } }");
  ASSERT_EQ(call.plan().bindings.size(), 1U);
  const config::Binding& binding = call.plan().bindings[0].binding;
  EXPECT_FALSE(binding.file);
  EXPECT_TRUE(binding.required);
  EXPECT_EQ(binding.decode, config::Decode::none);
  EXPECT_EQ(call.secrets(), Texts{"kv1.vault.azure.net/plain"});
}

// rules A23
TEST(Plan, AsksOnceForASecretThatIsUsedTwice) {
  Call call;
  call.config("vault: kv1\nenv:\n"
              "  A: DB-Password\n"
              "  B: db-password\n"
              "  C: kv://KV1/db-password#/a\n"
              "  D: https://kv1.vault.azure.net/secrets/DB-PASSWORD/\n"
              "  E: { template: '{{ db-password }}{{ other }}' }\n"
              "  F: db-password/4387E9F3D6E14C459867679A90FD0F79\n"
              "  G: db-password/4387e9f3d6e14c459867679a90fd0f79\n"
              "files: { H: db-password }\n"
              "bundles: [ { ref: db-password } ]\n");
  EXPECT_TRUE(call.problems().empty());
  EXPECT_EQ(call.secrets(),
            (Texts{"kv1.vault.azure.net/DB-Password",
                   "kv1.vault.azure.net/other",
                   "kv1.vault.azure.net/db-password/4387E9F3D6E14C459867679A90FD0F79"}));
  EXPECT_EQ(call.plan().bindings[4].secrets, (std::vector<std::size_t>{0, 1}));
}

TEST(Plan, AsksEachVaultForItsOwn) {
  Call call;
  call.config("vault: kv1\nenv: { A: a, B: kv://kv2/a, C: kv://kv1.vault.azure.cn/a }");
  EXPECT_EQ(call.secrets(),
            (Texts{"kv1.vault.azure.net/a", "kv2.vault.azure.net/a", "kv1.vault.azure.cn/a"}));
  EXPECT_EQ(call.plan().secrets[2].secret.audience, "https://vault.azure.cn");
}

// rules A29
TEST(Plan, PutsABareNameIntoTheCloud) {
  Call call;
  call.config("cloud: usgov\nvault: kv1\nenv: { A: a, B: kv://kv2/b }");
  EXPECT_EQ(call.secrets(),
            (Texts{"kv1.vault.usgovcloudapi.net/a", "kv2.vault.usgovcloudapi.net/b"}));
}

TEST(Plan, TellsOnceThatTheDefaultVaultIsNone) {
  Call call;
  call.config("vault: vault.example.com\nenv: { A: a, B: b, C: c }");
  expect_holds(call.problem(), "--trust-host vault.example.com");
}

TEST(Plan, NeedsADefaultVaultOnlyForBareNames) {
  EXPECT_TRUE(Call({"-e", "A=kv://kv1/a"}).problems().empty());
  expect_holds(Call({"-e", "A=a"}).problem(), "there is no default vault");
  Call literal;
  literal.config("env: { A: { value: x } }");
  EXPECT_TRUE(literal.problems().empty());
}

TEST(Plan, RefusesAHostThatMayGetNoTokenWherePlacedInTheConfig) {
  Call call;
  call.config("vault: kv1\nenv:\n  A: a\n  B: kv://evilvault.azure.net/b\n"
              "  C: https://kv1.vault.azure.net:8443/secrets/c\n");
  const Texts problems = call.problems();
  ASSERT_EQ(problems.size(), 2U);
  expect_holds(problems[0], "kvrun.yaml:4:6: B: ");
  expect_holds(problems[1], "kvrun.yaml:5:6: C: ");
}

// rules A46: a port other than 443 only where the caller names it.
TEST(Plan, TakesAPortThatTheCallerTrusts) {
  Call call({"--trust-host", "vault.corp:8443=https://vault.azure.net"});
  call.config("env: { A: 'https://vault.corp:8443/secrets/a', B: 'kv://vault.corp:8443/b' }");
  EXPECT_TRUE(call.problems().empty());
  EXPECT_EQ(call.secrets(), (Texts{"vault.corp/a", "vault.corp/b"}));
  EXPECT_EQ(call.plan().secrets[1].secret.vault.port, 8443);
}

TEST(Plan, MayDoWithoutASecretOnlyIfEveryUserMay) {
  Call call;
  call.config("vault: kv1\nenv:\n  A: { ref: one, required: false }\n"
              "  B: { ref: one, default: x }\n  C: { ref: two, required: false }\n  D: two\n"
              "bundles: [ { ref: three } ]\n");
  EXPECT_TRUE(call.plan().secrets[0].may_be_absent);
  EXPECT_FALSE(call.plan().secrets[1].may_be_absent);
  EXPECT_FALSE(call.plan().secrets[2].may_be_absent);
}

// ---- profiles, rules A13

TEST(Profile, IsLaidOverByName) {
  Call call({"-p", "dev"});
  call.config(
      "vault: kv1\nenv: { A: a, B: b, C: c }\nfiles: { F: f }\n"
      "profiles: { dev: { vault: kv2, env: { B: { value: x }, C: ~, D: d }, files: { F: ~ } } }");
  EXPECT_EQ(call.names(), (Texts{"A", "B", "D"}));
  EXPECT_EQ(call.secrets(), (Texts{"kv2.vault.azure.net/a", "kv2.vault.azure.net/d"}));
}

TEST(Profile, ReplacesListsWhole) {
  Call call({"-p", "dev"});
  call.config("unset: [A, B]\nprofiles: { dev: { unset: [C] } }").with({"A=1", "B=2", "C=3"});
  EXPECT_EQ(call.plan().inherited.get("A"), "1");
  EXPECT_EQ(call.plan().inherited.get("C"), std::nullopt);
}

// ---- --only, rules A14

TEST(Only, SelectsAndAsksForNothingElse) {
  Call call({"--only", "B,C"});
  call.config(
      "vault: kv1\nenv: { A: a, B: { template: '{{ b1 }}{{ b2 }}' } }\nfiles: { C: c, D: d }");
  EXPECT_EQ(call.names(), (Texts{"B", "C"}));
  EXPECT_EQ(call.secrets(),
            (Texts{"kv1.vault.azure.net/b1", "kv1.vault.azure.net/b2", "kv1.vault.azure.net/c"}));
}

TEST(Only, RefusesANameThatNothingMaps) {
  Call call({"--only", "DB_PASWORD"});
  call.config("vault: kv1\nenv: { DB_PASSWORD: a }").with({"DB_PASWORD=inherited"});
  expect_holds(call.problem(), "did you mean 'DB_PASSWORD'?");
}

TEST(Only, RefusesWhatNoBundleCanHold) {
  Call call({"--vault", "kv1", "--only", "X-Y"});
  call.config("bundles: [ { ref: app } ]");
  expect_holds(call.problem(), "--only: nothing maps 'X-Y'");
}

TEST(Only, AsksForABundleOnlyIfItMightHaveTheName) {
  const std::string yaml = "vault: kv1\nenv: { A: a }\nbundles:\n  - { ref: one, prefix: APP_ }\n"
                           "  - { ref: two, only: [X, Y], rename: { X: Z, W: V } }\n";
  EXPECT_EQ(Call({"--only", "APP_KEY"}).config(yaml).secrets(), Texts{"kv1.vault.azure.net/one"});
  EXPECT_EQ(Call({"--only", "Z"}).config(yaml).secrets(), Texts{"kv1.vault.azure.net/two"});
  EXPECT_EQ(Call({"--only", "Y"}).config(yaml).secrets(), Texts{"kv1.vault.azure.net/two"});
  EXPECT_EQ(Call({"--only", "A"}).config(yaml).secrets(), Texts{"kv1.vault.azure.net/a"});
  EXPECT_EQ(Call({"--only", "X"}).config(yaml).problems().size(), 1U); // it is Z
  EXPECT_EQ(Call({"--only", "V"}).config(yaml).problems().size(), 1U); // 'only' leaves W out
  EXPECT_EQ(Call({"--only", "APP"}).config(yaml).problems().size(), 1U);
}

// ---- inheritance, rules A15, A16, A18, A20

Texts inherited(Call& call) {
  EXPECT_TRUE(call.problems().empty());
  return texts_of(call.plan().inherited);
}

TEST(Inherited, IsEverythingByDefaultKvrunsOwnVariablesToo) {
  Call call;
  call.config("").with({"KVRUN_VAULT=kv1", "X=1", "X=2", "odd"});
  EXPECT_EQ(inherited(call), (Texts{"PATH=/usr/bin:/bin", "KVRUN_VAULT=kv1", "X=1", "X=2", "odd"}));
}

TEST(Inherited, IsNothingWithACleanEnvironment) {
  Call option({"--clean-env"});
  option.config("inherit: all");
  EXPECT_EQ(inherited(option), Texts{});
  Call config;
  config.config("inherit: none");
  EXPECT_EQ(inherited(config), Texts{});
}

TEST(Inherited, IsWhatIsKeptByNameOrGlob) {
  Call option({"--clean-env", "--keep", "PATH,LC_*"});
  option.config("").with({"LC_ALL=C", "LC_=x", "LANG=C", "PATH2=y"});
  EXPECT_EQ(inherited(option), (Texts{"PATH=/usr/bin:/bin", "LC_ALL=C", "LC_=x"}));
  Call config;
  config.config("inherit: [PATH, 'A*Z']").with({"AZ=1", "AbZ=2", "Ab=3"});
  EXPECT_EQ(inherited(config), (Texts{"PATH=/usr/bin:/bin", "AZ=1", "AbZ=2"}));
}

TEST(Inherited, LacksWhatIsUnset) {
  Call call({"--unset", "A,B*"});
  call.config("unset: [C]").with({"A=1", "B1=2", "C=3", "AA=4"});
  EXPECT_EQ(inherited(call), (Texts{"PATH=/usr/bin:/bin", "C=3", "AA=4"}));
}

TEST(Inherited, UnsetsNothingThatIsMapped) {
  Call call({"--unset", "A", "-e", "A=a", "--vault", "kv1"});
  call.with({"A=1"}).holds("a", "mapped");
  EXPECT_EQ(call.bound(), Texts{"A=mapped"});
}

TEST(Inherited, LacksWhatCouldGetAnotherToken) {
  Texts identity;
  for (const char* name : {"AZURE_CLIENT_SECRET",
                           "AZURE_CLIENT_CERTIFICATE_PASSWORD",
                           "AZURE_CLIENT_CERTIFICATE_PATH",
                           "AZURE_FEDERATED_TOKEN_FILE",
                           "IDENTITY_HEADER",
                           "IDENTITY_ENDPOINT",
                           "MSI_SECRET",
                           "MSI_ENDPOINT",
                           "SYSTEM_ACCESSTOKEN",
                           "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}) {
    identity.push_back(std::string(name) + "=x");
  }
  Call option({"--drop-identity"});
  option.config("").with(identity).with({"AZURE_CLIENT_ID=stays"});
  EXPECT_EQ(inherited(option), (Texts{"PATH=/usr/bin:/bin", "AZURE_CLIENT_ID=stays"}));
  Call config;
  config.config("drop-identity: true").with(identity);
  EXPECT_EQ(inherited(config), Texts{"PATH=/usr/bin:/bin"});
}

TEST(KeepExisting, LeavesWhatIsSetEvenEmptyAndAsksForNothing) {
  Call call({"--keep-existing"});
  call.config("vault: kv1\nenv: { A: a, B: b, C: c }").with({"A=1", "B="});
  EXPECT_EQ(call.names(), Texts{"C"});
  EXPECT_EQ(call.secrets(), Texts{"kv1.vault.azure.net/c"});
  Call config;
  config.config("keep-existing: true\nvault: kv1\nenv: { A: a, B: b }").with({"A="});
  EXPECT_EQ(config.names(), Texts{"B"});
}

TEST(KeepExisting, AsksForNoBundleThatCouldOnlyGiveWhatIsKept) {
  Call all({"--vault", "kv1", "--keep-existing"});
  all.config("bundles: [ { ref: app, only: [ A, b ], rename: { b: B } } ]").with({"A=", "B=1"});
  EXPECT_EQ(all.secrets(), Texts{});
  Call one({"--vault", "kv1", "--keep-existing"});
  one.config("bundles: [ { ref: app, only: [ A, b ], rename: { b: B } } ]").with({"A="});
  EXPECT_EQ(one.secrets(), Texts{"kv1.vault.azure.net/app"});
  Call selected({"--vault", "kv1", "--keep-existing", "--only", "A"});
  selected.config("bundles: [ { ref: app } ]").with({"A="});
  EXPECT_EQ(selected.secrets(), Texts{});
}

TEST(KeepExisting, LooksAtWhatTheCommandWouldInherit) {
  Call call({"--keep-existing", "--clean-env"});
  call.config("vault: kv1\nenv: { A: a }").with({"A=1"});
  EXPECT_EQ(call.names(), Texts{"A"});
}

TEST(KeepExisting, TakesAReferenceThatIsToBeResolvedForUnset) {
  Call call({"--keep-existing", "--resolve", "A,B"});
  call.config("vault: kv1\nenv: { A: a }").with({"A=kv://kv1/inherited", "B=kv://kv1/b"});
  EXPECT_EQ(call.secrets(), (Texts{"kv1.vault.azure.net/b", "kv1.vault.azure.net/a"}));
}

// ---- --resolve

TEST(Resolve, TakesOnlyWhatIsNamedAndWhollyAReference) {
  Call call({"--resolve", "DB_*,TOKEN"});
  call.with({"DB_A=kv://kv1/a",
             "DB_B=plain",
             "DB_C= kv://kv1/c",
             "TOKEN=@Microsoft.KeyVault(VaultName=kv1;SecretName=t)",
             "BRANCH=kv://kv1/branch",
             "DB_D=https://kv1.vault.azure.net/secrets/d"});
  EXPECT_EQ(call.names(), (Texts{"DB_A", "TOKEN"}));
  EXPECT_EQ(call.secrets(), (Texts{"kv1.vault.azure.net/a", "kv1.vault.azure.net/t"}));
  ASSERT_EQ(call.plan().warnings.size(), 1U);
  expect_holds(call.plan().warnings[0], "'BRANCH'");
  expect_holds(call.plan().warnings[0], "'--resolve BRANCH'");
  expect_lacks(call.plan().warnings[0], "kv1/branch");
}

TEST(Resolve, RefusesAMalformedReference) {
  Call call({"--resolve", "A"});
  call.with({"A=kv://kv1/bad_name"});
  expect_holds(call.problem(), "A (inherited)");
}

// design.md §3: what is named is resolved or refused, and never left behind as text.
TEST(Resolve, RefusesAReferenceUnderANameThatIsNone) {
  Call call({"--resolve", "app.*"});
  call.with({"app.db=kv://kv1/a", "app.host=text"});
  expect_holds(call.problem(), "'app.db' (inherited) is no variable name");
}

TEST(Resolve, DoesNotLookAtWhatSomethingStrongerMaps) {
  Call call({"--resolve", "A", "-e", "A=a", "--vault", "kv1"});
  call.with({"A=kv://kv1/bad_name"});
  EXPECT_TRUE(call.problems().empty());
  EXPECT_EQ(call.secrets(), Texts{"kv1.vault.azure.net/a"});
}

// rules A18
TEST(Resolve, LooksAtNoTextThatSomethingElseSets) {
  Call call({"--resolve", "A,B"});
  call.config("env: { A: { value: kv://kv1/a } }").env_file("B=' kv://kv1/b'\n");
  EXPECT_EQ(call.bound(), (Texts{"A=kv://kv1/a", "B= kv://kv1/b"}));
}

TEST(Resolve, IsWeakerThanABundleAlsoWhereOneNameIsSelected) {
  Call call({"--vault", "kv1", "--resolve", "A", "--only", "A"});
  call.config("bundles: [ { ref: app, only: [ A ] } ]").with({"A=kv://kv1/a"});
  EXPECT_EQ(call.secrets(), (Texts{"kv1.vault.azure.net/a", "kv1.vault.azure.net/app"}));
}

TEST(Resolve, LeavesNothingBehindAsTextThatIsNotSelected) {
  Call call({"-e", "L=l", "--vault", "kv1", "--resolve", "A", "--only", "L"});
  call.with({"A=kv://kv1/a", "B=text"});
  EXPECT_EQ(texts_of(call.plan().inherited), (Texts{"PATH=/usr/bin:/bin", "B=text"}));
}

TEST(Resolve, OfNothingAsksForNothing) {
  Call call({"--resolve", "NONE_*"});
  EXPECT_TRUE(call.problems().empty());
  EXPECT_TRUE(call.plan().secrets.empty());
}

TEST(Resolve, WarnsOfNothingThatTheCommandWillNotGet) {
  Call call({"--unset", "BRANCH"});
  call.config("").with({"BRANCH=kv://kv1/branch"});
  EXPECT_TRUE(call.plan().warnings.empty());
}

} // namespace
} // namespace kvrun::launcher
