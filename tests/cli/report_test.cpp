// SPDX-License-Identifier: MIT
// What `--report` writes: design.md §2, rules A45.
#include "base/json.hpp"
#include "tests/cli/subcommand/subcommand.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace kvrun::cli {
namespace {

using Words = std::vector<std::string>;

struct Report : Subcommand {};

// Of a report that is there and is JSON.
std::string status_in(const Call& call) {
  const json::Document report = json::Document::parse(call.folder.read("r.json"));
  return std::string(report.root().find("exit_status")->text);
}

std::size_t errors_in(const Call& call) {
  const json::Document report = json::Document::parse(call.folder.read("r.json"));
  return report.root().find("errors")->items.size();
}

TEST_F(Report, IsJsonWhateverBytesANameHas) {
  const Call call(emulator, k_config);
  for (const Words& words : {Words{"-c", "no\377file", "true"}, Words{"no\377command"}}) {
    Words reporting = words;
    reporting.insert(reporting.begin(), {"--report", "r.json"});
    const Outcome outcome = call.run(reporting);
    EXPECT_EQ(status_in(call), std::to_string(outcome.status));
    expect_holds(call.folder.read("r.json"), "no?");
  }
}

TEST_F(Report, IsThereForTheCommandAndHoldsNoValue) {
  const Call call(emulator, "vault: contoso-prod\nenv: { A: hidden }\nfiles: { F: plain }\n");
  call.folder.write("target", "before");
  std::filesystem::create_symlink("target", call.folder.path("r.json"));
  EXPECT_EQ(call.run({"--report", "r.json", "--", "cp", "r.json", "seen"}).status, 0);
  EXPECT_EQ(status_in(call), "null");
  const std::string report = call.folder.read("r.json");
  EXPECT_EQ(call.folder.read("seen"), report);
  expect_holds(report, R"("identity": { "kind": "cloud-shell", "tenant_id": "11111111-)");
  expect_holds(report,
               R"({ "name": "F", "source": "config", "secrets": ["contoso-prod/plain/)"
               R"(4387e9f3d6e14c459867679a90fd0f79"], "expires": "2099-01-01T00:00:00Z", )"
               R"("set": true, "file": true })");
  expect_holds(report, R"("what": "fetch contoso-prod/hidden", "begin_ms": )");
  expect_lacks(report, k_sentinel);
  expect_lacks(report, "it's");
  struct stat status {};
  ASSERT_EQ(::lstat(call.folder.path("r.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode, S_IFREG | 0600U);
  EXPECT_EQ(call.folder.read("target"), "before");
}

TEST_F(Report, IsWrittenAgainWhereTheCommandCannotBeStarted) {
  const Call call(emulator, k_config);
  call.folder.write("script", "#!/no/such/interpreter\n", 0755);
  EXPECT_EQ(call.run({"--report", "r.json", "--", "./script"}).status, 127);
  EXPECT_EQ(status_in(call), "127");
  expect_holds(call.folder.read("r.json"), "its interpreter '/no/such/interpreter' is not there");
}

TEST_F(Report, OfASubcommandHasTheStatusThatItEndsWith) {
  Call call(emulator,
            "vault: contoso-prod\nenv: { A: plain, OFF: { ref: off } }\nfiles: { F: hidden }\n");
  call.folder.write("bad", "{{ b_c }}");
  call.folder.write("bad.yaml", "env: [");
  call.folder.write(".env", "A=1\n");
  for (const auto& [words, status] :
       std::vector<std::pair<Words, int>>{{{"check"}, 1},
                                          {{"check", "--timeout", "soon"}, 2},
                                          {{"read", "json-one#/a/b"}, 0},
                                          {{"read", "off"}, 1},
                                          {{"read", "a_b"}, 2},
                                          {{"read", "plain", "-c", "bad.yaml"}, 1},
                                          {{"read", "plain", "-o", "nowhere/x"}, 1},
                                          {{"export", "--format", "sh"}, 1},
                                          {{"export", "--format", "sh", "-p", "nope"}, 1},
                                          {{"export", "--format", "sh", "--only", "A"}, 0},
                                          {{"render", "bad"}, 1},
                                          {{"list"}, 0},
                                          {{"list", "--vault", "contoso-none"}, 1},
                                          {{"doctor"}, 1},
                                          {{"init"}, 1},
                                          {{"init", "--from-env", ".env", "-o", "new.yaml"}, 0},
                                          {{"completion", "bash"}, 0}}) {
    Words reporting = words;
    reporting.insert(reporting.end(), {"--report", "r.json"});
    const Outcome outcome = call.run(reporting);
    EXPECT_EQ(outcome.status, status) << words[0] << outcome.err;
    EXPECT_EQ(status_in(call), std::to_string(status)) << words[0];
    EXPECT_EQ(errors_in(call) > 0, status != 0) << words[0] << call.folder.read("r.json");
    std::filesystem::remove(call.folder.path("r.json"));
  }
}

TEST_F(Report, OfASubcommandTellsOfAStdoutThatCannotBeWritten) {
  Call call(emulator, k_config);
  call.prepare = [] { ::dup2(::open("/dev/full", O_WRONLY), 1); };
  EXPECT_EQ(call.run({"read", "hidden", "--report", "r.json"}).status, 1);
  EXPECT_EQ(status_in(call), "1");
  expect_holds(call.folder.read("r.json"), "stdout cannot be written");
}

TEST_F(Report, OfDoctorAndOfAListingHasTheIdentityAndTheTimings) {
  for (const char* verb : {"doctor", "list"}) {
    const Call call(emulator, "vault: contoso-prod\nenv: { A: hidden }\n");
    const Outcome outcome = call.run({verb, "--report", "r.json", "--timings"});
    EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
    expect_holds(call.folder.read("r.json"), R"("kind": "cloud-shell")");
    expect_holds(outcome.err, "token from cloud-shell");
    expect_holds(outcome.err,
                 std::string(verb) == "list" ? "list contoso-prod, page 1" : "fetch contoso-prod/");
  }
}

TEST_F(Report, OfWhatIsPrintedTellsOfNoFile) {
  const Call call(emulator, "vault: contoso-prod\n");
  EXPECT_EQ(call.run({"read", "hidden", "-o", "out", "--report", "r.json"}).status, 0);
  expect_holds(call.folder.read("r.json"), R"("file": false)");
}

TEST_F(Report, OfAListingNamesTheIdentity) {
  const Call call(emulator, k_config);
  EXPECT_EQ(call.run({"list", "--report", "r.json"}).status, 0);
  expect_holds(call.folder.read("r.json"), R"("kind": "cloud-shell")");
}

TEST_F(Report, ThatCannotBeWrittenLetsNothingStartAndIsToldOnce) {
  const Call call(emulator, k_config);
  call.folder.write("in", "text");
  const std::string message =
      "kvrun: error: 'nowhere/r.json' cannot be written: no such file or directory\n"
      "kvrun: hint: name a file in a directory that you can write\n";
  for (const Words& words : {Words{"check"},
                             Words{"read", "json-one#/a/b"},
                             Words{"export", "--format", "sh", "--only", "PLAIN"},
                             Words{"render", "in"},
                             Words{"list"},
                             Words{"doctor"},
                             Words{"init", "-o", "new.yaml"},
                             Words{"completion", "bash"}}) {
    Words reporting = words;
    reporting.insert(reporting.end(), {"--report", "nowhere/r.json"});
    const Outcome outcome = call.run(reporting);
    EXPECT_EQ(outcome.status, 1) << words[0];
    EXPECT_EQ(outcome.out, "") << words[0];
    EXPECT_EQ(outcome.err, message) << words[0];
  }
  EXPECT_FALSE(call.folder.has("new.yaml"));
  const Outcome run = call.run({"--report", "nowhere/r.json", "touch", "ran"});
  EXPECT_EQ(run.status, 125);
  EXPECT_EQ(run.err, message);
  EXPECT_FALSE(call.folder.has("ran"));
}

} // namespace
} // namespace kvrun::cli
