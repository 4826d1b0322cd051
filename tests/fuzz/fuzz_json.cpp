// SPDX-License-Identifier: MIT
#include "base/json.hpp"
#include "base/text.hpp"
#include "tests/fuzz/input.hpp"

namespace kvrun::fuzz {
namespace {

std::string_view characters(const SecretString& secret) {
  return secret.reveal();
}

// Two readings of the same value.
void require_equal(const json::Value& a, const json::Value& b) {
  require(a.kind == b.kind && a.items.size() == b.items.size() &&
          a.members.size() == b.members.size());
  for (std::size_t i = 0; i < a.items.size(); ++i) {
    require_equal(a.items[i], b.items[i]);
  }
  for (std::size_t i = 0; i < a.members.size(); ++i) {
    require(a.members[i].name == b.members[i].name);
    require(a.find(a.members[i].name) == &a.members[i].value); // no duplicate
    require_equal(a.members[i].value, b.members[i].value);
  }
  if (a.items.empty() && a.members.empty()) {
    require(characters(json::compact(a)) == characters(json::compact(b)));
  }
  require(a.kind != json::Value::Kind::string || find_bad_utf8(a.text) == std::string_view::npos);
}

} // namespace

void run(std::string_view text) {
  try {
    const json::Document document = json::Document::parse(text);
    const json::Value& root = document.root();
    const SecretString compacted = json::compact(root);
    const json::Document again = json::Document::parse(root.kind == json::Value::Kind::string
                                                           ? json::quote(root.text)
                                                           : std::string(characters(compacted)));
    require_equal(root, again.root());
    require(characters(json::compact(again.root())) == characters(compacted));
  } catch (const json::ParseError&) { // the usual end
  }
}

} // namespace kvrun::fuzz
