// SPDX-License-Identifier: MIT
#include "base/yaml.hpp"
#include "tests/fuzz/input.hpp"

#include <optional>

namespace kvrun::fuzz {
namespace {

// Every node has a place within the text, and nesting stays within its bound.
void check(const yaml::Node& node, int depth) {
  require(depth <= 33 && node.place.line >= 1 && node.place.column >= 1);
  require(node.kind == yaml::Node::Kind::scalar || node.text.empty());
  for (const yaml::Node& item : node.items) {
    check(item, depth + 1);
  }
  for (const yaml::Member& member : node.members) {
    require(node.find(member.key) == &member.value); // no duplicate
    check(member.value, depth + 1);
  }
}

} // namespace

void run(std::string_view text) {
  Problems problems;
  if (const std::optional<yaml::Node> node = yaml::parse(text, "fuzz", problems)) {
    check(*node, 1);
  } else {
    require(!problems.empty());
  }
}

} // namespace kvrun::fuzz
