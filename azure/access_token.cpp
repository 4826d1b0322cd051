// SPDX-License-Identifier: MIT
#include "azure/access_token.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

namespace kvrun::azure {

namespace {

// The payload of a compact JWT; nothing where it is none.
std::optional<json::Document> payload_of(std::string_view token) {
  const std::vector<std::string_view> parts = split(token, '.');
  if (parts.size() != 3) {
    return std::nullopt;
  }
  try {
    const std::optional<SecretString> payload = decode_base64(parts[1]);
    if (!payload) {
      return std::nullopt;
    }
    json::Document document = json::Document::parse(payload->reveal());
    if (document.root().kind != json::Value::Kind::object) {
      return std::nullopt;
    }
    return document;
  } catch (const json::ParseError&) {
    return std::nullopt;
  }
}

std::string first_of(const json::Value& payload, std::string_view name, std::string_view other) {
  const std::string_view found = payload.string(name);
  return one_line(found.empty() ? payload.string(other) : found);
}

std::string audience_of(const json::Value& payload) {
  const json::Value* audience = payload.find("aud");
  if (audience != nullptr && audience->kind == json::Value::Kind::array &&
      !audience->items.empty()) {
    audience = &audience->items.front();
  }
  return audience != nullptr && audience->kind == json::Value::Kind::string
             ? one_line(audience->text)
             : std::string();
}

std::int64_t expiry_of(const json::Value& payload) {
  const json::Value* expiry = payload.find("exp");
  std::int64_t value = 0;
  if (expiry != nullptr && expiry->kind == json::Value::Kind::number) {
    const std::string_view text = expiry->text;
    std::from_chars(text.data(), text.data() + text.size(), value);
  }
  return std::max<std::int64_t>(value, 0);
}

} // namespace

AccessToken::Claims AccessToken::claims() const {
  Claims claims;
  const std::optional<json::Document> document = payload_of(token.reveal());
  if (!document) {
    return claims;
  }
  const json::Value& payload = document->root();
  claims.tenant_id = one_line(payload.string("tid"));
  claims.object_id = one_line(payload.string("oid"));
  claims.client_id = first_of(payload, "appid", "azp");
  claims.audience = audience_of(payload);
  claims.user = first_of(payload, "upn", "preferred_username");
  claims.resource_id = one_line(payload.string("xms_mirid"));
  claims.issuer = one_line(payload.string("iss"));
  claims.subject = one_line(payload.string("sub"));
  claims.expires_on = expiry_of(payload);
  return claims;
}

} // namespace kvrun::azure
