// SPDX-License-Identifier: MIT
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/clouds.hpp"
#include "emulator/identity/identity.hpp"

#include <fmt/format.h>

#include <array>

namespace kvrun::emulator {
namespace {

// With a slash and without, as its list has them (identity.md §2).
constexpr std::array<std::string_view, 10> k_audiences{"https://management.azure.com/",
                                                       "https://management.core.windows.net/",
                                                       "https://graph.microsoft.com/",
                                                       "https://storage.azure.com/",
                                                       "https://vault.azure.net",
                                                       "https://managedhsm.azure.net",
                                                       "https://vault.azure.cn",
                                                       "https://managedhsm.azure.cn",
                                                       "https://vault.usgovcloudapi.net",
                                                       "https://managedhsm.usgovcloudapi.net"};

class CloudShell final : public IdentityEndpoint {
public:
  explicit CloudShell(IdentityContext context) : context_(std::move(context)) {}

  [[nodiscard]] std::string_view path() const override { return "/oauth2/token"; }

  [[nodiscard]] Answer answer(const Request& request) override {
    if (without_slash(request.path) != path()) {
      return bare_answer(context_, 404);
    }
    if (request.method != "POST") {
      return bare_answer(context_, 405);
    }
    const std::string* metadata = request.header("Metadata");
    if (metadata == nullptr || *metadata != "true") {
      return error(400, "BadRequest", "Required metadata header not specified");
    }
    const std::string* type = request.header("Content-Type");
    if (type == nullptr || !lower(*type).starts_with("application/x-www-form-urlencoded")) {
      return error(400, "BadRequest", "The content type is not application/x-www-form-urlencoded");
    }
    return token(request);
  }

  [[nodiscard]] Answer failure(int status, std::string_view code) const override {
    const std::string_view usual = status == 400   ? "BadRequest"
                                   : status == 429 ? "TooManyRequests"
                                                   : "InternalServerError";
    return error(status, code.empty() ? usual : code, "Could not retrieve token from local cache.");
  }

private:
  [[nodiscard]] Answer token(const Request& request) const {
    const Fields form = parse_form(request.body);
    const std::string* audience = find(form, "resource");
    if (audience == nullptr || audience->empty() || form.size() != 1 || !request.query.empty()) {
      return error(400, "BadRequest", "The request needs one field, 'resource', and no other");
    }
    if (std::find(k_audiences.begin(), k_audiences.end(), *audience) == k_audiences.end()) {
      return error(400,
                   "AudienceNotSupported",
                   fmt::format("Audience {} is not a supported MSI token audience. Supported "
                               "audiences: {}",
                               one_line(*audience),
                               fmt::join(k_audiences, ",")));
    }
    const std::int64_t life = context_.life(3599);
    const std::int64_t now = context_.issuer->now();
    return json_answer(
        context_,
        200,
        fmt::format(R"({{"access_token":"{}","refresh_token":"","expires_in":"{}",)"
                    R"("expires_on":"{}","not_before":"{}","resource":{},"token_type":"Bearer"}})",
                    context_.issuer->access_token(*audience, life),
                    life,
                    now + life,
                    now - 300,
                    json::quote(*audience)));
  }

  [[nodiscard]] Answer error(int status, std::string_view code, std::string_view message) const {
    return json_answer(context_,
                       status,
                       fmt::format(R"({{"error":{{"code":{},"message":{}}}}})",
                                   json::quote(code),
                                   json::quote(message)));
  }

  IdentityContext context_;
};

} // namespace

std::unique_ptr<IdentityEndpoint> make_cloud_shell(IdentityContext context) {
  return std::make_unique<CloudShell>(std::move(context));
}

} // namespace kvrun::emulator
