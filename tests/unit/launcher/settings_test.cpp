// SPDX-License-Identifier: MIT
// Which source wins, and what is refused before anything is contacted: rules A1, A6, A9, A10.
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
  call.config("vault: from-config")
      .with({"KVRUN_PROFILE=",
             "KVRUN_VAULT=",
             "KVRUN_IDENTITY=",
             "KVRUN_TIMEOUT=",
             "KVRUN_RESOLVE=",
             "KVRUN_TRUST_HOST=",
             "KVRUN_CONNECT_TO=",
             "KVRUN_CA_FILE="});
  EXPECT_EQ(call.settings().vault->value, "from-config");
  EXPECT_EQ(call.settings().timeout, std::chrono::seconds(90));
  EXPECT_TRUE(call.problems().empty());
  EXPECT_TRUE(Call({"-e", "A=kv://kv1/a"}).with({"KVRUN_CONFIG="}).problems().empty());
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
  Call call({"--trust-host", "one.example", "--connect-to", ":443:127.0.0.1:1"});
  call.with({"KVRUN_TRUST_HOST=two.example,three.example", "KVRUN_CONNECT_TO=:443:127.0.0.1:2"});
  ASSERT_EQ(call.settings().trusted_hosts.size(), 1U);
  EXPECT_EQ(call.settings().trusted_hosts[0].origin.host, "one.example");
  ASSERT_EQ(call.settings().connect_to.size(), 1U);
  EXPECT_EQ(call.settings().connect_to[0].address_port, 1);
}

TEST(Settings, TakeAListOutOfOnePlaceAlone) {
  const auto resolved = [](Texts options, const Texts& variables) {
    Call call(std::move(options));
    call.config("resolve: [CONFIG]\nprofiles: { p: { resolve: [PROFILE] } }").with(variables);
    Texts names;
    for (const auto& [name, place] : call.settings().resolve) {
      names.push_back(name);
    }
    return names;
  };
  const Texts variable{"KVRUN_RESOLVE=VARIABLE"};
  EXPECT_EQ(resolved({}, {}), Texts{"CONFIG"});
  EXPECT_EQ(resolved({"-p", "p"}, {}), Texts{"PROFILE"});
  EXPECT_EQ(resolved({"-p", "p"}, variable), Texts{"VARIABLE"});
  EXPECT_EQ(resolved({"-p", "p", "--resolve", "OPTION"}, variable), Texts{"OPTION"});
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
      {{"--keep", "A", "-e", "A=a", "--vault", "kv1"}, "--clean-env"},
      {{"--timeout", "99ms"}, "--timeout"},
      {{"--timeout", "2h"}, "--timeout"},
      {{"--timeout", "soon"}, "--timeout"},
      {{"--identity", "nobody"}, "--identity"},
      {{"--vault", "b@d!"}, "--vault: no vault: "},
      {{"--vault", "my_vault"}, "--vault: no vault: "},
      {{"--vault", "http://kv1.vault.azure.net"}, "--vault: no vault: "},
      {{"--trust-host", "a b"}, "--trust-host"},
      {{"--connect-to", "x"}, "--connect-to"},
      {{"--ca-file", "/dev/null"}, "holds no certificate"},
      {{"--ca-file", "/nowhere.pem"}, "/nowhere.pem"},
      {{"--resolve", "*"}, "literal part"},
      {{"--resolve", "**"}, "literal part"},
  };
  for (const auto& [words, part] : calls) {
    expect_holds(Call(words).problem(), part);
  }
}

TEST(Settings, NameTheVariableThatIsWrong) {
  for (const char* entry : {"KVRUN_TIMEOUT=soon",
                            "KVRUN_IDENTITY=nobody",
                            "KVRUN_TRUST_HOST=a b",
                            "KVRUN_VAULT=b@d!",
                            "KVRUN_CONNECT_TO=x",
                            "KVRUN_RESOLVE=*"}) {
    const std::string text(entry);
    expect_holds(Call().with({text}).problem(), text.substr(0, text.find('=')));
  }
}

TEST(Settings, TellOnceOfAGlobWithoutALiteralPartInAConfig) {
  expect_holds(Call().config("resolve: [ '**' ]").problem(), "kvrun.yaml:1:12: ");
}

TEST(Settings, TellOfABadDefaultVaultOnce) {
  Call option({"--vault", "b@d!", "-e", "A=a", "-e", "B=b"});
  expect_holds(option.problem(), "--vault: no vault: ");
  Call config({"-e", "A=a"});
  config.config("vault: b@d!\nenv: { B: b }\n");
  expect_holds(config.problem(), "kvrun.yaml:1:8: 'vault': no vault: ");
  Call both({"--vault", "kv1"});
  both.config("vault: b@d!\nenv: { B: b }\n");
  expect_holds(both.problem(), "kvrun.yaml:1:8: 'vault': no vault: ");
  // Whether it may get a token is asked when it is to be read.
  EXPECT_TRUE(Call({"--vault", "https://localhost:8443"}).problems().empty());
}

TEST(Settings, NeverShowWhatStandsWhereAnIdentityShould) {
  expect_lacks(Call({"--identity", "hunter2"}).problem(), "hunter2");
}

TEST(Settings, TakeACaFileWithACertificate) {
  Call call({"-e", "A=a", "--vault", "kv1"});
  const std::string file = call.folder.write("ca.pem", fakes::Authority().pem());
  call.words.insert(call.words.end(), {"--ca-file", file});
  call.with({"KVRUN_CA_FILE=/nowhere.pem"});
  EXPECT_TRUE(call.problems().empty());
  EXPECT_EQ(call.settings().ca_file, file);
}

// rules A10
TEST(Settings, TakeAPathInAConfigRelativeToTheConfig) {
  for (const char* kind : {"token-file", "client-certificate"}) {
    Call call;
    call.config(fmt::format("identity: {}=secrets/file", kind));
    EXPECT_EQ(call.settings().identity.value, call.folder.path() + "/secrets/file");
    Call absolute;
    absolute.config(fmt::format("identity: {}=/secrets/file", kind));
    EXPECT_EQ(absolute.settings().identity.value, "/secrets/file");
    Call option({"--identity", fmt::format("{}=secrets/file", kind)});
    option.config("");
    EXPECT_EQ(option.settings().identity.value, "secrets/file");
  }
}

} // namespace
} // namespace kvrun::launcher
