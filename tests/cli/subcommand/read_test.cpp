// SPDX-License-Identifier: MIT
#include "tests/cli/subcommand/subcommand.hpp"
#include "tests/fakes/terminal.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace kvrun::cli {
namespace {

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

TEST_F(Subcommand, ReadEndsALineOnATerminal) {
  Call call(emulator, k_config);
  const fakes::Terminal terminal;
  call.prepare = [&terminal] { ::dup2(terminal.side(), 1); };
  EXPECT_EQ(call.run({"read", "json-one#/a/b"}).status, 0);
  EXPECT_EQ(terminal.shown(), "deep\r\n");
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

// A reference may look like a variable; what the command would get is meant then.
TEST_F(Subcommand, ReadTakesAMappedVariableBeforeASecretOfItsName) {
  Call call(emulator,
            "vault: contoso-prod\nenv: { B64: { ref: b64, decode: base64 } }\n"
            "bundles: [{ ref: json-one, format: json }]\n");
  EXPECT_EQ(call.run({"read", "B64"}).out, std::string("\0\1\2", 3));
  EXPECT_EQ(call.run({"read", "kv://contoso-prod/B64"}).out, "AAEC");
  EXPECT_EQ(call.run({"read", "plain"}).status, 0); // not looked for in the bundle
  call.variables.emplace_back("INHERITED=kv://contoso-prod/b64");
  EXPECT_EQ(call.run({"read", "INHERITED", "--resolve", "INHERITED"}).out, "AAEC");
}

TEST_F(Subcommand, ReadPrintsWhatIsMappedToAVariableThatIsSetToo) {
  Call call(emulator, "vault: contoso-prod\nkeep-existing: true\nenv: { MY_KEY: b64 }\n");
  call.variables.emplace_back("MY_KEY=set");
  EXPECT_EQ(call.run({"read", "MY_KEY"}).out, "AAEC");
  EXPECT_EQ(call.run({"read", "MY_KEY", "--keep-existing"}).out, "AAEC");
}

TEST_F(Subcommand, ReadNamesNoOptionThatWasNotGivenForAVariableThatNoBundleHolds) {
  const Call call(emulator,
                  "vault: contoso-prod\nbundles: [{ ref: json-one, format: json, prefix: B_ }]\n");
  const Outcome outcome = call.run({"read", "B_NO"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_EQ(outcome.err, "kvrun: error: no bundle holds 'B_NO'\n");
}

TEST_F(Subcommand, MissesNoVaultWhereTheConfigThatMayHaveItCannotBeRead) {
  const Call call(emulator);
  call.folder.write("in", "{{ plain }} {{ hidden }}");
  for (const char* config : {"nowhere.yaml", "bad.yaml"}) {
    call.folder.write("bad.yaml", "env: [");
    for (const char* verb : {"read", "render"}) {
      const Outcome outcome = call.run({verb, "in", "-c", config});
      EXPECT_EQ(outcome.status, 1) << verb;
      expect_lacks(outcome.err, "there is no default vault");
    }
  }
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

// rules T7
TEST_F(Subcommand, WritesAFileThatOnlyItsOwnerReadsInPlaceOfWhatWasThere) {
  const Call call(emulator, k_config);
  call.folder.write("in", "x {{ hidden }}");
  call.folder.write("target", "before", 0644);
  using Words = std::vector<std::string>;
  for (const auto& [words, content] : std::vector<std::pair<Words, std::string>>{
           {{"read", "hidden"}, "s3ntinel-h"},
           {{"render", "in"}, "x s3ntinel-h"},
           {{"export", "--format", "docker", "--only", "HIDDEN"}, "HIDDEN=s3ntinel-h\n"}}) {
    call.folder.write("file", "before", 0644);
    std::filesystem::create_symlink("target", call.folder.path("link"));
    for (const char* name : {"file", "link"}) {
      Words writing = words;
      writing.insert(writing.end(), {"-o", name});
      EXPECT_EQ(call.run(writing).status, 0) << words[0];
      EXPECT_EQ(call.folder.read(name), content);
      struct stat status {};
      ASSERT_EQ(::lstat(call.folder.path(name).c_str(), &status), 0);
      EXPECT_EQ(status.st_mode, S_IFREG | 0600U) << words[0] << name;
      std::filesystem::remove(call.folder.path(name));
    }
    EXPECT_EQ(call.folder.read("target"), "before");
  }
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

TEST_F(Subcommand, ReadLeavesALinkToARedirectedStdout) {
  Call call(emulator, k_config);
  const std::string captured = call.folder.write("captured", "");
  call.prepare = [&captured] { ::dup2(::open(captured.c_str(), O_WRONLY), 1); };
  std::filesystem::create_symlink("/proc/self/fd/1", call.folder.path("stdout"));
  for (const char* option : {"-o", "--report"}) {
    const Outcome outcome = call.run({"read", "hidden", option, "stdout"});
    EXPECT_EQ(outcome.status, 1) << option;
    expect_holds(outcome.err, "'stdout' cannot be written: it is not a regular file");
  }
  EXPECT_TRUE(std::filesystem::is_symlink(call.folder.path("stdout")));
}

TEST_F(Subcommand, ReadFailsWhenStdoutCannotBeWritten) {
  Call call(emulator, k_config);
  call.prepare = [] {
    const int full = ::open("/dev/full", O_WRONLY);
    ::dup2(full, 1);
  };
  const Outcome full = call.run({"read", "hidden"});
  EXPECT_EQ(full.status, 1);
  EXPECT_EQ(full.err, "kvrun: error: stdout cannot be written: no space left on device\n");

  call.prepare = [] { ::close(1); };
  const Outcome closed = call.run({"read", "hidden"});
  EXPECT_EQ(closed.status, 1);
  expect_holds(closed.err, "stdout cannot be written: bad file descriptor");

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
  EXPECT_EQ(pipe.err, "kvrun: error: stdout cannot be written: broken pipe\n");
}

} // namespace
} // namespace kvrun::cli
