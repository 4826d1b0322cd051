// SPDX-License-Identifier: MIT
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/clouds.hpp"
#include "emulator/identity/identity.hpp"
#include "emulator/random.hpp"

#include <fmt/format.h>

namespace kvrun::emulator {
namespace {

// Azure Machine Learning: protocol 2017-09-01 (identity.md §4.2, §5).
class AzureMl final : public IdentityEndpoint {
public:
  explicit AzureMl(IdentityContext context) : context_(std::move(context)) {}

  [[nodiscard]] std::string_view path() const override { return "/MSI/token/"; }

  [[nodiscard]] Answer answer(const Request& request) override {
    if (!equal_without_case(without_slash(request.path), without_slash(path()))) {
      return bare_answer(context_, 404);
    }
    if (request.method != "GET") {
      return bare_answer(context_, 405);
    }
    const std::string* secret = request.header("secret");
    if (secret == nullptr || *secret != context_.secret) {
      return bare_answer(context_, 403);
    }
    const std::string* version = request.parameter("api-version");
    if (version == nullptr || *version != "2017-09-01") {
      return error(400, "The api-version is not supported.");
    }
    return token(request);
  }

  [[nodiscard]] Answer failure(int status, std::string_view /*code*/) const override {
    switch (status) {
    case 400:
      return error(400, k_not_attached);
    case 429:
    case 500:
      return error(status, "An unexpected error occured while fetching the AAD Token.");
    default:
      return bare_answer(context_, status);
    }
  }

private:
  static constexpr std::string_view k_not_attached =
      "No MSI found for specified ClientId/ResourceId.";

  [[nodiscard]] Answer token(const Request& request) const {
    if (!has_only(request.query, {"api-version", "resource", "clientid"}) ||
        has_repeated_name(request.query)) {
      return error(400, "The query parameters are not supported.");
    }
    // The Go SDK sends `clientid=` where none is chosen (interop.md §4).
    const std::string* selector = request.parameter("clientid");
    if (selector != nullptr && !selector->empty() && !context_.is_attached(*selector)) {
      return error(400, k_not_attached);
    }
    const std::string* audience = request.parameter("resource");
    if (audience == nullptr || !is_known_audience(*audience)) {
      return error(500, "An unexpected error occured while fetching the AAD Token.");
    }
    const std::int64_t life = context_.life(86399);
    return json_answer(context_,
                       200,
                       fmt::format(R"({{"access_token":"{}","expires_on":"{}","resource":{},)"
                                   R"("token_type":"Bearer"}})",
                                   context_.issuer->access_token(*audience, life),
                                   context_.issuer->now() + life,
                                   json::quote(*audience)));
  }

  [[nodiscard]] Answer error(int status, std::string_view message) const {
    return json_answer(context_,
                       status,
                       fmt::format(R"({{"StatusCode":{},"Message":{},"CorrelationId":"{}"}})",
                                   status,
                                   json::quote(message),
                                   random_uuid()));
  }

  IdentityContext context_;
};

} // namespace

std::unique_ptr<IdentityEndpoint> make_azure_ml(IdentityContext context) {
  return std::make_unique<AzureMl>(std::move(context));
}

} // namespace kvrun::emulator
