// SPDX-License-Identifier: MIT
#include "emulator/identity/identity.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::emulator {

bool IdentityContext::is_attached(std::string_view selector) const {
  const Principal& principal = issuer->principal();
  return equal_without_case(selector, principal.client_id) ||
         equal_without_case(selector, principal.object_id) ||
         equal_without_case(selector, principal.resource_id);
}

Answer json_answer(const IdentityContext& context, int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json; charset=utf-8"},
                      {"Date", http_date(context.clock())}},
          .body = std::move(body),
          .reason = {}};
}

Answer bare_answer(const IdentityContext& context, int status) {
  return {.status = status,
          .headers = {{"Date", http_date(context.clock())}},
          .body = {},
          .reason = {}};
}

Answer flat_error(const IdentityContext& context,
                  int status,
                  std::string_view error,
                  std::string_view description) {
  return json_answer(context,
                     status,
                     fmt::format(R"({{"error":{},"error_description":{}}})",
                                 json::quote(error),
                                 json::quote(description)));
}

Answer metadata_error(const IdentityContext& context, int status, std::string_view code) {
  const auto answer = [&](std::string_view usual, std::string_view description) {
    return flat_error(context, status, code.empty() ? usual : code, description);
  };
  switch (status) {
  // clang-format off
  case 400: return answer("invalid_request", "Identity not found");
  case 429: return answer("invalid_request", "Temporarily throttled, too many requests");
  case 500: return answer("unknown", "Failed to retrieve token");
  default:  return bare_answer(context, status);
    // clang-format on
  }
}

std::string_view without_slash(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) {
    path.remove_suffix(1);
  }
  return path;
}

bool has_only(const Fields& fields, std::initializer_list<std::string_view> names) {
  return std::all_of(fields.begin(), fields.end(), [&](const auto& field) {
    return std::find(names.begin(), names.end(), field.first) != names.end();
  });
}

std::vector<std::string> values_of(const Fields& fields,
                                   std::initializer_list<std::string_view> names) {
  std::vector<std::string> values;
  for (const std::string_view name : names) {
    if (const std::string* value = find(fields, name); value != nullptr && !value->empty()) {
      values.push_back(*value);
    }
  }
  return values;
}

} // namespace kvrun::emulator
