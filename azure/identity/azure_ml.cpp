// SPDX-License-Identifier: MIT
#include "azure/identity/source.hpp"

#include <fmt/format.h>

namespace kvrun::azure {

namespace {

// Azure Machine Learning and App Service of 2017: protocol 2017-09-01 (identity.md §4.2, §5).
class AzureMl final : public Source {
public:
  AzureMl(const IdentityContext& context, Endpoint endpoint, Header secret, std::string client_id)
      : Source("azure-ml", context), endpoint_(std::move(endpoint)),
        secret_(std::move(secret.value)), client_id_(std::move(client_id)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    std::vector<std::pair<std::string_view, std::string_view>> query{{"api-version", "2017-09-01"},
                                                                     {"resource", audience}};
    if (!client_id_.empty()) {
      query.emplace_back("clientid", client_id_);
    }
    const auto request = [&] {
      HttpRequest made = local_request(endpoint_, endpoint_.target(query));
      made.headers.push_back({"secret", secret_.clone()});
      made.headers.push_back({"Metadata", SecretString("true")});
      return made;
    };
    const HttpResponse response = ask(peer(endpoint_), context(), request, deadline);
    return std::move(expect_token(peer(endpoint_), context(), response).token);
  }

  Endpoint endpoint_;
  SecretString secret_;
  std::string client_id_;
};

} // namespace

std::unique_ptr<TokenCredential> make_azure_ml(const IdentitySetting& setting,
                                               const IdentityContext& context) {
  Endpoint endpoint = parse_endpoint(
      "MSI_ENDPOINT", context.environment("MSI_ENDPOINT"), Scheme::https_or_local_http);
  Header secret = secret_header("secret", "MSI_SECRET", context.environment("MSI_SECRET"));
  Selection selection = select_identity(setting, context);
  const bool system = setting.select == IdentitySetting::Select::system;
  if (const std::string_view usual = context.environment("DEFAULT_IDENTITY_CLIENT_ID");
      selection.value.empty() && !system && !usual.empty()) {
    selection = {IdentitySetting::Select::client_id, std::string(usual), false};
  }
  context.log.verbose(fmt::format(
      "identity 'azure-ml': {} asked for {}", endpoint.origin.authority(), selection.text()));
  return std::make_unique<AzureMl>(
      context, std::move(endpoint), std::move(secret), std::move(selection.value));
}

} // namespace kvrun::azure
