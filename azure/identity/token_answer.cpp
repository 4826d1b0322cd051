// SPDX-License-Identifier: MIT
#include "azure/identity/token_answer.hpp"

#include "azure/identity/expiry.hpp"
#include "azure/identity/identity_answer.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kvrun::azure {

namespace {

// The only types that a message names: another text may be anything, a token too.
constexpr std::array<std::string_view, 3> k_other_types{"mtls_pop", "pop", "mac"};

void check_type(std::string_view type) {
  if (type.empty() || equal_without_case(type, "Bearer")) {
    return;
  }
  const auto* known = std::find_if(k_other_types.begin(), k_other_types.end(), [&](auto other) {
    return equal_without_case(type, other);
  });
  throw NoToken(known == k_other_types.end()
                    ? "the token is of another type than Bearer"
                    : fmt::format("the token is of type '{}', not Bearer", *known));
}

std::optional<std::int64_t> expiry_of(const json::Value& object, std::int64_t now) {
  for (const std::string_view name : {"expires_on", "expires_in"}) {
    if (const auto expiry = parse_expiry(scalar(object, name), now)) {
      return expiry;
    }
  }
  return std::nullopt;
}

} // namespace

std::string_view scalar(const json::Value& object, std::string_view name) {
  const json::Value* found = object.find(name);
  const bool good = found != nullptr && (found->kind == json::Value::Kind::string ||
                                         found->kind == json::Value::Kind::number);
  return good ? found->text : std::string_view();
}

json::Document parse_object(std::string_view body) {
  try {
    json::Document document = json::Document::parse(body);
    if (document.root().kind == json::Value::Kind::object) {
      return document;
    }
  } catch (const json::ParseError&) {
    if (trim(body).starts_with('<')) {
      throw NoToken("the answer is HTML, so something other than Azure answered");
    }
    throw NoToken(trim(body).empty() ? "the answer is empty" : "the answer is no good JSON");
  }
  throw NoToken("the answer is no JSON object");
}

AccessToken make_token(std::string_view text, std::optional<std::int64_t> expires_on) {
  if (text.empty()) {
    throw NoToken("the answer has no token");
  }
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; })) {
    throw NoToken("the token has a character that no token has");
  }
  AccessToken token{SecretString(text), 0};
  token.expires_on = expires_on ? *expires_on : token.claims().expires_on;
  if (!expires_on && token.expires_on == 0) {
    throw NoToken("the answer does not say when the token expires");
  }
  return token;
}

TokenAnswer parse_token_answer(const HttpResponse& response, std::int64_t now) {
  const json::Document document = parse_object(response.body.reveal());
  const json::Value& root = document.root();
  check_type(root.string("token_type"));
  TokenAnswer answer;
  answer.token = make_token(root.string("access_token"), expiry_of(root, now));
  answer.resource = root.string("resource");
  answer.client_id = root.string("client_id");
  answer.object_id = root.string("object_id");
  answer.resource_id = root.string("msi_res_id");
  if (answer.resource_id.empty()) {
    answer.resource_id = root.string("mi_res_id");
  }
  return answer;
}

} // namespace kvrun::azure
