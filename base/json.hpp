// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::json {

struct Member;

// A value of a JSON text. The views live as long as its Document.
struct Value {
  enum class Kind { null, boolean, number, string, array, object };
  Kind kind = Kind::null;
  // A string's text, unescaped; of everything else its characters in the source.
  std::string_view text;
  std::vector<Value> items;    // of an array
  std::vector<Member> members; // of an object, in order

  // The member of that name; nullptr when there is none or this is no object.
  [[nodiscard]] const Value* find(std::string_view name) const;
  // The text of a member that is a string, else "".
  [[nodiscard]] std::string_view string(std::string_view name) const;
};

struct Member {
  std::string_view name;
  Value value;
};

// Why a text is no JSON that we take. Never quotes the text.
class ParseError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// A parsed text (RFC 8259), which owns a copy of it and wipes it. Strict: all of it is walked; a
// duplicate member, a lone surrogate, bad UTF-8, nesting over 64 and anything after the value are
// refused (rules A26, poco.md §7).
class Document {
public:
  // Throws ParseError.
  static Document parse(std::string_view text);

  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document();

  [[nodiscard]] const Value& root() const noexcept;

private:
  struct State;
  explicit Document(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The characters of a value with the white space between its tokens removed.
[[nodiscard]] SecretString compact(const Value& value);

// A quoted JSON string. Bytes that are no UTF-8 are the caller's to have refused.
[[nodiscard]] std::string quote(std::string_view text);

} // namespace kvrun::json
