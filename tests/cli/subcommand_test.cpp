// SPDX-License-Identifier: MIT
// The subcommands, as their users call them: rules A4, A36, A42, A43, A53–A55, T7.
#include "tests/cli/program.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <ctime>
#include <filesystem>

namespace kvrun::cli {
namespace {

// Values that are printed on purpose hold no sentinel; the others do.
constexpr std::string_view k_seed = R"(vaults:
  contoso-prod:
    hidden: s3ntinel-h
    plain: { value: "it's\n$x", version: 4387e9f3d6e14c459867679a90fd0f79, expires: 2099-01-01T00:00:00Z }
    json-one: '{"a":{"b":"deep"}}'
    b64: AAEC
    off: { value: s3ntinel-o, enabled: false, content-type: text/plain }
    old: { value: s3ntinel-x, expires: 2020-01-01T00:00:00Z }
)";

constexpr std::string_view k_config = R"(vault: contoso-prod
env:
  HIDDEN: hidden
  PLAIN: plain
  LOG_LEVEL: { value: info }
  FALLBACK: { ref: nowhere, default: d }
  ABSENT: { ref: nowhere, required: false }
)";

struct Subcommand : testing::Test {
  Emulator emulator{k_seed};
};

// --- check

TEST_F(Subcommand, CheckTellsWhatARunWouldSetAndNoValue) {
  const Outcome outcome = Call(emulator, k_config).run({"check", "--", "sh", "-c", "touch ran"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  const auto lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 5U) << outcome.out;
  expect_holds(lines[0], "HIDDEN     config  contoso-prod/hidden/");
  expect_holds(lines[1],
               "PLAIN      config  contoso-prod/plain/4387e9f3d6e14c459867679a90fd0f79   "
               "2099-01-01T00:00:00Z");
  expect_holds(lines[2], "LOG_LEVEL  config  literal");
  expect_holds(lines[3], "FALLBACK   config  default");
  expect_holds(lines[4], "ABSENT     config  absent");
}

TEST_F(Subcommand, CheckDoesNotRunTheCommand) {
  const Call call(emulator, k_config);
  EXPECT_EQ(call.run({"check", "touch", "ran"}).status, 0);
  EXPECT_FALSE(call.folder.has("ran"));
}

TEST_F(Subcommand, CheckMarksLiteralsOfAnEnvFile) {
  const Call call(emulator);
  call.folder.write("vars.env", "A=text\nB=kv://contoso-prod/hidden\n");
  const Outcome outcome = call.run({"check", "--env-file", "vars.env"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_holds(outcome.out, "A  env file  literal");
  expect_holds(outcome.out, "B  env file  contoso-prod/hidden/");
}

TEST_F(Subcommand, CheckFindsWhatWouldStopARun) {
  const Call call(emulator, k_config);
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"check", "-e", "A=off"},
                                             {"check", "-e", "A=nowhere"},
                                             {"check", "--", "no-such-command"},
                                             {"check", "-c", "nowhere.yaml"},
                                             {"check", "-e", "A=kv://contoso-none/a"}}) {
    const Outcome outcome = call.run(words);
    EXPECT_EQ(outcome.status, 1) << words[1] << words[2] << outcome.err;
    expect_holds(outcome.err, "kvrun: error: ");
  }
}

TEST_F(Subcommand, CheckFindsAVariableThatIsTooLong) {
  const Call call(emulator);
  call.folder.write("vars.env", "A=" + std::string(140'000, 'x') + "\n");
  const Outcome outcome = call.run({"check", "--env-file", "vars.env"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "A: too long for a variable");
}

TEST_F(Subcommand, CheckFailsForAnExpiredSecretOnlyWhereTheConfigSaysSo) {
  for (const auto& [policy, status] : {std::pair("warn", 0), std::pair("fail", 1)}) {
    const Outcome outcome =
        Call(emulator, fmt::format("vault: contoso-prod\nexpired: {}\nenv: {{ A: old }}\n", policy))
            .run({"check"});
    EXPECT_EQ(outcome.status, status) << outcome.err;
    expect_holds(outcome.err, "expired on 2020-01-01T00:00:00Z");
  }
}

TEST_F(Subcommand, CheckPrintsJsonForConfigsWithProblemsToo) {
  const Outcome good = Call(emulator, k_config).run({"check", "--format", "json"});
  EXPECT_EQ(good.status, 0) << good.err;
  expect_holds(good.out, "\"ok\": true");
  expect_holds(good.out, R"("name": "PLAIN", "source": "config", "state": "set")");
  const Outcome bad = Call(emulator, "env: { A: a_b }\n").run({"check", "--format=json"});
  EXPECT_EQ(bad.status, 1);
  expect_holds(bad.out, "\"ok\": false");
  expect_holds(bad.out, "\"status\": 125");
}

TEST_F(Subcommand, CheckSaysThatThereIsNothingToProvide) {
  const Outcome outcome = Call(emulator).run({"check"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "nothing to provide");
}

TEST(CheckOfExpiry, WarnsOfASecretThatExpiresWithinThirtyDays) {
  const auto in_days = [](int days) {
    const std::time_t when = std::time(nullptr) + days * 86'400 + 3600;
    std::array<char, 32> text{};
    std::tm utc{};
    ::gmtime_r(&when, &utc);
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return std::string(text.data());
  };
  const Emulator emulator(
      fmt::format("vaults: {{ contoso-prod: {{ soon: {{ value: s3ntinel, expires: {} }}, far: {{ "
                  "value: s3ntinel, expires: {} }} }} }}",
                  in_days(9),
                  in_days(31)));
  const Outcome outcome =
      Call(emulator, "vault: contoso-prod\nenv: { A: soon, B: soon, C: far }\n").run({"check"});
  EXPECT_EQ(outcome.status, 0);
  ASSERT_EQ(lines_of(outcome.err).size(), 1U) << outcome.err;
  expect_holds(outcome.err, "kvrun: warning: A, B: contoso-prod/soon/");
  expect_holds(outcome.err, ", in 9 days");
}

// --- read

TEST_F(Subcommand, ReadPrintsTheBytes) {
  const Call call(emulator, k_config);
  for (const auto& [reference, value] :
       {std::pair("plain", "it's\n$x"),
        std::pair("kv://contoso-prod/plain/4387e9f3d6e14c459867679a90fd0f79", "it's\n$x"),
        std::pair("https://contoso-prod.vault.azure.net/secrets/plain", "it's\n$x"),
        std::pair("@Microsoft.KeyVault(VaultName=contoso-prod;SecretName=plain)", "it's\n$x"),
        std::pair("json-one#/a/b", "deep"),
        std::pair("json-one#/a", R"({"b":"deep"})")}) {
    const Outcome outcome = call.run({"read", reference});
    EXPECT_EQ(outcome.status, 0) << reference << outcome.err;
    EXPECT_EQ(outcome.out, value) << reference;
    EXPECT_EQ(outcome.err, "") << reference;
  }
}

TEST_F(Subcommand, ReadPrintsWhatIsMappedToAVariable) {
  const Call call(emulator,
                  "vault: contoso-prod\nenv:\n  MY_KEY: { ref: b64, decode: base64, default: x }\n"
                  "  MY_URL: { template: \"x://{{ plain | uri }}\" }\n");
  EXPECT_EQ(call.run({"read", "MY_URL"}).out, "x://it%27s%0A%24x");
  EXPECT_EQ(call.run({"read", "MY_KEY"}).out, std::string("\0\1\2", 3));
  const Outcome unmapped = call.run({"read", "MY_OTHER"});
  EXPECT_EQ(unmapped.status, 2);
  expect_holds(unmapped.err, "no secret reference");
}

TEST_F(Subcommand, ReadTellsWhatItCannotRead) {
  const Call call(emulator, k_config);
  for (const auto& [reference, text] :
       {std::pair("off", "contoso-prod/off: 403 SecretDisabled"),
        std::pair("nowhere", "contoso-prod/nowhere: 404 SecretNotFound"),
        std::pair("json-one#/x", "it has no '/x'"),
        std::pair("plain#/x", "'/x' cannot be looked up")}) {
    const Outcome outcome = call.run({"read", reference});
    EXPECT_EQ(outcome.status, 1) << reference;
    EXPECT_EQ(outcome.out, "") << reference;
    expect_holds(outcome.err, text);
  }
}

TEST_F(Subcommand, ReadWritesAFileThatOnlyItsOwnerReads) {
  const Call call(emulator, k_config);
  call.folder.write("out", "before", 0644);
  EXPECT_EQ(call.run({"read", "hidden", "-o", "out"}).status, 0);
  EXPECT_EQ(call.folder.read("out"), "s3ntinel-h");
  struct stat status {};
  ASSERT_EQ(::stat(call.folder.path("out").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(Subcommand, ReadReplacesASymbolicLinkAndLeavesItsTarget) {
  const Call call(emulator, k_config);
  call.folder.write("target", "before");
  std::filesystem::create_symlink("target", call.folder.path("link"));
  EXPECT_EQ(call.run({"read", "hidden", "-o", "link"}).status, 0);
  EXPECT_EQ(call.folder.read("target"), "before");
  EXPECT_EQ(call.folder.read("link"), "s3ntinel-h");
  EXPECT_FALSE(std::filesystem::is_symlink(call.folder.path("link")));
}

TEST_F(Subcommand, ReadLeavesWhatIsNoRegularFile) {
  const Call call(emulator, k_config);
  ASSERT_EQ(::mkfifo(call.folder.path("fifo").c_str(), 0600), 0);
  std::filesystem::create_symlink("fifo", call.folder.path("link"));
  std::filesystem::create_directory(call.folder.path("folder"));
  for (const char* name : {"fifo", "link", "folder", "nowhere/file"}) {
    const Outcome outcome = call.run({"read", "hidden", "-o", name});
    EXPECT_EQ(outcome.status, 1) << name;
    expect_holds(outcome.err, "cannot be written");
  }
  EXPECT_TRUE(std::filesystem::is_fifo(call.folder.path("fifo")));
  EXPECT_TRUE(std::filesystem::is_symlink(call.folder.path("link")));
}

TEST_F(Subcommand, ReadFailsWhenStdoutCannotBeWritten) {
  Call call(emulator, k_config);
  call.prepare = [] {
    const int full = ::open("/dev/full", O_WRONLY);
    ::dup2(full, 1);
  };
  const Outcome full = call.run({"read", "hidden"});
  EXPECT_EQ(full.status, 1);
  EXPECT_EQ(full.err, "kvrun: error: stdout cannot be written: No space left on device\n");

  call.prepare = [] { ::close(1); };
  const Outcome closed = call.run({"read", "hidden"});
  EXPECT_EQ(closed.status, 1);
  expect_holds(closed.err, "stdout cannot be written: Bad file descriptor");

  call.prepare = [] {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) == 0) {
      ::close(ends[0]);
      ::dup2(ends[1], 1);
    }
  };
  const Outcome pipe = call.run({"read", "hidden"});
  EXPECT_EQ(pipe.status, 1);
  EXPECT_FALSE(pipe.by_signal);
  EXPECT_EQ(pipe.err, "kvrun: error: stdout cannot be written: Broken pipe\n");
}

// --- export

TEST_F(Subcommand, ExportPrintsTheVariablesThatAreSet) {
  const Outcome outcome =
      Call(emulator, k_config)
          .run({"export", "--format", "sh", "--only", "PLAIN,LOG_LEVEL,ABSENT"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "export PLAIN='it'\\''s\n$x'\nexport LOG_LEVEL='info'\n");
}

TEST_F(Subcommand, ExportNamesEveryValueThatTheFormatCannotHoldAndPrintsNothing) {
  const Call call(emulator, "vault: contoso-prod\nenv: { A: plain, B: hidden, C: plain }\n");
  for (const char* format : {"dotenv", "docker"}) {
    const Outcome outcome = call.run({"export", "--format", format});
    EXPECT_EQ(outcome.status, 1);
    EXPECT_EQ(outcome.out, "");
    expect_holds(outcome.err, "error: A: ");
    expect_holds(outcome.err, "error: C: ");
    expect_lacks(outcome.err, "error: B: ");
  }
}

TEST_F(Subcommand, ExportNamesFilesUnlessTheyAreLeftOut) {
  const Call call(emulator,
                  "vault: contoso-prod\nenv: { A: plain }\nfiles: { KEY_FILE: hidden }\n");
  const Outcome all = call.run({"export", "--format", "json"});
  EXPECT_EQ(all.status, 1);
  EXPECT_EQ(all.out, "");
  expect_holds(all.err, "KEY_FILE");
  EXPECT_EQ(call.run({"export", "--format", "json", "--only", "A"}).out,
            "{\n  \"A\": \"it's\\n$x\"\n}\n");
}

TEST_F(Subcommand, ExportShowsNothingOnATerminalUnlessItIsForced) {
  for (const bool force : {false, true}) {
    Call call(emulator, k_config);
    const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(terminal, 0);
    ASSERT_EQ(::grantpt(terminal), 0);
    ASSERT_EQ(::unlockpt(terminal), 0);
    const std::string name = ::ptsname(terminal); // NOLINT(concurrency-mt-unsafe): one thread
    const int side = ::open(name.c_str(), O_RDWR | O_NOCTTY);
    call.prepare = [side] { ::dup2(side, 1); };
    std::vector<std::string> words{"export", "--format", "json", "--only", "LOG_LEVEL"};
    if (force) {
      words.emplace_back("--force");
    }
    const Outcome outcome = call.run(words);
    EXPECT_EQ(outcome.status, force ? 0 : 1) << outcome.err;
    std::array<char, 256> shown{};
    ::fcntl(terminal, F_SETFL, O_NONBLOCK);
    const ssize_t got = ::read(terminal, shown.data(), shown.size());
    EXPECT_EQ(got > 0, force);
    ::close(side);
    ::close(terminal);
  }
}

// --- render

TEST_F(Subcommand, RenderFillsInAFile) {
  const Call call(emulator, k_config);
  call.folder.write("in", "a {{ plain | json }}\n{{{{ b }} {{json-one#/a/b}}");
  const Outcome outcome = call.run({"render", "in"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "a \"it's\\n$x\"\n{{ b }} deep");
}

TEST_F(Subcommand, RenderReadsStdin) {
  Call call(emulator, k_config);
  const std::string in = call.folder.write("in", "x{{ json-one#/a/b }}");
  call.prepare = [&in] { ::dup2(::open(in.c_str(), O_RDONLY), 0); };
  EXPECT_EQ(call.run({"render"}).out, "xdeep");
  EXPECT_EQ(call.run({"render", "-"}).out, "xdeep");
}

TEST_F(Subcommand, RenderTellsWhereEachProblemIsAndWritesNothing) {
  const Call call(emulator, k_config);
  call.folder.write("syntax", "a {{ b_c }}\n {{ plain | nope }}\n");
  const Outcome syntax = call.run({"render", "syntax", "-o", "out"});
  EXPECT_EQ(syntax.status, 1);
  expect_holds(syntax.err, "syntax:1:6: ");
  expect_holds(syntax.err, "syntax:2:13: ");
  call.folder.write("secrets", "a {{ nowhere }}\n\xC3\xA9 {{ plain }} {{ off }}\n");
  const Outcome secrets = call.run({"render", "secrets", "-o", "out"});
  EXPECT_EQ(secrets.status, 1);
  expect_holds(secrets.err, "secrets:1:6: contoso-prod/nowhere: 404");
  expect_holds(secrets.err, "secrets:2:18: contoso-prod/off: 403");
  EXPECT_FALSE(call.folder.has("out"));
}

TEST_F(Subcommand, RenderNeedsNoVaultForATextWithoutReferences) {
  const Call call(emulator);
  call.folder.write("in", "just text\n");
  EXPECT_EQ(call.run({"render", "in"}).out, "just text\n");
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

// --- list, init

TEST_F(Subcommand, ListTellsStateExpiryAndType) {
  const Outcome outcome = Call(emulator).run({"list", "--vault", "contoso-prod"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  expect_holds(outcome.out, "hidden    enabled           -                     -\n");
  expect_holds(outcome.out, "old       enabled, expired  2020-01-01T00:00:00Z  -\n");
  expect_holds(outcome.out, "off       disabled          -                     text/plain\n");
  const Outcome json = Call(emulator).run({"list", "--vault", "contoso-prod", "--format", "json"});
  expect_holds(json.out, R"("name": "off", "state": "disabled")");
}

TEST_F(Subcommand, ListNeedsAVault) {
  const Outcome outcome = Call(emulator).run({"list"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "there is no default vault");
}

TEST(ListOfMany, HasAThousandSecrets) {
  std::string seed = "vaults:\n  contoso-prod:\n";
  for (int i = 0; i < 1000; ++i) {
    seed += fmt::format("    secret-{:04}: s3ntinel\n", i);
  }
  const Emulator emulator(seed);
  const Outcome list = Call(emulator).run({"list", "--vault", "contoso-prod"});
  EXPECT_EQ(lines_of(list.out).size(), 1000U) << list.err;
  const Call call(emulator);
  EXPECT_EQ(call.run({"init", "--vault", "contoso-prod"}).status, 0);
  expect_holds(call.folder.read("kvrun.yaml"), "  SECRET_0999: secret-0999\n");
}

TEST_F(Subcommand, InitWritesAConfigThatARunTakes) {
  const Call call(emulator);
  EXPECT_EQ(call.run({"init", "--vault", "contoso-prod"}).status, 0);
  const Outcome outcome =
      call.run({"--", "sh", "-c", R"(test "$HIDDEN" = s3ntinel-h && test -z "$OFF")"});
  EXPECT_EQ(outcome.status, 0) << outcome.err << call.folder.read("kvrun.yaml");
}

TEST_F(Subcommand, InitKeepsAConfigThatIsThere) {
  const Call call(emulator, "vault: contoso-prod\n");
  const Outcome outcome = call.run({"init"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, "is there already");
  EXPECT_EQ(call.folder.read("kvrun.yaml"), "vault: contoso-prod\n");
  EXPECT_EQ(call.run({"init", "--force"}).status, 0);
  expect_holds(call.folder.read("kvrun.yaml"), "HIDDEN: hidden");
}

TEST_F(Subcommand, InitTakesNamesFromADotenvFileAndNoValue) {
  const Call call(emulator);
  call.folder.write(".env", "DB_PASSWORD=s3ntinel-d\nPATH=/s3ntinel\nM='a\nb'\n");
  const Outcome outcome = call.run({"init", "--from-env", ".env"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  const std::string made = call.folder.read("kvrun.yaml");
  expect_holds(made, "  DB_PASSWORD: db-password\n");
  expect_holds(made, "  # PATH: path # ");
  expect_lacks(made, k_sentinel);
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

TEST_F(Subcommand, InitReadsALargeDotenvFile) {
  const Call call(emulator);
  std::string text;
  for (int i = 0; i < 2000; ++i) {
    text += fmt::format("VARIABLE_{}={}\n", i, std::string(5000, 'x'));
  }
  call.folder.write(".env", text);
  EXPECT_EQ(call.run({"init", "--from-env", ".env"}).status, 0);
  expect_holds(call.folder.read("kvrun.yaml"), "  VARIABLE_1999: variable-1999\n");
}

TEST_F(Subcommand, InitTellsWhatIsWrongInADotenvFileAndWritesNothing) {
  const Call call(emulator);
  call.folder.write(".env", "A=1\nA=2\nno equals\n");
  const Outcome outcome = call.run({"init", "--from-env", ".env"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.err, ".env:2: ");
  expect_holds(outcome.err, ".env:3: ");
  EXPECT_FALSE(call.folder.has("kvrun.yaml"));
}

// --- doctor

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

TEST_F(Subcommand, DoctorTellsOfAConfigWithProblemsAndGoesOn) {
  const Outcome outcome = Call(emulator, "vault: contoso-prod\nenvv: { A: a }\n").run({"doctor"});
  EXPECT_EQ(outcome.status, 1);
  expect_holds(outcome.out, "FAILED   config ");
  expect_holds(outcome.out, "kvrun.yaml:2:1: ");
  expect_holds(outcome.out, "ok       token ");
}

struct Fault {
  std::string_view fault;
  std::string_view step;
  std::string_view fix;
};

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
        Fault{"{ host: contoso-prod, path: /secrets/hidden, status: 403, code: Forbidden, "
              "inner-code: ForbiddenByRbac }",
              "FAILED   permission ",
              "az role assignment create --role 'Key Vault Secrets User' --assignee-object-id "
              "bbbbbbbb-"},
        Fault{"{ host: contoso-prod, path: /secrets/hidden, status: 403, code: Forbidden, "
              "inner-code: ForbiddenByFirewall }",
              "FAILED   permission ",
              "az keyvault network-rule add --name contoso-prod --ip-address 203.0.113.7"},
        Fault{"{ host: contoso-prod, path: /secrets/hidden, status: 401, code: AKV10032 }",
              "FAILED   permission ",
              "an identity of the vault's tenant"},
        Fault{"{ host: identity, status: 400, code: invalid_request }", "FAILED   token ", "fix: "},
        Fault{"{ host: contoso-prod, path: /secrets/hidden, status: 404, code: SecretNotFound }",
              "FAILED   secret ",
              "az keyvault secret set --vault-name contoso-prod --name hidden"}));

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

// --- the command line

TEST_F(Subcommand, WrongCommandLinesAreToldBeforeAnythingIsContacted) {
  const Call call(emulator, k_config);
  for (const auto& [words, text] : std::vector<std::pair<std::vector<std::string>, std::string>>{
           {{"export"}, "needs '--format FORMAT'"},
           {{"export", "--format", "dotnev"}, "did you mean 'dotenv'?"},
           {{"export", "--format", ""}, "empty value"},
           {{"check", "--format", "jsn"}, "did you mean 'json'?"},
           {{"list", "--format", "yaml"}, "there is no format 'yaml'"},
           {{"read"}, "takes one REFERENCE"},
           {{"read", "a", "b"}, "takes one REFERENCE"},
           {{"read", "a_b"}, "no secret reference"},
           {{"render", "a", "b"}, "takes one FILE"},
           {{"list", "x"}, "takes no operand"},
           {{"doctor", "x"}, "takes no operand"},
           {{"init", "x"}, "takes no operand"},
           {{"completion"}, "bash, zsh and fish"},
           {{"completion", "tcsh"}, "bash, zsh and fish"},
           {{"check", "-o", "x"}, "unknown option '-o'"},
           {{"list", "--force"}, "unknown option '--force'"},
           {{"check", "--timeout", "soon"}, "--timeout: not a duration"},
           {{"check", "-e", "1A=b"}, "is no variable name"},
           {{"check", "--only", "PLAN"}, "did you mean 'PLAIN'?"}}) {
    const Outcome outcome = call.run(words);
    EXPECT_EQ(outcome.status, 2) << words[0] << outcome.err;
    EXPECT_EQ(outcome.out.find("PLAIN"), std::string::npos) << words[0];
    expect_holds(outcome.err, text);
  }
  EXPECT_EQ(emulator.requests("identity", "200"), 0);
}

TEST_F(Subcommand, OptionsStandBeforeAndAfterTheSubcommand) {
  const Call call(emulator);
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"--vault", "contoso-prod", "read", "json-one#/a/b"},
           {"read", "--vault", "contoso-prod", "json-one#/a/b"},
           {"read", "json-one#/a/b", "--vault", "contoso-prod"},
           {"read", "--vault=contoso-prod", "--", "json-one#/a/b"}}) {
    EXPECT_EQ(call.run(words).out, "deep") << words[0];
  }
}

TEST_F(Subcommand, CompletionNeedsNeitherConfigNorVault) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = Call(emulator, "no: config\n").run({"completion", shell});
    EXPECT_EQ(outcome.status, 0);
    expect_holds(outcome.out, "kvrun");
  }
}

} // namespace
} // namespace kvrun::cli
