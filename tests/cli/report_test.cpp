// SPDX-License-Identifier: MIT
// What `--report` writes: design.md §2, rules A45.
#include "base/json.hpp"
#include "tests/cli/subcommand/subcommand.hpp"

#include <string>
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

TEST_F(Report, IsJsonWhateverBytesANameHas) {
  const Call call(emulator, k_config);
  for (const Words& words : {Words{"-c", "no\xff" "file", "true"}, Words{"no\xff" "command"}}) {
    Words reporting = words;
    reporting.insert(reporting.begin(), {"--report", "r.json"});
    const Outcome outcome = call.run(reporting);
    EXPECT_EQ(status_in(call), std::to_string(outcome.status));
    expect_holds(call.folder.read("r.json"), "no?");
  }
}

} // namespace
} // namespace kvrun::cli
