// SPDX-License-Identifier: MIT
#include "azure/identity/source.hpp"

#include <fmt/format.h>

namespace kvrun::azure {

namespace {

constexpr std::string_view k_override = "AZURE_POD_IDENTITY_AUTHORITY_HOST";
constexpr std::string_view k_usual_endpoint = "http://169.254.169.254";
constexpr std::string_view k_path = "/metadata/identity/oauth2/token";

// One attempt to connect: a VM's metadata service is a hop away, and a laptop has none (rules A52).
constexpr Milliseconds k_auto_connect_limit{3000};
constexpr Milliseconds k_connect_limit{5000};

enum class Patience { until_deadline, first_connection };

// The metadata service of a VM, a scale set, a container group or an AKS node (identity.md §3).
class Vm final : public Source {
public:
  Vm(const IdentityContext& context, Endpoint endpoint, Selection selection, Patience patience)
      : Source("vm", context), endpoint_(std::move(endpoint)), selection_(std::move(selection)),
        patience_(patience) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    std::vector<std::pair<std::string_view, std::string_view>> query{{"api-version", "2018-02-01"},
                                                                     {"resource", audience}};
    if (const std::string_view name = selector_name(); !name.empty()) {
      query.emplace_back(name, selection_.value);
    }
    const auto request = [&] {
      HttpRequest made = local_request(endpoint_, endpoint_.target(query));
      made.headers.push_back({"Metadata", SecretString("true")});
      made.connect_limit =
          patience_ == Patience::first_connection ? k_auto_connect_limit : k_connect_limit;
      return made;
    };
    const HttpResponse response = ask(metadata_service(), context(), request, deadline);
    if (patience_ == Patience::first_connection && !is_azures(response)) {
      throw no_identity(context(), parse_answer(response).summary());
    }
    patience_ = Patience::until_deadline; // it is there
    return std::move(expect_token(peer(endpoint_), context(), response).token);
  }

  // Another cloud's metadata service, or a proxy's page: its refusals are no JSON.
  static bool is_azures(const HttpResponse& response) {
    const IdentityAnswer answer = parse_answer(response);
    return !answer.html && (answer.status != 403 || !answer.code.empty());
  }

  [[nodiscard]] Peer metadata_service() const {
    Peer peer = this->peer(endpoint_);
    // While it is updated it answers 404 and 410, for up to 70 s. Another cloud's has a 404 too,
    // and says so in HTML.
    peer.transient = [](const IdentityAnswer& answer) {
      return Peer::may_succeed_later(answer) ||
             (!answer.html && (answer.status == 404 || answer.status == 410));
    };
    if (patience_ == Patience::first_connection) {
      peer.unanswered = [this](const TransportFailure& failure) {
        if (!failure.connected) {
          throw no_identity(context(), failure.message);
        }
      };
    }
    return peer;
  }

  [[nodiscard]] std::string_view selector_name() const {
    switch (selection_.by) {
    case IdentitySetting::Select::client_id:
      return "client_id";
    case IdentitySetting::Select::object_id:
      return "object_id";
    case IdentitySetting::Select::resource_id:
      return "msi_res_id"; // App Service spells it mi_res_id
    case IdentitySetting::Select::none:
    case IdentitySetting::Select::system:
    case IdentitySetting::Select::path:
      break;
    }
    return {};
  }

  Endpoint endpoint_;
  Selection selection_;
  Patience patience_;
};

std::unique_ptr<TokenCredential>
make(const IdentitySetting& setting, const IdentityContext& context, Patience patience) {
  const std::string_view url = context.environment(k_override);
  Endpoint endpoint =
      parse_endpoint(k_override, url.empty() ? k_usual_endpoint : url, Scheme::https_or_local_http);
  endpoint.path = k_path;
  endpoint.query.clear();
  Selection selection = select_identity(setting, context);
  context.log.verbose(
      fmt::format("identity 'vm': {} asked for {}", endpoint.origin.authority(), selection.text()));
  return std::make_unique<Vm>(context, std::move(endpoint), std::move(selection), patience);
}

} // namespace

std::unique_ptr<TokenCredential> make_vm(const IdentitySetting& setting,
                                         const IdentityContext& context) {
  return make(setting, context, Patience::until_deadline);
}

std::unique_ptr<TokenCredential> make_vm_in_auto(const IdentitySetting& setting,
                                                 const IdentityContext& context) {
  return make(setting, context, Patience::first_connection);
}

} // namespace kvrun::azure
