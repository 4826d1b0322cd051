// SPDX-License-Identifier: MIT
#pragma once

#include "base/place.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::yaml {

struct Member;

// A YAML document as written: scalars are text (rules A19), members keep their order, every node
// knows its place.
struct Node {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  Place place;
  std::string text; // of a scalar
  bool quoted = false;
  bool written = true;         // false of a null where nothing stands
  std::vector<Node> items;     // of a sequence
  std::vector<Member> members; // of a mapping

  // The value of a member; nullptr when there is none or this is no mapping.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Member {
  std::string key;
  Place place; // of the key
  Node value;
};

// Parses one document (rules A10): UTF-8 with or without a BOM, at most 1 MiB, nesting at most 32
// deep, an alias for a scalar only, no merge key, no tag, no second document, no duplicate key.
// Problems are added with their place; without a usable document the result is empty. An empty file
// is a null node that is not written. Plain `~`, `null`, `Null`, `NULL` and nothing at all are null
// (rules A19).
[[nodiscard]] std::optional<Node>
parse(std::string_view text, const std::string& file, Problems& problems);

// "text", "a list", …: how a message names what stands there.
[[nodiscard]] std::string_view describe(const Node& node);

} // namespace kvrun::yaml
