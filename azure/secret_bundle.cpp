// SPDX-License-Identifier: MIT
#include "azure/secret_bundle.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace kvrun::azure {

namespace {

// Whole seconds, however they are written; nothing for what is absent or null. An expiry that
// cannot be read must not count as none.
std::optional<std::int64_t> seconds(const json::Value* value) {
  if (value == nullptr || value->kind == json::Value::Kind::null) {
    return std::nullopt;
  }
  constexpr double most = 253402300799; // the end of the year 9999
  const std::string_view text = value->text;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool scalar =
      value->kind == json::Value::Kind::number || value->kind == json::Value::Kind::string;
  if (!scalar || error == std::errc::invalid_argument || end != text.data() + text.size()) {
    throw std::runtime_error("the answer has a date that is no number");
  }
  if (error == std::errc::result_out_of_range) {
    number = text.starts_with('-') ? -most : most;
  }
  return static_cast<std::int64_t>(std::floor(std::clamp(number, -most, most)));
}

// The parts of https://VAULT/secrets/NAME/VERSION; "" for what is not there.
struct Identifier {
  std::string name;
  std::string version;
};

Identifier identifier_of(std::string_view id) {
  const std::size_t path = id.find("/secrets/");
  if (path == std::string_view::npos) {
    return {};
  }
  const auto parts = split(id.substr(path + 1), '/');
  return {parts.size() < 2 ? std::string() : one_line(parts[1], 128),
          parts.size() < 3 ? std::string() : one_line(parts[2], 64)};
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
  auto [name, version] = identifier_of(root.string("id"));
  bundle.name = std::move(name);
  bundle.version = std::move(version);
  bundle.content_type = one_line(root.string("contentType"));
  if (const json::Value* attributes = root.find("attributes")) {
    bundle.expires = seconds(attributes->find("exp"));
    bundle.not_before = seconds(attributes->find("nbf"));
  }
  return bundle;
}

} // namespace kvrun::azure
