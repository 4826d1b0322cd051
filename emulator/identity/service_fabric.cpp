// SPDX-License-Identifier: MIT
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/clouds.hpp"
#include "emulator/identity/identity.hpp"
#include "emulator/random.hpp"

#include <fmt/format.h>

namespace kvrun::emulator {
namespace {

// Service Fabric (identity.md §7); its TLS is the server's business.
class ServiceFabric final : public IdentityEndpoint {
public:
  explicit ServiceFabric(IdentityContext context) : context_(std::move(context)) {}

  [[nodiscard]] std::string_view path() const override { return "/metadata/identity/oauth2/token"; }

  [[nodiscard]] Answer answer(const Request& request) override {
    if (without_slash(request.path) != path()) {
      return bare_answer(context_, 404);
    }
    if (request.method != "GET") {
      return bare_answer(context_, 405);
    }
    const std::string* secret = request.header("Secret");
    if (secret == nullptr) {
      return error(400, "SecretHeaderNotFound", "Secret is not found in the request headers.");
    }
    if (*secret != context_.secret) {
      return no_identity();
    }
    const std::string* version = request.parameter("api-version");
    if (version == nullptr || (*version != "2019-07-01-preview" && *version != "2020-05-01")) {
      return error(400,
                   "InvalidApiVersion",
                   fmt::format("The api-version '{}' is not supported. Supported version is "
                               "'2019-07-01-preview'.",
                               version == nullptr ? "" : one_line(*version)));
    }
    return token(request);
  }

  [[nodiscard]] Answer failure(int status, std::string_view code) const override {
    switch (status) {
    case 400:
      return error(400,
                   code.empty() ? "SecretHeaderNotFound" : code,
                   "Secret is not found in the request headers.");
    case 404:
      return no_identity();
    default:
      return error(status, code.empty() ? "InternalServerError" : code, "An error occurred.");
    }
  }

private:
  [[nodiscard]] Answer token(const Request& request) const {
    const std::string* audience = request.parameter("resource");
    if (audience == nullptr || audience->empty()) {
      return error(400,
                   "ArgumentNullOrEmpty",
                   "The parameter 'resource' should not be null or empty string.");
    }
    // The application's manifest selects the identity, never the request.
    if (!has_only(request.query,
                  {"api-version", "resource", "xms_cc", "token_sha256_to_refresh"}) ||
        has_repeated_name(request.query)) {
      return no_identity();
    }
    if (!is_known_audience(*audience) || audience->ends_with('/')) {
      return error(500, "InternalServerError", "An error occurred.");
    }
    const std::int64_t life = context_.life(86399);
    return json_answer(
        context_,
        200,
        fmt::format(
            R"({{"token_type":"Bearer","access_token":"{}","expires_on":{},"resource":{}}})",
            context_.issuer->access_token(*audience, life),
            context_.issuer->now() + life,
            json::quote(*audience)));
  }

  [[nodiscard]] Answer no_identity() const {
    return error(404,
                 "ManagedIdentityNotFound",
                 "Managed identity not found for the specified application host.");
  }

  [[nodiscard]] Answer error(int status, std::string_view code, std::string_view message) const {
    return json_answer(context_,
                       status,
                       fmt::format(R"({{"error":{{"correlationId":"{}","code":{},"message":{}}}}})",
                                   random_uuid(),
                                   json::quote(code),
                                   json::quote(message)));
  }

  IdentityContext context_;
};

} // namespace

std::unique_ptr<IdentityEndpoint> make_service_fabric(IdentityContext context) {
  return std::make_unique<ServiceFabric>(std::move(context));
}

} // namespace kvrun::emulator
