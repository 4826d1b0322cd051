// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace kvrun::fakes {

// A text that a schema and a parser must judge alike: tests/schema/validate.py asks the schema.
struct SchemaCase {
  std::string file;
  std::string text;
};

// Those of a folder of tests/schema.
inline std::vector<SchemaCase> schema_cases(const std::string& folder) {
  std::vector<SchemaCase> cases;
  const std::filesystem::path root = std::filesystem::path(KVRUN_SOURCE_DIR) / "tests/schema";
  for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
    if (entry.path().extension() == ".yaml") {
      std::ifstream file(entry.path(), std::ios::binary);
      cases.push_back({entry.path().string(), {std::istreambuf_iterator<char>(file), {}}});
    }
  }
  std::sort(
      cases.begin(), cases.end(), [](const auto& a, const auto& b) { return a.file < b.file; });
  return cases;
}

} // namespace kvrun::fakes
