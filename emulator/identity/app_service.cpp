// SPDX-License-Identifier: MIT
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/clouds.hpp"
#include "emulator/identity/identity.hpp"
#include "emulator/random.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::emulator {
namespace {

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

// App Service, Functions, Container Apps: protocol 2019-08-01 (identity.md §4.1).
class AppService final : public IdentityEndpoint {
public:
  explicit AppService(IdentityContext context) : context_(std::move(context)) {}

  [[nodiscard]] std::string_view path() const override { return "/msi/token"; }

  [[nodiscard]] Answer answer(const Request& request) override {
    if (!equal_without_case(without_slash(request.path), path())) {
      return bare_answer(context_, 404);
    }
    if (request.method != "GET") {
      return bare_answer(context_, 405);
    }
    const std::string* secret = request.header("X-IDENTITY-HEADER");
    if (secret == nullptr || *secret != context_.secret) {
      return bare_answer(context_, 403);
    }
    const std::string* version = request.parameter("api-version");
    if (version == nullptr || *version != "2019-08-01") {
      return error(400, "The api-version is not supported.");
    }
    return token(request);
  }

  [[nodiscard]] Answer failure(int status, std::string_view /*code*/) const override {
    switch (status) {
    case 400:
      return error(400, k_not_attached);
    case 429:
      return error(429, "Too many requests.");
    case 500:
      return error(500, k_no_token);
    default:
      return bare_answer(context_, status);
    }
  }

private:
  static constexpr std::string_view k_not_attached =
      "No User Assigned or Delegated Managed Identity found for specified "
      "ClientId/ResourceId/PrincipalId.";
  // The misspelling is the service's.
  static constexpr std::string_view k_no_token =
      "An unexpected error occured while fetching the AAD Token.";

  [[nodiscard]] Answer token(const Request& request) const {
    const bool known = has_only(
        request.query,
        {"api-version", "resource", "client_id", "principal_id", "object_id", "mi_res_id"});
    const auto selectors =
        values_of(request.query, {"client_id", "principal_id", "object_id", "mi_res_id"});
    if (!known || selectors.size() > 1 || has_repeated_name(request.query)) {
      return error(400, "The query parameters are not supported.");
    }
    if (!selectors.empty() && !context_.is_attached(selectors.front())) {
      return error(400, k_not_attached);
    }
    const std::string* audience = request.parameter("resource");
    if (audience == nullptr || audience->empty()) {
      return error(400, "The parameter 'resource' is missing.");
    }
    if (!is_known_audience(*audience)) {
      return error(500, k_no_token);
    }
    const std::int64_t life = context_.life(86399);
    return json_answer(context_,
                       200,
                       fmt::format(R"({{"access_token":"{}","expires_on":"{}","resource":{},)"
                                   R"("token_type":"Bearer","client_id":"{}"}})",
                                   context_.issuer->access_token(*audience, life),
                                   context_.issuer->now() + life,
                                   json::quote(*audience),
                                   upper(context_.issuer->principal().client_id)));
  }

  [[nodiscard]] Answer error(int status, std::string_view message) const {
    return json_answer(context_,
                       status,
                       fmt::format(R"({{"statusCode":{},"message":{},"correlationId":"{}"}})",
                                   status,
                                   json::quote(message),
                                   random_uuid()));
  }

  IdentityContext context_;
};

} // namespace

std::unique_ptr<IdentityEndpoint> make_app_service(IdentityContext context) {
  return std::make_unique<AppService>(std::move(context));
}

} // namespace kvrun::emulator
