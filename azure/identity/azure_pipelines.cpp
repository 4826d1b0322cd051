// SPDX-License-Identifier: MIT
#include "azure/identity/entra.hpp"

#include <fmt/format.h>

namespace kvrun::azure {

namespace {

constexpr std::string_view k_url_variable = "SYSTEM_OIDCREQUESTURI";
constexpr std::string_view k_token_variable = "SYSTEM_ACCESSTOKEN";
constexpr std::string_view k_connection_variable = "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID";
constexpr std::string_view k_hint =
    "add to the step: env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)";

// A job of Azure Pipelines with a service connection (identity.md §11.1).
class AzurePipelines final : public Federated {
public:
  AzurePipelines(const IdentityContext& context, Application application, Endpoint endpoint)
      : Federated("azure-pipelines", context, std::move(application)),
        endpoint_(std::move(endpoint)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    // It lives ten minutes: every exchange gets its own.
    return exchange_assertion(
        [&] { return job_token(deadline); }, audience, deadline, AssertionLife::until_answered);
  }

  [[nodiscard]] SecretString job_token(const Deadline& deadline) const {
    const auto request = [&] {
      HttpRequest made;
      made.method = "POST";
      made.origin = endpoint_.origin;
      made.target =
          endpoint_.target({{"api-version", "7.1"},
                            {"serviceConnectionId", context().environment(k_connection_variable)}});
      SecretString bearer("Bearer ");
      bearer.append(context().environment(k_token_variable));
      made.headers.push_back({"Authorization", std::move(bearer)});
      made.headers.push_back({"Content-Type", SecretString("application/json")});
      // Without it a bad token brings a sign-in page and not a 401.
      made.headers.push_back({"X-TFS-FedAuthRedirect", SecretString("Suppress")});
      return made;
    };
    Peer service = peer(endpoint_);
    const HttpResponse response = ask(service, context(), request, deadline);
    if (response.status != 200) {
      service.hint = k_hint;
      throw refusal(service, parse_answer(response));
    }
    try {
      const json::Document document = parse_object(response.body.reveal());
      return std::move(make_token(document.root().string("oidcToken"), 0).token);
    } catch (const NoToken& e) {
      throw Error(ErrorKind::refused,
                  fmt::format("{}: {}", service.label(), e.what()),
                  std::string(k_hint));
    }
  }

  Endpoint endpoint_;
};

} // namespace

std::unique_ptr<TokenCredential> make_azure_pipelines(const IdentitySetting&,
                                                      const IdentityContext& context) {
  Endpoint endpoint =
      parse_endpoint(k_url_variable, context.environment(k_url_variable), Scheme::https_only);
  (void)secret_header("Authorization", k_token_variable, context.environment(k_token_variable));
  return std::make_unique<AzurePipelines>(
      context,
      find_application(
          "azure-pipelines", "AZURESUBSCRIPTION_TENANT_ID", "AZURESUBSCRIPTION_CLIENT_ID", context),
      std::move(endpoint));
}

} // namespace kvrun::azure
