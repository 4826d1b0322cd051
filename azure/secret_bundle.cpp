// SPDX-License-Identifier: MIT
#include "azure/secret_bundle.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace kvrun::azure {

namespace {

// Whole seconds; nothing for what is absent, null or no such number.
std::optional<std::int64_t> seconds(const json::Value* value) {
  std::int64_t number = 0;
  if (value == nullptr || value->kind != json::Value::Kind::number) {
    return std::nullopt;
  }
  const std::string_view text = value->text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                  : std::nullopt;
}

// The third segment of https://VAULT/secrets/NAME/VERSION; "" when there is none.
std::string version_of(std::string_view id) {
  const std::size_t path = id.find("/secrets/");
  if (path == std::string_view::npos) {
    return {};
  }
  const auto parts = split(id.substr(path + 1), '/');
  return parts.size() < 3 ? std::string() : one_line(parts[2], 64);
}

} // namespace

SecretBundle parse_secret_bundle(std::string_view body) {
  const json::Document document = json::Document::parse(body);
  const json::Value& root = document.root();
  if (root.kind != json::Value::Kind::object) {
    throw std::runtime_error("the answer is not a JSON object");
  }
  const json::Value* value = root.find("value");
  if (value == nullptr || value->kind != json::Value::Kind::string) {
    throw std::runtime_error("the answer has no 'value' that is text");
  }
  SecretBundle bundle;
  bundle.value = SecretString(value->text);
  bundle.version = version_of(root.string("id"));
  bundle.content_type = one_line(root.string("contentType"));
  if (const json::Value* attributes = root.find("attributes")) {
    bundle.expires = seconds(attributes->find("exp"));
    bundle.not_before = seconds(attributes->find("nbf"));
  }
  return bundle;
}

} // namespace kvrun::azure
