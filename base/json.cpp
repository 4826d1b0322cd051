// SPDX-License-Identifier: MIT
#include "base/json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <string.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <unordered_set>
#include <utility>

namespace kvrun::json {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr int k_most_depth = 64;
constexpr std::string_view k_blanks = " \t\n\r";
constexpr std::string_view k_digits = "0123456789";

// Memory that is wiped when it goes.
class Buffer {
public:
  explicit Buffer(std::size_t size) : bytes_(std::make_unique<char[]>(size)), size_(size) {}
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { ::explicit_bzero(bytes_.get(), size_); }

  [[nodiscard]] char* data() noexcept { return bytes_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_;
};

[[noreturn]] void fail(simdjson::error_code code) {
  switch (code) {
  case simdjson::MEMALLOC:
    throw std::bad_alloc();
  case simdjson::UTF8_ERROR:
    throw ParseError("not JSON: bad UTF-8");
  case simdjson::STRING_ERROR:
    throw ParseError("not JSON: a bad escape or a lone surrogate");
  case simdjson::UNCLOSED_STRING:
    throw ParseError("not JSON: a string does not end");
  case simdjson::UNESCAPED_CHARS:
    throw ParseError("not JSON: a control character in a string");
  default:
    throw ParseError("not JSON: a bracket, comma, colon or value is missing or out of place");
  }
}

template <typename T> T take(simdjson::simdjson_result<T> result) {
  T value;
  if (const simdjson::error_code code = std::move(result).get(value); code != simdjson::SUCCESS) {
    fail(code);
  }
  return value;
}

std::string_view without_blanks_behind(std::string_view text) {
  return text.substr(0, text.find_last_not_of(k_blanks) + 1);
}

// RFC 8259 §6. The library hands out numbers unchecked, or refuses some that are too large for it.
bool is_number(std::string_view text) {
  const auto skip_digits = [&] {
    const std::size_t count = std::min(text.find_first_not_of(k_digits), text.size());
    text.remove_prefix(count);
    return count;
  };
  const auto skip = [&](std::string_view any) {
    const bool found = !text.empty() && any.find(text.front()) != std::string_view::npos;
    text.remove_prefix(found ? 1 : 0);
    return found;
  };
  skip("-");
  if (!skip("0") && skip_digits() == 0) {
    return false;
  }
  if (skip(".") && skip_digits() == 0) {
    return false;
  }
  if (skip("eE")) {
    skip("+-");
    if (skip_digits() == 0) {
      return false;
    }
  }
  return text.empty();
}

} // namespace

struct Document::State {
  explicit State(std::string_view text)
      : source(text.size() + 2 + simdjson::SIMDJSON_PADDING), strings(source.size()),
        end(strings.data()) {
    // As the only item of a list no value is a special case to the library, and what follows an
    // item is always a token.
    source.data()[0] = '[';
    std::copy(text.begin(), text.end(), source.data() + 1);
    source.data()[text.size() + 1] = ']';
    auto list = take(parser.iterate(
        simdjson::padded_string_view(source.data(), text.size() + 2, source.size())));
    read_root(list);
  }

  void read_root(ondemand::document& list) {
    bool found = false;
    for (auto item : take(list.get_array())) {
      if (found) {
        throw ParseError("not JSON: more text after the value");
      }
      root = read(list, take(item), k_most_depth);
      found = true;
    }
    if (const char* rest = nullptr; list.current_location().get(rest) == simdjson::SUCCESS) {
      throw ParseError("not JSON: more text after the value");
    }
    if (!found) {
      throw ParseError("not JSON: empty");
    }
  }

  // A value and all that is in it, `depth` deep at most.
  Value read(ondemand::document& list, ondemand::value from, int depth) {
    const char* begin = take(from.current_location());
    Value value;
    switch (take(from.type())) {
    case ondemand::json_type::array:
      value.kind = Value::Kind::array;
      enter(depth);
      for (auto item : take(from.get_array())) {
        value.items.push_back(read(list, take(item), depth - 1));
      }
      value.text = between(begin, take(list.current_location()));
      break;
    case ondemand::json_type::object:
      value.kind = Value::Kind::object;
      enter(depth);
      read_members(list, take(from.get_object()), depth - 1, value.members);
      value.text = between(begin, take(list.current_location()));
      break;
    case ondemand::json_type::string:
      value.kind = Value::Kind::string;
      value.text = unescape(take(from.get_raw_json_string()));
      break;
    case ondemand::json_type::number:
      value.kind = Value::Kind::number;
      value.text = without_blanks_behind(from.raw_json_token());
      if (!is_number(value.text)) {
        throw ParseError("not JSON: a bad number");
      }
      break;
    case ondemand::json_type::boolean:
    case ondemand::json_type::null:
      value.text = without_blanks_behind(from.raw_json_token());
      value.kind = value.text == "null" ? Value::Kind::null : Value::Kind::boolean;
      if (value.text != "true" && value.text != "false" && value.text != "null") {
        throw ParseError("not JSON: a word other than true, false and null");
      }
      break;
    }
    return value;
  }

  void read_members(ondemand::document& list,
                    ondemand::object object,
                    int depth,
                    std::vector<Member>& members) {
    std::unordered_set<std::string_view> names;
    for (auto result : object) {
      ondemand::field field = take(std::move(result));
      const std::string_view name = unescape(field.key());
      if (!names.insert(name).second) {
        throw ParseError("JSON with a duplicate member");
      }
      members.push_back({name, read(list, field.value(), depth)});
    }
  }

  static void enter(int depth) {
    if (depth == 0) {
      throw ParseError(fmt::format("JSON nested more than {} deep", k_most_depth));
    }
  }

  static std::string_view between(const char* begin, const char* next) {
    return without_blanks_behind({begin, static_cast<std::size_t>(next - begin)});
  }

  std::string_view unescape(ondemand::raw_json_string raw) {
    auto* to = reinterpret_cast<std::uint8_t*>(end);
    const std::string_view text = take(parser.unescape(raw, to));
    end = reinterpret_cast<char*>(to);
    return text;
  }

  Buffer source;
  Buffer strings; // unescaped, one behind the other; never longer than the source
  char* end;      // of those
  ondemand::parser parser;
  Value root;
};

Document::Document(std::unique_ptr<State> state) : state_(std::move(state)) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Document Document::parse(std::string_view text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") {
    throw ParseError("not JSON: it begins with a byte order mark");
  }
  return Document(std::make_unique<State>(text));
}

const Value& Document::root() const noexcept {
  return state_->root;
}

const Value* Value::find(std::string_view name) const {
  const auto found = std::find_if(
      members.begin(), members.end(), [&](const Member& member) { return member.name == name; });
  return found == members.end() ? nullptr : &found->value;
}

std::string_view Value::string(std::string_view name) const {
  const Value* value = find(name);
  return value != nullptr && value->kind == Kind::string ? value->text : std::string_view{};
}

SecretString compact(const Value& value) {
  if (value.kind != Value::Kind::array && value.kind != Value::Kind::object) {
    return SecretString(value.text);
  }
  SecretString result;
  std::string_view rest = value.text;
  while (!rest.empty()) {
    // A run up to the next blank, or a whole string.
    std::size_t length = std::min(rest.find_first_of(" \t\n\r\""), rest.size());
    if (length == 0 && rest.front() == '"') {
      length = 1;
      while (rest[length] != '"') {
        length += rest[length] == '\\' ? 2 : 1;
      }
      ++length;
    }
    result.append(rest.substr(0, length));
    rest.remove_prefix(length);
    rest.remove_prefix(std::min(rest.find_first_not_of(k_blanks), rest.size()));
  }
  return result;
}

std::string quote(std::string_view text) {
  constexpr std::string_view special = "\"\\\b\f\n\r\t";
  constexpr std::string_view letters = "\"\\bfnrt";
  std::string result = "\"";
  for (const char c : text) {
    if (const std::size_t i = special.find(c); i != std::string_view::npos) {
      result += '\\';
      result += letters[i];
    } else if (static_cast<unsigned char>(c) < ' ') {
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      result += c;
    }
  }
  result += '"';
  return result;
}

} // namespace kvrun::json
