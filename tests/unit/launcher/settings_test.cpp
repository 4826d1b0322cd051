// SPDX-License-Identifier: MIT
// Which source wins, and what is refused before anything is contacted: rules A1, A6, A9, A10, A49.
#include "tests/fakes/certificates.hpp"
#include "tests/unit/launcher/call.hpp"

namespace kvrun::launcher {
namespace {

TEST(Settings, TakeOptionOverVariableOverProfileOverConfig) {
  const std::string yaml = "vault: from-config\ntimeout: 10s\nidentity: vm\n"
                           "profiles: { p: { vault: from-profile, timeout: 20s } }\n";
  Call config;
  config.config(yaml);
  EXPECT_EQ(config.settings().vault->value, "from-config");
  EXPECT_EQ(config.settings().timeout, std::chrono::seconds(10));
  EXPECT_EQ(config.settings().identity.kind, "vm");
  Call profile({"-p", "p"});
  profile.config(yaml);
  EXPECT_EQ(profile.settings().vault->value, "from-profile");
  EXPECT_EQ(profile.settings().timeout, std::chrono::seconds(20));
  Call variable({"-p", "p"});
  variable.config(yaml).with(
      {"KVRUN_VAULT=from-variable", "KVRUN_TIMEOUT=30", "KVRUN_IDENTITY=cloud-shell"});
  EXPECT_EQ(variable.settings().vault->value, "from-variable");
  EXPECT_EQ(variable.settings().timeout, std::chrono::seconds(30));
  EXPECT_EQ(variable.settings().identity.kind, "cloud-shell");
  Call option({"-p", "p", "--vault", "from-option", "--timeout", "40s", "--identity", "arc"});
  option.config(yaml).with(
      {"KVRUN_VAULT=from-variable", "KVRUN_TIMEOUT=30", "KVRUN_IDENTITY=cloud-shell"});
  EXPECT_EQ(option.settings().vault->value, "from-option");
  EXPECT_EQ(option.settings().timeout, std::chrono::seconds(40));
  EXPECT_EQ(option.settings().identity.kind, "arc");
}

TEST(Settings, TakeAnEmptyVariableForUnset) {
  Call call;
  call.config("vault: from-config").with({"KVRUN_VAULT=", "KVRUN_TIMEOUT=", "KVRUN_IDENTITY="});
  EXPECT_EQ(call.settings().vault->value, "from-config");
  EXPECT_EQ(call.settings().timeout, std::chrono::seconds(90));
  EXPECT_TRUE(call.problems().empty());
}

TEST(Settings, TakeTheConfigAndTheProfileFromVariables) {
  Call call;
  const std::string file =
      call.folder.write("other.yaml", "profiles: { p: { vault: from-profile } }");
  call.with({"KVRUN_CONFIG=" + file, "KVRUN_PROFILE=p"});
  EXPECT_EQ(call.settings().vault->value, "from-profile");
  EXPECT_EQ(call.settings().config_file, file);
}

TEST(Settings, TakeListsOfVariablesAtCommas) {
  Call call({"-e", "A=a", "--vault", "kv1"});
  call.with({"KVRUN_TRUST_HOST=localhost:8443, vault.corp=china",
             "KVRUN_CONNECT_TO=:443:127.0.0.1:1,kv2.vault.azure.net:443:127.0.0.1:2",
             "KVRUN_RESOLVE=A,B_*"});
  EXPECT_TRUE(call.problems().empty());
  EXPECT_EQ(call.settings().trusted_hosts.size(), 2U);
  EXPECT_EQ(call.settings().connect_to.size(), 2U);
  EXPECT_EQ(call.settings().resolve.size(), 2U);
}

TEST(Settings, LetOptionsReplaceAVariablesList) {
  Call call({"-e", "A=a", "--vault", "kv1", "--trust-host", "one.example"});
  call.with({"KVRUN_TRUST_HOST=two.example,three.example"});
  ASSERT_EQ(call.settings().trusted_hosts.size(), 1U);
  EXPECT_EQ(call.settings().trusted_hosts[0].origin.host, "one.example");
}

// rules A1
TEST(Settings, KnowWhetherAnythingIsMapped) {
  EXPECT_FALSE(Call().settings().anything_mapped);
  EXPECT_TRUE(Call({"-e", "A=a", "--vault", "kv1"}).settings().anything_mapped);
  EXPECT_TRUE(Call({"--resolve", "A"}).settings().anything_mapped);
  EXPECT_TRUE(Call().with({"KVRUN_RESOLVE=A"}).settings().anything_mapped);
  EXPECT_TRUE(Call().config("").settings().anything_mapped);
  EXPECT_TRUE(Call().env_file("").settings().anything_mapped);
}

TEST(Settings, RefuseWhatCannotBe) {
  const std::vector<std::pair<Texts, const char*>> calls{
      {{"-c", "-"}, "stdin"},
      {{"-c", "/"}, "'/'"},
      {{"-c", "/nowhere/kvrun.yaml"}, "/nowhere/kvrun.yaml"},
      {{"--env-file", "-"}, "stdin"},
      {{"--env-file", "/"}, "'/'"},
      {{"-p", "prod", "-e", "A=a", "--vault", "kv1"}, "profile 'prod'"},
      {{"--keep", "A", "-e", "A=a", "--vault", "kv1"}, "--clean-env"},
      {{"--timeout", "99ms"}, "--timeout"},
      {{"--timeout", "2h"}, "--timeout"},
      {{"--timeout", "soon"}, "--timeout"},
      {{"--identity", "nobody"}, "--identity"},
      {{"--trust-host", "a b"}, "--trust-host"},
      {{"--connect-to", "x"}, "--connect-to"},
      {{"--ca-file", "/dev/null"}, "holds no certificate"},
      {{"--ca-file", "/nowhere.pem"}, "/nowhere.pem"},
      {{"--resolve", "*"}, "literal part"},
      {{"--resolve", "**"}, "literal part"},
      {{"-e", "A"}, "NAME=REFERENCE"},
      {{"-e", "1A=a"}, "no variable name"},
      {{"-e", "=a"}, "no variable name"},
      {{"-e", "A=a b"}, "-e A"},
      {{"-e", "A=a", "-e", "A=b", "--vault", "kv1"}, "mapped twice"},
  };
  for (const auto& [words, part] : calls) {
    expect_holds(Call(words).problem(), part);
  }
}

TEST(Settings, NameTheVariableThatIsWrong) {
  for (const char* entry : {"KVRUN_TIMEOUT=soon",
                            "KVRUN_IDENTITY=nobody",
                            "KVRUN_TRUST_HOST=a b",
                            "KVRUN_CONNECT_TO=x",
                            "KVRUN_RESOLVE=*"}) {
    const std::string text(entry);
    expect_holds(Call().with({text}).problem(), text.substr(0, text.find('=')));
  }
}

TEST(Settings, RefuseAnUnknownProfileAndNameTheNearest) {
  Call call({"-p", "pord"});
  call.config("profiles: { prod: { vault: kv1 } }");
  expect_holds(call.problem(), "did you mean 'prod'?");
}

TEST(Settings, TakeACaFileWithACertificate) {
  Call call({"-e", "A=a", "--vault", "kv1"});
  const std::string file = call.folder.write("ca.pem", fakes::Authority().pem());
  call.words.insert(call.words.end(), {"--ca-file", file});
  EXPECT_TRUE(call.problems().empty());
  EXPECT_EQ(call.settings().ca_file, file);
}

// rules A10
TEST(Settings, TakeAPathInAConfigRelativeToTheConfig) {
  Call call;
  call.config("identity: token-file=secrets/token\nenv: { A: { value: x } }");
  EXPECT_EQ(call.settings().identity.value, call.folder.path() + "/secrets/token");
  Call option({"--identity", "token-file=secrets/token"});
  option.config("env: { A: { value: x } }");
  EXPECT_EQ(option.settings().identity.value, "secrets/token");
}

TEST(Settings, NeverShowWhatStandsWhereAReferenceShould) {
  expect_lacks(Call({"-e", "DB=hunter2!"}).problem(), "hunter2");
  expect_lacks(Call({"--identity", "hunter2"}).problem(), "hunter2");
  expect_lacks(Call({"-e", "hunter2-no-name"}).problem(), "hunter2");
}

// ---- rules A49

struct EnvFileCall : Call {
  explicit EnvFileCall(std::string_view text, Texts options = {"--vault", "kv1"})
      : Call(std::move(options)) {
    env_file(text);
  }
};

std::vector<std::pair<std::string, bool>> entries_of(Call& call) {
  std::vector<std::pair<std::string, bool>> entries; // name, and whether it is a reference
  for (const config::Binding& binding : call.settings().env_file_bindings) {
    entries.emplace_back(binding.name,
                         std::holds_alternative<config::SecretReference>(binding.source));
  }
  return entries;
}

TEST(EnvFile, HoldsReferencesAndLiterals) {
  EnvFileCall call("A=kv://kv1/a\nB=db-password\n"
                   "C='@Microsoft.KeyVault(VaultName=kv1;SecretName=c)'\n"
                   "D=https://kv1.vault.azure.net/secrets/d\n"
                   "E=https://example.com/secrets/e\n"
                   "F=https://kv1.vault.azure.net/keys/f\n"
                   "G=' kv://kv1/a'\n"
                   "H=https://evilvault.azure.net/secrets/h\n"
                   "export I=\n");
  EXPECT_TRUE(call.problems().empty());
  EXPECT_EQ(entries_of(call),
            (std::vector<std::pair<std::string, bool>>{{"A", true},
                                                       {"B", false},
                                                       {"C", true},
                                                       {"D", true},
                                                       {"E", false},
                                                       {"F", false},
                                                       {"G", false},
                                                       {"H", false},
                                                       {"I", false}}));
}

TEST(EnvFile, TakesATrustedHostsUrlForAReference) {
  EnvFileCall call("A=https://localhost:8443/secrets/a\n",
                   {"--vault", "kv1", "--trust-host", "localhost:8443"});
  EXPECT_EQ(entries_of(call), (std::vector<std::pair<std::string, bool>>{{"A", true}}));
}

TEST(EnvFile, RefusesAMalformedReferenceWithItsLine) {
  for (const char* line : {"A=kv://kv1/bad_name",
                           "A=kv://kv1",
                           "A='@Microsoft.KeyVault(VaultName=kv1)'",
                           "A=https://kv1.vault.azure.net/secrets/bad_name"}) {
    EnvFileCall call(std::string("# one\n") + line + "\n");
    expect_holds(call.problem(), ".env:2: ");
  }
}

TEST(EnvFile, TellsEveryBadLine) {
  EnvFileCall call("1A=x\nB='open\n");
  EXPECT_EQ(call.problems().size(), 2U);
  EXPECT_EQ(EnvFileCall("A=1\nA=2\n").problems().size(), 1U);
}

TEST(EnvFile, IsReplacedByALaterOneAndByTheOption) {
  Call call({"--vault", "kv1", "-e", "B=secret-b"});
  call.config("env: { A: from-config, B: from-config, C: from-config, D: from-config }")
      .env_file("A=one\nB=one\nC=one\n")
      .env_file("A=two\nB=two\n");
  call.holds("secret-b", "option").holds("from-config", "config");
  EXPECT_EQ(call.bound(), (Texts{"A=two", "B=option", "C=one", "D=config"}));
}

} // namespace
} // namespace kvrun::launcher
