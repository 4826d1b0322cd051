// SPDX-License-Identifier: MIT
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/clouds.hpp"
#include "emulator/identity/identity.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace kvrun::emulator {
namespace {

// The metadata service of a virtual machine (identity.md §3).
class Vm final : public IdentityEndpoint {
public:
  explicit Vm(IdentityContext context) : context_(std::move(context)) {}

  [[nodiscard]] std::string_view path() const override { return "/metadata/identity/oauth2/token"; }

  [[nodiscard]] Answer answer(const Request& request) override {
    const std::string* metadata = request.header("Metadata");
    if (metadata == nullptr || *metadata != "true" ||
        request.header("X-Forwarded-For") != nullptr) {
      return flat_error(context_, 400, "invalid_request", "Required metadata header not specified");
    }
    if (without_slash(request.path) != path()) {
      return bare_answer(context_, 404);
    }
    if (request.method != "GET") {
      return bare_answer(context_, 405);
    }
    const std::string* version = request.parameter("api-version");
    if (version == nullptr || (*version != "2018-02-01" && *version != "2019-08-01")) {
      return json_answer(
          context_,
          400,
          R"({"error":"Bad request. api-version is invalid or was not specified in the request. )"
          R"(For more information refer to aka.ms/azureimds","newest-versions":)"
          R"(["2019-08-01","2018-02-01"]})");
    }
    return token(request);
  }

  [[nodiscard]] Answer failure(int status, std::string_view code) const override {
    if (status == 401) {
      return flat_error(context_, 401, code.empty() ? "unknown_source" : code, "Unknown source");
    }
    return metadata_error(context_, status, code);
  }

private:
  [[nodiscard]] Answer token(const Request& request) const {
    const bool known = has_only(request.query,
                                {"api-version",
                                 "resource",
                                 "client_id",
                                 "object_id",
                                 "msi_res_id",
                                 "bypass_cache",
                                 "authority",
                                 "token_sha256_to_refresh",
                                 "xms_cc"});
    const auto selectors = values_of(request.query, {"client_id", "object_id", "msi_res_id"});
    if (!known || selectors.size() > 1 || has_repeated_name(request.query)) {
      return flat_error(context_, 400, "invalid_request", "Invalid query parameters");
    }
    if (!selectors.empty() && !context_.is_attached(selectors.front())) {
      return flat_error(context_, 400, "invalid_request", "Identity not found");
    }
    const std::string* audience = request.parameter("resource");
    if (audience == nullptr || audience->empty()) {
      return flat_error(
          context_, 400, "invalid_request", "Required audience parameter not specified");
    }
    return is_known_audience(*audience) ? granted(*audience) : wrong_audience(*audience);
  }

  [[nodiscard]] Answer granted(const std::string& audience) const {
    const std::int64_t life = context_.life(86399);
    const std::int64_t now = context_.issuer->now();
    return json_answer(
        context_,
        200,
        fmt::format(R"({{"access_token":"{}","refresh_token":"","expires_in":"{}",)"
                    R"("expires_on":"{}","not_before":"{}","resource":{},"token_type":"Bearer",)"
                    R"("client_id":"{}"}})",
                    context_.issuer->access_token(audience, life),
                    life,
                    now + life,
                    now - 300,
                    json::quote(audience),
                    context_.issuer->principal().client_id));
  }

  [[nodiscard]] Answer wrong_audience(const std::string& audience) const {
    return json_answer(
        context_,
        400,
        fmt::format(R"({{"error":"invalid_resource","error_description":{},"error_codes":[500011],)"
                    R"("timestamp":"{:%Y-%m-%d %H:%M:%SZ}","trace_id":"t","correlation_id":"c",)"
                    R"("error_uri":"https://login.microsoftonline.com/error?code=500011"}})",
                    json::quote(fmt::format(
                        "AADSTS500011: The resource principal named {} was not found in "
                        "the tenant named {}.",
                        one_line(audience),
                        context_.issuer->principal().tenant)),
                    fmt::gmtime(std::chrono::system_clock::to_time_t(context_.clock()))));
  }

  IdentityContext context_;
};

} // namespace

std::unique_ptr<IdentityEndpoint> make_vm(IdentityContext context) {
  return std::make_unique<Vm>(std::move(context));
}

} // namespace kvrun::emulator
