// SPDX-License-Identifier: MIT
#include "launcher/json_pointer.hpp"

#include "base/text.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace kvrun::launcher {

namespace {

// "~1" is '/', "~0" is '~' (RFC 6901 §4).
std::string unescape(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '~' && i + 1 < token.size()) {
      text += token[++i] == '1' ? '/' : '~';
    } else {
      text += token[i];
    }
  }
  return text;
}

// Digits without a leading zero.
std::optional<std::size_t> array_index(std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool good = !token.empty() && error == std::errc() && end == token.data() + token.size() &&
                    (token == "0" || token.front() != '0');
  return good ? std::optional(index) : std::nullopt;
}

} // namespace

const json::Value* follow_pointer(const json::Value& root, std::string_view pointer) {
  const json::Value* at = &root;
  if (pointer.empty()) {
    return at;
  }
  for (const std::string_view token : split(pointer.substr(1), '/')) {
    if (at->kind == json::Value::Kind::object) {
      at = at->find(unescape(token));
    } else if (at->kind == json::Value::Kind::array) {
      const auto index = array_index(token);
      at = index && *index < at->items.size() ? &at->items[*index] : nullptr;
    } else {
      at = nullptr;
    }
    if (at == nullptr) {
      return nullptr;
    }
  }
  return at;
}

} // namespace kvrun::launcher
