// SPDX-License-Identifier: MIT
#include "azure/identity/entra.hpp"

namespace kvrun::azure {

namespace {

// An application with a secret (identity.md §9.1).
class ClientSecret final : public Federated {
public:
  ClientSecret(const IdentityContext& context, Application application, SecretString secret)
      : Federated("client-secret", context, std::move(application)), secret_(std::move(secret)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    const Proof proof{
        [&](SecretString& form) { add_field(form, "client_secret", secret_.reveal()); }, {}};
    return exchange(proof, audience, deadline);
  }

  SecretString secret_;
};

} // namespace

std::unique_ptr<TokenCredential> make_client_secret(const IdentitySetting&,
                                                    const IdentityContext& context) {
  return std::make_unique<ClientSecret>(
      context,
      find_application("client-secret", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", context),
      SecretString(context.environment("AZURE_CLIENT_SECRET")));
}

} // namespace kvrun::azure
