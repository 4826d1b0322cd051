// SPDX-License-Identifier: MIT
#include "base/yaml.hpp"

#include "base/text.hpp"
#include "base/yaml_escapes.hpp"
#include "base/yaml_source.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/node/node.h> // bugprone-forward-declaration-namespace takes YAML::Node for ours
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <unordered_map>
#include <utility>

namespace kvrun::yaml {

namespace {

constexpr std::size_t k_most_bytes = 1'048'576;
constexpr std::size_t k_most_depth = 32;
constexpr std::size_t k_longest_key = 80; // in a message
constexpr std::string_view k_bom = "\xEF\xBB\xBF";

// Ends the parse; the problem has been told.
struct Stop {};

// A list or mapping whose end has not come yet.
struct Frame {
  Node node;
  bool usable = true;     // becomes part of the document
  bool discarded = false; // within a key that is none: what is wrong in it is not told
  std::unordered_map<std::string, int> keys; // and the line of each
  bool template_key = false;                 // a key that begins "{{"
  bool has_key = false;
  std::optional<Member> member; // the key that waits for its value; nothing when it is unusable
};

std::size_t offset_in(const Source& source, const YAML::Mark& mark) {
  return mark.is_null() ? 0
                        : source.offset(static_cast<std::size_t>(mark.line),
                                        static_cast<std::size_t>(mark.column));
}

// Whether a null is written there: the mark of one that is not is that of the next token.
bool is_written_null(std::string_view text) {
  const std::size_t length = text.substr(0, 1) == "~" ? 1 : 4;
  return (length == 1 || equal_without_case(text.substr(0, 4), "null")) &&
         (text.size() <= length ||
          std::string_view(" \t\r\n,]}").find(text[length]) != std::string_view::npos);
}

// Builds the tree from the parser's events and tells what it does not take.
class Builder final : public YAML::EventHandler {
public:
  Builder(const Source& source, Problems& problems) : source_(source), problems_(problems) {}

  // Nothing when it did not come to its end.
  [[nodiscard]] std::optional<Node> take_root() { return std::move(root_); }
  // Whether an unquoted template has been told of: it mostly is a syntax error as well.
  [[nodiscard]] bool template_told() const noexcept { return template_told_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      // The library goes on with whatever stands behind the end of a document.
      const std::size_t at = offset_in(source_, mark);
      const bool marked = source_.begins_with(at, "---");
      problems_.add(source_.place(at),
                    marked ? "a second document" : "not YAML: more text after the document");
      if (!marked) {
        root_.reset();
      }
      throw Stop{};
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::size_t at = offset_in(source_, mark);
    Node node = make(Node::Kind::null, at);
    node.written = is_written_null(source_.scalar_at(at));
    if (!node.written && !at_key()) {
      if (frames_.empty()) {
        node.place = source_.place(0);
      } else if (frames_.back().member) {
        node.place = frames_.back().member->place;
      } else {
        node.place = source_.place(source_.last_before(at));
      }
    }
    put_scalar(std::move(node), anchor, true);
  }

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override {
    const std::size_t at = offset_in(source_, mark);
    Node node = make(Node::Kind::scalar, at);
    node.text = source_.quote_at(at) == '"' ? unescape_hidden(value) : unhide(value);
    node.quoted = tag == "!";
    if (!source_.is_closed(at)) {
      throw YAML::ParserException(mark, "a quoted text does not end");
    }
    put_scalar(std::move(node), anchor, check_tag(at, tag));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const std::size_t at = offset_in(source_, mark);
    const auto found = scalars_.find(anchor);
    if (found == scalars_.end()) {
      tell(source_.place(at),
           "an alias can stand for a scalar only",
           "quote a text that begins with '*'");
      put(make(Node::Kind::null, at), false);
      return;
    }
    Node node = found->second;
    node.place = source_.place(at);
    aliased_ += node.text.size();
    if (aliased_ > k_most_bytes) {
      problems_.add(node.place, "the aliases stand for more than 1 MiB");
      throw Stop{};
    }
    put(std::move(node), true);
  }

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    begin(Node::Kind::sequence, offset_in(source_, mark), tag);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    begin(Node::Kind::mapping, offset_in(source_, mark), tag);
  }
  void OnMapEnd() override { end(); }

private:
  [[nodiscard]] Node make(Node::Kind kind, std::size_t at) const {
    Node node;
    node.kind = kind;
    node.place = source_.place(at);
    return node;
  }

  [[nodiscard]] bool discarding() const { return !frames_.empty() && frames_.back().discarded; }
  // Whether what comes next is a key.
  [[nodiscard]] bool at_key() const {
    return !frames_.empty() && frames_.back().node.kind == Node::Kind::mapping &&
           !frames_.back().has_key;
  }

  void tell(const Place& place, std::string_view message, std::string hint = {}) {
    if (!discarding()) {
      problems_.add(place, message, std::move(hint));
    }
  }

  // A tag that was written; "?" and "!" are the library's marks for a plain and a quoted scalar.
  // Never shown: what follows an unquoted '!' may have been meant as a value.
  bool check_tag(std::size_t at, const std::string& tag) {
    if (tag.empty() || tag == "?" || (tag == "!" && !source_.begins_with(at, "!"))) {
      return true;
    }
    tell(source_.place(at), "a tag is not taken", "quote a text that begins with '!'");
    return false;
  }

  void begin(Node::Kind kind, std::size_t at, const std::string& tag) {
    if (frames_.size() == k_most_depth) {
      problems_.add(source_.place(at), fmt::format("nested more than {} deep", k_most_depth));
      throw Stop{};
    }
    Frame frame;
    frame.node = make(kind, at);
    frame.usable = check_tag(at, tag);
    frame.discarded = discarding();
    if (at_key()) {
      frame.discarded = true;
      frame.template_key = source_.begins_with(at, "{") && source_.before(at) == '{';
    }
    frames_.push_back(std::move(frame));
  }

  void end() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    if (at_key()) { // told here, for of a list that does not end the library makes a key
      if (frame.template_key) {
        tell(frame.node.place,
             "'{{' begins a mapping within a mapping",
             std::string(k_template_hint));
        template_told_ = template_told_ || !discarding();
      } else {
        tell(frame.node.place, "a key must be text");
      }
    }
    put(std::move(frame.node), frame.usable);
  }

  void put_scalar(Node node, YAML::anchor_t anchor, bool usable) {
    if (anchor != YAML::NullAnchor) {
      scalars_.insert_or_assign(anchor, node);
    }
    put(std::move(node), usable);
  }

  // A node is complete: it goes to where it belongs.
  void put(Node node, bool usable) {
    if (frames_.empty()) {
      if (usable) {
        root_ = std::move(node);
      }
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == Node::Kind::sequence) {
      if (usable) {
        frame.node.items.push_back(std::move(node));
      }
    } else if (!frame.has_key) {
      put_key(frame, std::move(node), usable);
    } else {
      if (frame.member && usable) {
        frame.member->value = std::move(node);
        frame.node.members.push_back(std::move(*frame.member));
      }
      frame.member.reset();
      frame.has_key = false;
    }
  }

  void put_key(Frame& frame, Node node, bool usable) {
    frame.has_key = true;
    if (node.kind == Node::Kind::null && usable) {
      tell(node.place, "a key must be text");
    }
    if (node.kind != Node::Kind::scalar || !usable) {
      return;
    }
    if (node.text == "<<" && !node.quoted) {
      tell(node.place, "a merge key is not taken");
      return;
    }
    const auto [first, added] = frame.keys.try_emplace(node.text, node.place.line);
    if (!added) {
      tell(node.place,
           fmt::format("duplicate key '{}', first in line {}",
                       one_line(node.text, k_longest_key),
                       first->second));
      return;
    }
    frame.member = Member{std::move(node.text), node.place, {}};
  }

  const Source& source_;
  Problems& problems_;
  std::vector<Frame> frames_;
  std::optional<Node> root_;
  std::unordered_map<YAML::anchor_t, Node> scalars_; // those with an anchor
  std::size_t aliased_ = 0;                          // bytes that aliases stand for
  int documents_ = 0;
  bool template_told_ = false;
};

// Whether something follows the first document; only the tokens tell of a directive.
bool has_more_than_a_document(const std::string& text, const Source& source) {
  std::istringstream stream{text};
  YAML::Parser parser(stream);
  Problems told_before;
  Builder builder(source, told_before);
  parser.HandleNextDocument(builder);
  std::ostringstream tokens;
  parser.PrintTokens(tokens);
  return !tokens.str().empty();
}

} // namespace

const Node* Node::find(std::string_view key) const {
  const auto found = std::find_if(
      members.begin(), members.end(), [&](const Member& member) { return member.key == key; });
  return found == members.end() ? nullptr : &found->value;
}

std::optional<Node> parse(std::string_view text, const std::string& file, Problems& problems) {
  if (text.substr(0, k_bom.size()) == k_bom) {
    text.remove_prefix(k_bom.size());
  }
  if (text.size() > k_most_bytes) {
    problems.add({file}, "larger than 1 MiB");
    return std::nullopt;
  }
  const Source source(text, file);
  if (!source.check_bytes(problems)) {
    return std::nullopt;
  }
  Builder builder(source, problems);
  try {
    const std::string readable = hide_surrogate_pairs(text);
    std::istringstream stream{readable};
    YAML::Parser parser(stream);
    const bool any = parser.HandleNextDocument(builder);
    if (any) {
      parser.HandleNextDocument(builder); // tells of a second one
    }
    const auto directive = source.last_line('%');
    if (directive && (!any || has_more_than_a_document(readable, source))) {
      problems.add(source.place(*directive), "not YAML: a directive that no document follows");
      return std::nullopt;
    }
    if (!any) {
      Node empty;
      empty.place = source.place(0);
      empty.written = false;
      return empty;
    }
  } catch (const Stop&) {
    return builder.take_root();
  } catch (const YAML::ParserException& error) {
    const std::size_t at = offset_in(source, error.mark);
    const std::string hint = source.syntax_hint(at);
    if (!builder.template_told() || hint != k_template_hint) {
      // Behind a colon the library quotes the text.
      const std::string_view message = error.msg;
      problems.add(source.place(at),
                   fmt::format("not YAML: {}", message.substr(0, message.find(':'))),
                   hint);
    }
    return std::nullopt;
  }
  return builder.take_root();
}

std::string_view describe(const Node& node) {
  switch (node.kind) {
  // clang-format off
  case Node::Kind::null:     return node.written ? "null" : "nothing";
  case Node::Kind::scalar:   return "text";
  case Node::Kind::sequence: return "a list";
  case Node::Kind::mapping:  return "a mapping";
    // clang-format on
  }
  return "nothing"; // unreachable; keeps g++ quiet
}

} // namespace kvrun::yaml
