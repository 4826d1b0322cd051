// SPDX-License-Identifier: MIT
#include "azure/identity/source.hpp"

#include <fmt/format.h>

namespace kvrun::azure {

namespace {

// What every Cloud Shell of 2023 to 2026 uses, where MSI_ENDPOINT was lost on the way (identity.md
// §2).
constexpr std::string_view k_usual_endpoint = "http://localhost:50342/oauth2/token";

// The signed-in user's own token, from the shell's local endpoint (identity.md §2).
class CloudShell final : public Source {
public:
  CloudShell(const IdentityContext& context, Endpoint endpoint)
      : Source("cloud-shell", context), endpoint_(std::move(endpoint)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    TokenAnswer answer = ask_once(audience, deadline);
    if (is_for_another(answer, audience)) {
      // The endpoint has handed out a token for another service now and then.
      context().log.verbose(fmt::format("{}: the token is for another audience: asking again",
                                        peer(endpoint_).label()));
      answer = ask_once(audience, deadline);
    }
    if (is_for_another(answer, audience)) {
      throw Error(ErrorKind::refused,
                  fmt::format("{}: the token is for another audience than was asked for",
                              peer(endpoint_).label()),
                  "open a new Cloud Shell, or run 'az login' and use --identity azure-cli");
    }
    return std::move(answer.token);
  }

  TokenAnswer ask_once(std::string_view audience, const Deadline& deadline) const {
    const auto request = [&] {
      HttpRequest made = local_request(endpoint_, endpoint_.target({}));
      made.method = "POST";
      made.headers.push_back({"Metadata", SecretString("true")});
      made.headers.push_back({"Content-Type", SecretString("application/x-www-form-urlencoded")});
      add_field(made.body, "resource", audience);
      return made;
    };
    return expect_token(
        peer(endpoint_), context(), ask(peer(endpoint_), context(), request, deadline));
  }

  static bool is_for_another(const TokenAnswer& answer, std::string_view audience) {
    std::string_view resource = answer.resource;
    if (resource.ends_with('/')) {
      resource.remove_suffix(1);
    }
    return (!resource.empty() && resource != audience) || !may_be_for(answer.token, audience);
  }

  Endpoint endpoint_;
};

} // namespace

bool is_cloud_shell(const IdentityContext& context) {
  return !context.environment("ACC_CLOUD").empty() ||
         context.environment("AZUREPS_HOST_ENVIRONMENT").starts_with("cloud-shell");
}

std::unique_ptr<TokenCredential> make_cloud_shell(const IdentitySetting&,
                                                  const IdentityContext& context) {
  std::string_view url = context.environment("MSI_ENDPOINT");
  if (url.empty()) {
    if (!is_cloud_shell(context)) {
      throw Error(ErrorKind::usage,
                  "identity 'cloud-shell': MSI_ENDPOINT is not set",
                  "run kvrun in a Cloud Shell, or use another --identity");
    }
    url = k_usual_endpoint;
  }
  if (!context.environment("AZURE_CLIENT_ID").empty()) {
    context.log.verbose(
        "identity 'cloud-shell': AZURE_CLIENT_ID is ignored: the token is the signed-in user's");
  }
  return std::make_unique<CloudShell>(
      context, parse_endpoint("MSI_ENDPOINT", url, Scheme::https_or_local_http));
}

} // namespace kvrun::azure
