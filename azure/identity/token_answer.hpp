// SPDX-License-Identifier: MIT
#pragma once

#include "azure/access_token.hpp"
#include "azure/http.hpp"
#include "base/json.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kvrun::azure {

// Why an answer is no token. Says what is wrong with it, and quotes nothing of it.
class NoToken : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// A token answer, with what it says about the identity; texts as they came, not for messages.
struct TokenAnswer {
  AccessToken token;
  std::string resource;
  std::string client_id;
  std::string object_id;
  std::string resource_id;
};

// The token of a 200 answer of a managed-identity endpoint or the login host (identity.md §14.2),
// whatever its content type. Throws NoToken.
[[nodiscard]] TokenAnswer parse_token_answer(const HttpResponse& response, std::int64_t now);

// The object that a body holds. Throws NoToken.
[[nodiscard]] json::Document parse_object(std::string_view body);

// A string or a number as text; "" where there is neither.
[[nodiscard]] std::string_view scalar(const json::Value& object, std::string_view name);

// A token from its text: not empty, visible ASCII without white space, so that it is safe in a
// header. Without an expiry the `exp` that it claims is taken. Throws NoToken.
[[nodiscard]] AccessToken make_token(std::string_view text, std::optional<std::int64_t> expires_on);

} // namespace kvrun::azure
