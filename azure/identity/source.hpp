// SPDX-License-Identifier: MIT
#pragma once

#include "azure/identity/conversation.hpp"
#include "azure/identity/credential.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::azure {

// What the sources share: a token that is as good as over is asked for once more (identity.md
// §14.2), and one that is over is refused.
class Source : public TokenCredential {
public:
  Source(std::string_view kind, IdentityContext context)
      : kind_(kind), context_(std::move(context)) {}

  [[nodiscard]] std::string_view kind() const final { return kind_; }
  [[nodiscard]] AccessToken get_token(std::string_view audience, const Deadline& deadline) final;

protected:
  // One token, however old; asked for again when it is too old.
  [[nodiscard]] virtual AccessToken fetch(std::string_view audience, const Deadline& deadline) = 0;
  [[nodiscard]] const IdentityContext& context() const { return context_; }
  // Kind and authority, with the defaults for when to ask again.
  [[nodiscard]] Peer peer(const Endpoint& endpoint) const;

private:
  // One token, refused where it is not for the vaults that it was asked for.
  [[nodiscard]] AccessToken fetch_for(std::string_view audience, const Deadline& deadline);

  std::string_view kind_;
  IdentityContext context_;
};

// The identity that is asked for on a host which has several.
struct Selection {
  IdentitySetting::Select by = IdentitySetting::Select::none;
  std::string value;
  bool from_environment = false; // AZURE_CLIENT_ID

  // For `-v`: "the identity of client id '1111…'"; an id that does not look like one is not shown.
  [[nodiscard]] std::string text() const;
};

// What the setting says, else AZURE_CLIENT_ID; KIND=system is none of both.
[[nodiscard]] Selection select_identity(const IdentitySetting& setting,
                                        const IdentityContext& context);

// Whether a token is for an audience, as far as it tells: in its claims, or as the application id
// of Key Vault, which the vaults take too (identity.md §12).
[[nodiscard]] bool may_be_for(const AccessToken& token, std::string_view audience);

using SourceFactory = std::unique_ptr<TokenCredential> (*)(const IdentitySetting& setting,
                                                           const IdentityContext& context);

// Whether the shell's own variables say that this is a Cloud Shell (identity.md §2).
[[nodiscard]] bool is_cloud_shell(const IdentityContext& context);

// One a source. Each throws Error(usage) where a variable is missing or malformed, and contacts
// nothing.
std::unique_ptr<TokenCredential> make_cloud_shell(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_vm(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_app_service(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_azure_ml(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_arc(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_service_fabric(const IdentitySetting&,
                                                     const IdentityContext&);
std::unique_ptr<TokenCredential> make_workload(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_client_secret(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_client_certificate(const IdentitySetting&,
                                                         const IdentityContext&);
std::unique_ptr<TokenCredential> make_azure_pipelines(const IdentitySetting&,
                                                      const IdentityContext&);
std::unique_ptr<TokenCredential> make_github(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_azure_cli(const IdentitySetting&, const IdentityContext&);
std::unique_ptr<TokenCredential> make_azure_developer_cli(const IdentitySetting&,
                                                          const IdentityContext&);
std::unique_ptr<TokenCredential> make_token_file(const IdentitySetting&, const IdentityContext&);

// Throws Error(usage) where that kind of identity cannot be selected like this.
void check_selector(std::string_view kind, IdentitySetting::Select select);

// `vm` as the last of `auto`: it gives up when its first connection fails (rules A52).
std::unique_ptr<TokenCredential> make_vm_in_auto(const IdentitySetting&, const IdentityContext&);

// `arc` with its keys in another directory than the agent's; nothing but a test asks for it.
std::unique_ptr<TokenCredential> make_arc_with_keys_in(std::string_view directory,
                                                       const IdentitySetting& setting,
                                                       const IdentityContext& context);

// The error of `auto` when no source is there: a line a source that says what it missed, with what
// was met at the metadata service of the VM.
[[nodiscard]] Error no_identity(const IdentityContext& context, std::string_view vm_failure);

} // namespace kvrun::azure
