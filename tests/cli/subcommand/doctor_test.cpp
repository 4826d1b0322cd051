// SPDX-License-Identifier: MIT
#include "tests/cli/subcommand/subcommand.hpp"

#include <fmt/format.h>

#include <sys/resource.h>

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace kvrun::cli {
namespace {

TEST_F(Subcommand, DoctorFindsNothingWrong) {
  const Outcome outcome = Call(emulator, k_config).run({"doctor"});
  EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
  for (const char* step : {"ok       config ",
                           "ok       identity    cloud-shell",
                           "ok       token ",
                           "ok       name        contoso-prod.vault.azure.net",
                           "ok       tcp ",
                           "ok       tls ",
                           "ok       key vault ",
                           "ok       clock ",
                           "ok       permission ",
                           "ok       secret      HIDDEN: contoso-prod/hidden/",
                           "ok       variables "}) {
    expect_holds(outcome.out, step);
  }
}

TEST_F(Subcommand, DoctorTestsTheIdentityWithoutAConfig) {
  const Outcome outcome = Call(emulator).run({"doctor"});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  expect_holds(outcome.out, "object id ");
  expect_lacks(outcome.out, "key vault");
}

TEST_F(Subcommand, DoctorContactsNothingWhenTheCommandLineIsWrong) {
  const Call call(emulator, k_config);
  for (const auto& [words, text] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--timeout", "0"}, "--timeout: not a duration"},
           {{"--identity", "magic"}, "--identity: identity: unknown kind"},
           {{"-e", "A"}, "takes NAME=REFERENCE"},
           {{"-e", "1A=b"}, "is no variable name"},
           {{"-e", "A=a", "-e", "A=b"}, "'A' is mapped twice"},
           {{"--vault", "x/y"}, "no vault"},
           {{"--connect-to", "x"}, "not HOST:PORT:ADDRESS:PORT"},
           {{"--trust-host", "http://x"}, "not HOST[:PORT][=AUDIENCE]"},
           {{"--keep", "X"}, "needs '--clean-env'"},
           {{"--resolve", "*"}, "a glob needs a literal part"},
           {{"--ca-file", "nofile"}, "cannot read 'nofile'"}}) {
    std::vector<std::string> line{"doctor"};
    line.insert(line.end(), words.begin(), words.end());
    const Outcome outcome = call.run(line);
    EXPECT_EQ(outcome.status, 2) << words[0] << outcome.err;
    EXPECT_EQ(outcome.out, "") << words[0];
    expect_holds(outcome.err, text);
  }
  EXPECT_EQ(emulator.connections("identity"), 0);
  EXPECT_EQ(emulator.connections("contoso-prod.vault.azure.net"), 0);
}

TEST_F(Subcommand, DoctorTellsOfAConfigWithProblemsAndGoesOn) {
  const Outcome outcome = Call(emulator, "vault: contoso-prod\nenvv: { A: a }\n").run({"doctor"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.out, "FAILED   config ");
  expect_holds(outcome.out, "kvrun.yaml:2:1: ");
  expect_holds(outcome.out, "ok       token ");
}

// A run with it would not start: what 'auto' finds would be no answer.
TEST_F(Subcommand, DoctorTestsNoOtherIdentityThanTheOneThatIsNamed) {
  Call by_variable(emulator, k_config);
  by_variable.variables.emplace_back("KVRUN_IDENTITY=magic");
  const Call by_config(emulator, "vault: contoso-prod\nidentity: magic\nenv: { A: hidden }\n");
  for (const Call* call : std::initializer_list<const Call*>{&by_variable, &by_config}) {
    const Outcome outcome = call->run({"doctor"});
    EXPECT_EQ(outcome.status, 1);
    expect_holds(outcome.out, "FAILED   config ");
    expect_holds(outcome.out, "identity: unknown kind");
    expect_holds(outcome.out, "skipped  identity ");
    expect_holds(outcome.out, "skipped  token ");
  }
  EXPECT_EQ(emulator.connections("identity"), 0);
}

TEST_F(Subcommand, DoctorHasAFixForEachStepThatFails) {
  const Call call(emulator, "vault: contoso-prod\nenv: { A: hidden }\nprofiles: { dev: {} }\n");
  for (const auto& [words, fix] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"--identity", "workload"}, "--identity cloud-shell"},
           {{"--identity", "client-certificate=/nofile"}, "--identity cloud-shell"},
           {{"-p", "nope"}, "the profiles are dev"},
           {{"-c", "nofile"}, "name a config that can be read: '-c FILE'"},
           {{"--env-file", "nofile"}, "kvrun doctor -v -v"},
           {{"-e", "X=hidden/00000000000000000000000000000000"},
            "az keyvault secret list-versions --vault-name contoso-prod --name hidden"},
           {{"-e", "X=off"},
            "az keyvault secret set-attributes --vault-name contoso-prod --name off --enabled "
            "true"}}) {
    std::vector<std::string> line{"doctor"};
    line.insert(line.end(), words.begin(), words.end());
    const Outcome outcome = call.run(line);
    EXPECT_EQ(outcome.status, 1) << words[1] << outcome.out;
    expect_holds(outcome.out, "         fix:        ");
    expect_holds(outcome.out, fix);
  }
}

TEST_F(Subcommand, DoctorTellsTheFixOfEachProblemOfAConfig) {
  const Outcome outcome =
      Call(emulator, "vault: contoso-prod\nenvv: { A: a }\nidentiti: auto\n").run({"doctor"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.out, "fix:        did you mean 'env'?\n");
  expect_holds(outcome.out, "fix:        did you mean 'identity'?\n");
}

struct Fault {
  std::string_view name;
  std::string_view fault;
  std::string_view step;
  std::string_view fix;
};

void PrintTo(const Fault& fault, std::ostream* out) {
  *out << fault.name;
}

class DoctorsFinding : public testing::TestWithParam<Fault> {};

TEST_P(DoctorsFinding, HasTheFix) {
  const Emulator emulator(fmt::format(
      "vaults: {{ contoso-prod: {{ hidden: s3ntinel-h }} }}\nfaults:\n  - {}\n", GetParam().fault));
  const Outcome outcome = Call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n")
                              .run({"doctor", "--timeout", "5s"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  expect_holds(outcome.out, GetParam().step);
  expect_holds(outcome.out, GetParam().fix);
  const Outcome json = Call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n")
                           .run({"doctor", "--format", "json", "--timeout", "5s"});
  expect_holds(json.out, "\"ok\": false");
  expect_holds(json.out, R"("state": "failed")");
}

INSTANTIATE_TEST_SUITE_P(
    ,
    DoctorsFinding,
    testing::Values(
        Fault{"no role",
              "{ host: contoso-prod, path: /secrets/hidden, status: 403, code: Forbidden, "
              "inner-code: ForbiddenByRbac }",
              "FAILED   permission ",
              "az role assignment create --role 'Key Vault Secrets User' --assignee-object-id "
              "bbbbbbbb-"},
        Fault{"firewall",
              "{ host: contoso-prod, path: /secrets/hidden, status: 403, code: Forbidden, "
              "inner-code: ForbiddenByFirewall }",
              "FAILED   permission ",
              "az keyvault network-rule add --name contoso-prod --ip-address 203.0.113.7"},
        Fault{"other tenant",
              "{ host: contoso-prod, path: /secrets/hidden, status: 401, code: AKV10032 }",
              "FAILED   permission ",
              "an identity of the vault's tenant"},
        Fault{"no token",
              "{ host: identity, status: 400, code: invalid_request }",
              "FAILED   token ",
              "fix: "},
        Fault{"no secret",
              "{ host: contoso-prod, path: /secrets/hidden, status: 404, code: SecretNotFound }",
              "FAILED   secret ",
              "az keyvault secret set --vault-name contoso-prod --name hidden"}));

TEST(Doctor, SkipsWhatTheIdentityLeftNoTimeFor) {
  const Emulator emulator("vaults: { contoso-prod: { hidden: s3ntinel-h } }\n"
                          "faults: [{ host: identity, delay: 60s }]\n");
  const Outcome outcome = Call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n")
                              .run({"doctor", "--timeout", "1s"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  expect_holds(outcome.out, "FAILED   token ");
  expect_holds(outcome.out, "skipped  tcp         no time left\n");
  expect_lacks(outcome.out, "FAILED   tcp ");
  expect_lacks(outcome.out, "let this host connect");
}

TEST(Doctor, FailsWhereNoTimeIsLeftAndNothingElseIsWrong) {
  const Emulator emulator("vaults: { contoso-prod: { hidden: s3ntinel-h } }\n"
                          "faults: [{ host: contoso-prod, delay: 60s }]\n");
  const Outcome outcome = Call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n")
                              .run({"doctor", "--timeout", "900ms"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  expect_holds(outcome.out, " no time left (");
  expect_holds(outcome.out, "fix:        give it more time: --timeout ");
}

TEST(Doctor, WaitsForAccessAsARunDoes) {
  const Emulator emulator("vaults: { contoso-prod: { hidden: s3ntinel-h } }\n"
                          "faults: [{ host: contoso-prod, path: /secrets/hidden, times: 1, status: "
                          "403, code: Forbidden, inner-code: ForbiddenByRbac }]\n");
  const Outcome outcome = Call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n")
                              .run({"doctor", "--wait-for-access", "-v", "-v"});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  expect_holds(outcome.out, "ok       permission ");
  expect_holds(outcome.out, "ok       secret      A: contoso-prod/hidden/");
  expect_holds(outcome.err, "ForbiddenByRbac");
}

// "vaults" with secrets that overflow together what a stack limit of 256 KiB leaves.
std::string seed_of_large_secrets() {
  std::string seed = "vaults:\n  contoso-prod:\n";
  for (int i = 0; i < 8; ++i) {
    seed += fmt::format("    big-{}: {}\n", i, std::string(24'000, 'x'));
  }
  return seed;
}

TEST(Doctor, FailsWhereTheVariablesAreTooLongTogether) {
  const Emulator emulator(seed_of_large_secrets());
  std::string config = "vault: contoso-prod\nenv:\n";
  for (int i = 0; i < 8; ++i) {
    config += fmt::format("  BIG_{}: big-{}\n", i, i);
  }
  Call call(emulator, config);
  call.prepare = [] {
    const rlimit stack{256 * 1024, 256 * 1024};
    ::setrlimit(RLIMIT_STACK, &stack);
  };
  const Outcome outcome = call.run({"doctor"});
  EXPECT_EQ(outcome.status, 1) << outcome.out << outcome.err;
  expect_holds(outcome.out, "FAILED   variables   the command's arguments and environment are too");
  expect_holds(outcome.out, "fix:        deliver large values as files");
}

TEST_F(Subcommand, DoctorFailsWhereAVariableIsTooLong) {
  Call call(emulator);
  call.folder.write("big.env", "BIG=" + std::string(10'000'000, 'x') + "\n");
  const Outcome outcome = call.run({"doctor", "--env-file", "big.env"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  expect_holds(outcome.out, "FAILED   variables   BIG: too long for a variable");
}

TEST(Doctor, TellsOfAValueThatCannotBeUsedBesideASecretThatIsMissing) {
  const Emulator emulator("vaults: { contoso-prod: { nul: \"a\\0b\" } }\n");
  const Outcome outcome =
      Call(emulator, "vault: contoso-prod\n").run({"doctor", "-e", "N=nul", "-e", "G=nothere"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  expect_holds(outcome.out, "FAILED   secret      G: contoso-prod/nothere: 404");
  expect_holds(outcome.out, "FAILED   variables   N: contoso-prod/nul/");
  expect_lacks(outcome.out, "variables   G:");
}

class DoctorsPatience : public testing::TestWithParam<int> {};

TEST_P(DoctorsPatience, EndsInAFailureWithAFix) {
  const Emulator emulator(
      fmt::format("vaults: {{ contoso-prod: {{ hidden: s3ntinel-h }} }}\n"
                  "faults: [{{ host: contoso-prod, path: /secrets, status: {} }}]\n",
                  GetParam()));
  const Outcome outcome = Call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n")
                              .run({"doctor", "--timeout", "3s"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  expect_holds(outcome.out,
               fmt::format("FAILED   permission  contoso-prod/hidden: {}", GetParam()));
  expect_holds(outcome.out, "         fix:        ");
  expect_holds(outcome.out, "try again later");
}

INSTANTIATE_TEST_SUITE_P(, DoctorsPatience, testing::Values(429, 503));

TEST(Doctor, WarnsOfAVaultThatIsUnwellAndCanBeRead) {
  const Emulator emulator("vaults: { contoso-prod: { hidden: s3ntinel-h } }\n"
                          "faults: [{ host: contoso-prod, path: /healthstatus, status: 503 }]\n");
  const Outcome outcome =
      Call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n").run({"doctor"});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  expect_holds(outcome.out, "warning  key vault ");
  expect_holds(outcome.out, "/healthstatus answered 503\n");
}

TEST(Doctor, ShowsEachRequestWhenVerboseTwice) {
  const Emulator emulator("vaults: { contoso-prod: {} }\n");
  const Outcome outcome = Call(emulator).run({"doctor", "--vault", "contoso-prod", "-v", "-v"});
  EXPECT_EQ(outcome.status, 0) << outcome.out;
  expect_holds(outcome.err, "kvrun: GET contoso-prod/healthstatus: 200\n");
  expect_holds(outcome.err, "kvrun: GET contoso-prod/kvrun-doctor: 404\n");
}

TEST(Doctor, ReadsEachSecretOnce) {
  Emulator emulator("vaults: { contoso-prod: { hidden: s3ntinel-h } }\n");
  EXPECT_EQ(Call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n").run({"doctor"}).status, 0);
  EXPECT_EQ(emulator.requests("contoso-prod.vault.azure.net", "200"), 2); // with /healthstatus
}

TEST(Doctor, TellsOfASecretThatIsRefusedAmongOthersThatAreNot) {
  const Emulator emulator("vaults: { contoso-prod: { hidden: s3ntinel-h, other: s3ntinel-o } }\n"
                          "faults: [{ host: contoso-prod, path: /secrets/other, status: 403, code: "
                          "Forbidden, inner-code: ForbiddenByRbac }]\n");
  const Outcome outcome =
      Call(emulator, "vault: contoso-prod\nenv: { A: hidden, B: other }\n").run({"doctor"});
  EXPECT_EQ(outcome.status, 1) << outcome.out;
  expect_holds(outcome.out, "ok       permission ");
  expect_holds(outcome.out, "ok       secret      A: ");
  expect_holds(outcome.out, "FAILED   secret      B: contoso-prod/other: 403 ForbiddenByRbac");
  expect_holds(outcome.out, "az role assignment create ");
}

TEST_F(Subcommand, DoctorTellsOfANameThatIsNotKnown) {
  Call call(emulator, k_config);
  std::erase_if(call.variables,
                [](const std::string& one) { return one.starts_with("KVRUN_CONNECT_TO="); });
  const Outcome outcome =
      call.run({"doctor", "--timeout", "5s", "--connect-to", ":443:no-such-host.invalid:443"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.out, "FAILED   name ");
  expect_holds(outcome.out, "skipped  secrets ");
}

TEST_F(Subcommand, DoctorTellsWhereNobodyListens) {
  const Outcome outcome =
      Call(emulator, k_config)
          .run({"doctor", "--timeout", "5s", "--connect-to", ":443:127.0.0.1:1"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.out, "FAILED   tcp ");
  expect_holds(outcome.out, "let this host connect to 127.0.0.1:1");
}

TEST_F(Subcommand, DoctorShowsWhoseCertificateWasRefused) {
  Call call(emulator, k_config);
  std::erase_if(call.variables,
                [](const std::string& one) { return one.starts_with("KVRUN_CA_FILE="); });
  const Outcome outcome = call.run({"doctor", "--timeout", "5s"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.out, "FAILED   tls ");
  expect_holds(outcome.out, "issued by CN=kvrun-emulator CA");
  expect_holds(outcome.out, "--ca-file");
}

} // namespace
} // namespace kvrun::cli
