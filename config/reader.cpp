// SPDX-License-Identifier: MIT
#include "config/reader.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::config {
namespace {

constexpr std::size_t k_longest_key = 80;
constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

// By how many blanks the lines of a literal block are indented; nothing when `written` does not
// begin with a block that has this text, line by line.
std::optional<std::size_t> indent_of_block(std::string_view written, std::string_view text) {
  if (!written.starts_with('|')) {
    return {};
  }
  take_line(written);
  const std::size_t first = written.find_first_not_of(" \n");
  if (first == std::string_view::npos) {
    return {};
  }
  const std::size_t begin = written.rfind('\n', first);
  const std::size_t indent = begin == std::string_view::npos ? first : first - begin - 1;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const std::string_view there = take_line(written);
    if (there.substr(std::min(indent, there.size())) != line) {
      return {};
    }
  }
  return indent;
}

} // namespace

std::string one_of(std::span<const std::string_view> words, std::string_view last) {
  std::string list;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) {
      list += i + 1 == words.size() ? fmt::format(" {} ", last) : ", ";
    }
    list += fmt::format("'{}'", words[i]);
  }
  return list;
}

TextCursor::TextCursor(std::string_view text) : text_(text) {
  if (text_.starts_with(k_byte_order_mark)) {
    text_.remove_prefix(k_byte_order_mark.size());
  }
}

std::string_view TextCursor::from(int line, int column) {
  if (line < line_ || (line == line_ && column < column_)) {
    at_ = 0;
    line_ = 1;
    column_ = 1;
  }
  while (at_ < text_.size() && (line_ < line || column_ < column)) {
    if (text_[at_++] == '\n') {
      ++line_;
      column_ = 1;
      continue;
    }
    while (at_ < text_.size() && continues_character(text_[at_])) {
      ++at_;
    }
    ++column_;
  }
  return text_.substr(at_);
}

const std::string* Reader::text(const yaml::Node& node, std::string_view key) const {
  if (node.kind != yaml::Node::Kind::scalar) {
    wrong_kind(node, key, "a text");
    return nullptr;
  }
  return &node.text;
}

bool Reader::is_mapping(const yaml::Node& node, std::string_view key) const {
  if (node.kind != yaml::Node::Kind::mapping) {
    wrong_kind(node, key, "a mapping");
    return false;
  }
  return true;
}

bool Reader::is_list(const yaml::Node& node, std::string_view key) const {
  if (node.kind != yaml::Node::Kind::sequence) {
    wrong_kind(node, key, "a list");
    return false;
  }
  return true;
}

void Reader::wrong_kind(const yaml::Node& node,
                        std::string_view key,
                        std::string_view wanted) const {
  if (node.kind == yaml::Node::Kind::null) {
    const bool may_be_empty = key == "value" || key == "default";
    problems_.add(node.place,
                  fmt::format("'{}' has no value", key),
                  wanted == "a list"      ? "an empty list is written []"
                  : wanted == "a mapping" ? "an empty mapping is written {}"
                  : may_be_empty          ? "an empty text is written \"\""
                                          : "");
    return;
  }
  problems_.add(node.place,
                fmt::format("'{}' takes {}, not {}", key, wanted, yaml::describe(node)));
}

std::optional<bool> Reader::boolean(const yaml::Node& node, std::string_view key) const {
  constexpr std::array<std::pair<std::string_view, bool>, 2> k_words{
      {{"true", true}, {"false", false}}};
  return choice(node, key, k_words);
}

void Reader::unknown_word(const yaml::Node& node,
                          std::string_view key,
                          std::string_view word,
                          std::span<const std::string_view> known) const {
  const auto near = nearest(word, known);
  problems_.add(node.place,
                fmt::format("'{}' is {}", key, one_of(known, "or")),
                near ? fmt::format("did you mean '{}'?", *near) : "");
}

std::optional<SecretReference> Reader::reference(const yaml::Node& node,
                                                 std::string_view key) const {
  const std::string* const written = text(node, key);
  if (written == nullptr) {
    return {};
  }
  try {
    return parse_reference(*written);
  } catch (const ReferenceError& error) {
    problems_.add(node.place,
                  fmt::format("'{}': {}", key, error.what()),
                  error.hint().empty() ? "a literal is written { value: ... }" : error.hint());
    return {};
  }
}

std::optional<Template> Reader::read_template(const yaml::Node& node, std::string_view key) {
  const std::string* const written = text(node, key);
  if (written == nullptr) {
    return {};
  }
  const auto [how, begin] = find_text(node);
  return parse_template(*written, begin, problems_, how);
}

std::pair<Written, Place> Reader::find_text(const yaml::Node& node) {
  Place begin = node.place;
  std::string_view written = cursor_.from(begin.line, begin.column);
  if (const auto indent = indent_of_block(written, node.text)) {
    return {Written::indented, {begin.file, begin.line + 1, static_cast<int>(*indent) + 1}};
  }
  if (node.quoted && !written.empty()) {
    written.remove_prefix(1);
    ++begin.column;
  }
  if (written.starts_with(node.text)) {
    return {Written::as_it_is, begin};
  }
  return {Written::otherwise, node.place};
}

void Reader::unknown_key(const yaml::Member& member,
                         std::span<const std::string_view> known,
                         std::string hint) const {
  if (const auto near = nearest(member.key, known)) {
    hint = fmt::format("did you mean '{}'?", *near);
  } else if (hint.empty()) {
    hint = fmt::format("the keys are {}", one_of(known, "and"));
  }
  problems_.add(member.place,
                fmt::format("unknown key '{}'", one_line(member.key, k_longest_key)),
                std::move(hint));
}

} // namespace kvrun::config
