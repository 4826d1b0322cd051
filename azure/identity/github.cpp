// SPDX-License-Identifier: MIT
#include "azure/identity/entra.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace kvrun::azure {

namespace {

constexpr std::string_view k_url_variable = "ACTIONS_ID_TOKEN_REQUEST_URL";
constexpr std::string_view k_token_variable = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

// A job of GitHub Actions: its own token is exchanged at the login host (identity.md §11.2).
class GitHub final : public Federated {
public:
  GitHub(const IdentityContext& context, Application application, Endpoint endpoint)
      : Federated("github", context, std::move(application)), endpoint_(std::move(endpoint)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    // It lives five minutes: every exchange gets its own.
    return exchange_assertion(
        [&] { return job_token(deadline); }, audience, deadline, AssertionLife::until_answered);
  }

  [[nodiscard]] SecretString job_token(const Deadline& deadline) const {
    const auto request = [&] {
      HttpRequest made;
      made.origin = endpoint_.origin;
      made.target = endpoint_.target({{"audience", context().cloud.federated_audience}});
      SecretString bearer("bearer ");
      bearer.append(context().environment(k_token_variable));
      made.headers.push_back({"Authorization", std::move(bearer)});
      return made;
    };
    const Peer runner = peer(endpoint_);
    const HttpResponse response = ask(runner, context(), request, deadline);
    if (response.status != 200) {
      throw refusal(runner, parse_answer(response));
    }
    try {
      const json::Document document = parse_object(response.body.reveal());
      return std::move(make_token(document.root().string("value"), 0).token);
    } catch (const NoToken& e) {
      throw Error(ErrorKind::refused, fmt::format("{}: {}", runner.label(), e.what()));
    }
  }

  Endpoint endpoint_;
};

} // namespace

std::unique_ptr<TokenCredential> make_github(const IdentitySetting&,
                                             const IdentityContext& context) {
  Endpoint endpoint =
      parse_endpoint(k_url_variable, context.environment(k_url_variable), Scheme::https_only);
  (void)secret_header("Authorization", k_token_variable, context.environment(k_token_variable));
  return std::make_unique<GitHub>(
      context,
      find_application("github", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", context),
      std::move(endpoint));
}

} // namespace kvrun::azure
