// SPDX-License-Identifier: MIT
// What -e and --env-file map: rules A49.
#include "tests/unit/launcher/call.hpp"

namespace kvrun::launcher {
namespace {

TEST(EnvOption, RefusesWhatIsNoMapping) {
  const std::vector<std::pair<Texts, const char*>> calls{
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

TEST(EnvOption, IsNeverShownWhereItIsNoReference) {
  expect_lacks(Call({"-e", "DB=hunter2!"}).problem(), "hunter2");
  expect_lacks(Call({"-e", "hunter2-no-name"}).problem(), "hunter2");
}

TEST(EnvFile, IsAFileThatCanBeRead) {
  const std::vector<std::pair<Texts, const char*>> calls{
      {{"--env-file", "-"}, "stdin"},
      {{"--env-file", "/"}, "'/'"},
  };
  for (const auto& [words, part] : calls) {
    expect_holds(Call(words).problem(), part);
  }
}

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

TEST(EnvFile, HoldsNoNulByte) {
  EnvFileCall call(std::string_view("A=x\nB=x\0y\n", 10));
  expect_holds(call.problem(), ".env:2: B: the value holds a NUL byte, which no variable can");
  EXPECT_EQ(EnvFileCall(std::string_view("A='kv://kv1/a\0'\n", 16)).problems().size(), 1U);
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
