// SPDX-License-Identifier: MIT
#include "azure/identity/source.hpp"

#include "azure/cloud.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace kvrun::azure {

namespace {

// Less than this and the token may end while the secrets are fetched.
constexpr std::int64_t k_least_life = 120;

constexpr std::string_view k_key_vault_application = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093";

// Whose token it is: an identity may have been substituted (identity.md §16, T24), and Cloud
// Shell's is the user's.
std::string owner_of(const AccessToken& token) {
  const AccessToken::Claims claims = token.claims();
  std::string owner;
  for (const auto& [name, value] : {std::pair{"user", &claims.user},
                                    std::pair{"object id", &claims.object_id},
                                    std::pair{"client id", &claims.client_id},
                                    std::pair{"tenant", &claims.tenant_id},
                                    std::pair{"resource", &claims.resource_id}}) {
    if (!value->empty()) {
      owner += fmt::format(", {} '{}'", name, *value);
    }
  }
  return owner;
}

bool is_guid(std::string_view text) {
  return text.size() == 36 && std::all_of(text.begin(), text.end(), [](char c) {
           return c == '-' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
                  (c >= 'A' && c <= 'F');
         });
}

} // namespace

AccessToken Source::get_token(std::string_view audience, const Deadline& deadline) {
  AccessToken token = fetch_for(audience, deadline);
  if (token.expires_on - context_.unix_time() < k_least_life) {
    context_.log.verbose(
        fmt::format("identity '{}': the token is as good as expired: asking again", kind_));
    token = fetch_for(audience, deadline);
  }
  const std::int64_t life = token.expires_on - context_.unix_time();
  if (life <= 0) {
    throw Error(ErrorKind::refused,
                fmt::format("identity '{}': the token had expired when it came", kind_),
                "check this host's clock");
  }
  if (life < k_least_life) {
    context_.log.warning(fmt::format("identity '{}': the token expires in {} s", kind_, life));
  }
  context_.log.verbose(
      fmt::format("identity '{}': a token for {} s{}", kind_, life, owner_of(token)));
  return token;
}

AccessToken Source::fetch_for(std::string_view audience, const Deadline& deadline) {
  AccessToken token = fetch(audience, deadline);
  const std::span<const Cloud> clouds = all_clouds();
  // Of another API than the vaults' the claim may be an application id, which nothing here knows.
  const bool is_vaults = std::any_of(
      clouds.begin(), clouds.end(), [&](const Cloud& cloud) { return cloud.audience == audience; });
  if (is_vaults && !may_be_for(token, audience)) {
    throw Error(
        ErrorKind::refused,
        fmt::format("identity '{}': the token is for another audience than was asked for", kind_),
        "no vault may see it: something between kvrun and the identity may have answered");
  }
  return token;
}

Peer Source::peer(const Endpoint& endpoint) const {
  Peer peer;
  peer.kind = kind_;
  peer.authority = endpoint.origin.authority();
  return peer;
}

std::string Selection::text() const {
  const bool shown = is_guid(value) || value.starts_with("/subscriptions/");
  const std::string id = shown ? fmt::format("'{}'", one_line(value)) : "that was given";
  switch (by) {
  case IdentitySetting::Select::client_id:
    return fmt::format(
        "the identity of client id {}{}", id, from_environment ? " (AZURE_CLIENT_ID)" : "");
  case IdentitySetting::Select::object_id:
    return fmt::format("the identity of object id {}", id);
  case IdentitySetting::Select::resource_id:
    return fmt::format("the identity of resource id {}", id);
  case IdentitySetting::Select::none:
  case IdentitySetting::Select::system:
  case IdentitySetting::Select::path:
    break;
  }
  return "the system-assigned identity";
}

Selection select_identity(const IdentitySetting& setting, const IdentityContext& context) {
  using Select = IdentitySetting::Select;
  if (setting.select == Select::none) {
    const std::string_view id = context.environment("AZURE_CLIENT_ID");
    return id.empty() ? Selection{} : Selection{Select::client_id, std::string(id), true};
  }
  return setting.select == Select::system ? Selection{}
                                          : Selection{setting.select, setting.value, false};
}

bool may_be_for(const AccessToken& token, std::string_view audience) {
  const std::string claimed = token.claims().audience;
  return claimed.empty() || claimed == audience || claimed == k_key_vault_application;
}

} // namespace kvrun::azure
