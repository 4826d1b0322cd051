// SPDX-License-Identifier: MIT
#include "azure/identity/source.hpp"

#include <fmt/format.h>

namespace kvrun::azure {

namespace {

// App Service, Functions and Container Apps, protocol 2019-08-01 (identity.md §4.1).
class AppService final : public Source {
public:
  AppService(const IdentityContext& context, Endpoint endpoint, Header header, Selection selection)
      : Source("app-service", context), endpoint_(std::move(endpoint)),
        header_(std::move(header.value)), selection_(std::move(selection)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    std::vector<std::pair<std::string_view, std::string_view>> query{{"api-version", "2019-08-01"},
                                                                     {"resource", audience}};
    if (const std::string_view name = selector_name(); !name.empty()) {
      query.emplace_back(name, selection_.value);
    }
    // A sidecar may not be listening yet when its app starts: a refused connection is tried again
    // like any other failure.
    const auto request = [&] {
      HttpRequest made = local_request(endpoint_, endpoint_.target(query));
      made.headers.push_back({"X-IDENTITY-HEADER", header_.clone()});
      made.headers.push_back({"Metadata", SecretString("true")}); // Azure Automation asks for it
      return made;
    };
    const HttpResponse response = ask(peer(endpoint_), context(), request, deadline);
    return std::move(expect_token(peer(endpoint_), context(), response).token);
  }

  [[nodiscard]] std::string_view selector_name() const {
    switch (selection_.by) {
    case IdentitySetting::Select::client_id:
      return "client_id";
    case IdentitySetting::Select::object_id:
      return "principal_id";
    case IdentitySetting::Select::resource_id:
      return "mi_res_id"; // a VM spells it msi_res_id
    case IdentitySetting::Select::none:
    case IdentitySetting::Select::system:
    case IdentitySetting::Select::path:
      break;
    }
    return {};
  }

  Endpoint endpoint_;
  SecretString header_;
  Selection selection_;
};

} // namespace

std::unique_ptr<TokenCredential> make_app_service(const IdentitySetting& setting,
                                                  const IdentityContext& context) {
  Endpoint endpoint = parse_endpoint(
      "IDENTITY_ENDPOINT", context.environment("IDENTITY_ENDPOINT"), Scheme::https_or_local_http);
  Header header =
      secret_header("X-IDENTITY-HEADER", "IDENTITY_HEADER", context.environment("IDENTITY_HEADER"));
  Selection selection = select_identity(setting, context);
  context.log.verbose(fmt::format(
      "identity 'app-service': {} asked for {}", endpoint.origin.authority(), selection.text()));
  return std::make_unique<AppService>(
      context, std::move(endpoint), std::move(header), std::move(selection));
}

} // namespace kvrun::azure
