// SPDX-License-Identifier: MIT
#include "config/loader_names.hpp"
#include "config/parser.hpp"
#include "tests/fakes/schema_cases.hpp"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::config {
namespace {

const std::filesystem::path k_source = KVRUN_SOURCE_DIR;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

Problems problems_in(std::string_view text) {
  constexpr std::array<std::string_view, 3> k_clouds{"public", "china", "usgov"};
  const Vocabulary vocabulary{k_clouds, [](std::string_view identity) {
                                if (identity == "magic") {
                                  throw Error(ErrorKind::usage, "no such identity");
                                }
                              }};
  Problems problems;
  static_cast<void>(parse_config(text, "kvrun.yaml", vocabulary, problems));
  return problems;
}

void expect_good(std::string_view text, const std::string& name) {
  const Problems problems = problems_in(text);
  for (const Error& error : problems.all()) {
    ADD_FAILURE() << name << ": " << error.message();
  }
}

// The ```yaml blocks of a page.
std::vector<std::string> examples_in(std::string_view page) {
  constexpr std::string_view k_begin = "\n```yaml\n";
  constexpr std::string_view k_end = "\n```\n";
  std::vector<std::string> blocks;
  for (std::size_t begin = page.find(k_begin); begin != std::string_view::npos;
       begin = page.find(k_begin, begin)) {
    begin += k_begin.size();
    const std::size_t end = page.find(k_end, begin);
    blocks.emplace_back(page.substr(begin, end - begin + 1));
  }
  return blocks;
}

TEST(Documentation, HasExamplesThatParse) {
  const std::vector<std::string> blocks = examples_in(content_of(k_source / "docs/config.md"));
  EXPECT_GE(blocks.size(), 25U);
  for (const std::string& block : blocks) {
    expect_good(block, "docs/config.md:\n" + block);
  }
}

TEST(Documentation, HasASectionForEveryKey) {
  const std::string page = content_of(k_source / "docs/config.md");
  for (const std::string_view key :
       {"vault",   "cloud",         "identity",      "env",          "files",    "bundles",
        "resolve", "expired",       "timeout",       "start-jitter", "parallel", "inherit",
        "unset",   "keep-existing", "drop-identity", "profiles",     "ref",      "template",
        "value",   "required",      "default",       "decode",       "format",   "mode"}) {
    EXPECT_NE(page.find("# " + std::string(key) + "\n"), std::string::npos) << key;
  }
}

TEST(Documentation, ListsEveryLoaderName) {
  const std::string page = content_of(k_source / "docs/config.md");
  for (const std::string_view name : loader_names()) {
    EXPECT_NE(page.find('`' + std::string(name) + '`'), std::string::npos) << name;
  }
}

TEST(Examples, HaveConfigsThatParse) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(k_source / "examples")) {
    const std::filesystem::path file = entry.path() / "kvrun.yaml";
    if (std::filesystem::exists(file)) {
      expect_good(content_of(file), file);
      ++count;
    }
  }
  EXPECT_GT(count, 0U);
}

TEST(SchemaCases, AreAcceptedByTheParserToo) {
  const auto cases = fakes::schema_cases("accepted");
  EXPECT_FALSE(cases.empty());
  for (const auto& [file, text] : cases) {
    expect_good(text, file);
  }
}

TEST(SchemaCases, AreRefusedByTheParserToo) {
  EXPECT_GE(fakes::schema_cases("refused").size(), 60U);
  for (const char* folder : {"refused", "refused-by-kvrun"}) {
    for (const auto& [file, text] : fakes::schema_cases(folder)) {
      EXPECT_EQ(problems_in(text).all().size(), 1U) << file;
    }
  }
}

} // namespace
} // namespace kvrun::config
