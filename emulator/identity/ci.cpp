// SPDX-License-Identifier: MIT
#include "emulator/identity/ci.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

namespace kvrun::emulator {
namespace {

bool has_bearer(const IdentityContext& context, const Request& request) {
  const std::string* header = request.header("Authorization");
  constexpr std::string_view scheme = "bearer ";
  return header != nullptr && header->size() > scheme.size() &&
         equal_without_case(std::string_view(*header).substr(0, scheme.size()), scheme) &&
         header->substr(scheme.size()) == context.secret;
}

} // namespace

Answer github_answer(const IdentityContext& context, const Request& request) {
  constexpr std::int64_t life = 300;
  if (request.path != k_github_path) {
    return bare_answer(context, 404);
  }
  if (request.method != "GET") {
    return bare_answer(context, 405);
  }
  if (!has_bearer(context, request)) {
    return json_answer(context, 401, R"({"message":"Unauthorized"})");
  }
  const std::string* audience = request.parameter("audience");
  return json_answer(
      context,
      200,
      fmt::format(R"({{"count":1,"value":"{}"}})",
                  context.issuer->assertion("https://token.actions.githubusercontent.com",
                                            "repo:contoso/app:ref:refs/heads/main",
                                            audience == nullptr ? "https://github.com/contoso"
                                                                : one_line(*audience),
                                            life)));
}

Answer pipelines_answer(const IdentityContext& context, const Request& request) {
  constexpr std::int64_t life = 600;
  if (request.path != k_pipelines_path) {
    return bare_answer(context, 404);
  }
  if (!has_bearer(context, request)) {
    const std::string* suppress = request.header("X-TFS-FedAuthRedirect");
    if (suppress != nullptr && equal_without_case(*suppress, "Suppress")) {
      return bare_answer(context, 401);
    }
    Answer redirect = bare_answer(context, 302);
    redirect.headers.emplace_back("Location", "https://spsprodweu1.vssps.visualstudio.com/_signin");
    return redirect;
  }
  if (request.method != "POST") {
    return bare_answer(context, 405);
  }
  const std::string* version = request.parameter("api-version");
  const std::string* connection = request.parameter("serviceConnectionId");
  if (version == nullptr || !version->starts_with("7.1")) {
    return json_answer(context, 400, R"({"message":"The api-version is not supported."})");
  }
  if (connection == nullptr || *connection != k_service_connection) {
    return json_answer(context, 404, R"({"message":"The service connection was not found."})");
  }
  return json_answer(context,
                     200,
                     fmt::format(R"({{"oidcToken":"{}"}})",
                                 context.issuer->assertion("https://vstoken.dev.azure.com/contoso",
                                                           "sc://contoso/app/kvrun-emulator",
                                                           "api://AzureADTokenExchange",
                                                           life)));
}

} // namespace kvrun::emulator
