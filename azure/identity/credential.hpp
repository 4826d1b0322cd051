// SPDX-License-Identifier: MIT
#pragma once

#include "azure/access_token.hpp"
#include "azure/cloud.hpp"
#include "azure/http.hpp"
#include "base/deadline.hpp"
#include "base/log.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::azure {

// What `--identity KIND[=SELECTOR]` asks for (design.md §5).
struct IdentitySetting {
  enum class Select { none, system, client_id, object_id, resource_id, path };
  std::string kind = "auto";
  Select select = Select::none;
  std::string value; // the id or the path

  // The setting of a text; Error(usage) without a place, which shows no value: a secret may have
  // been put there.
  static IdentitySetting parse(std::string_view text);
};

// The kinds of design.md §5, `auto` among them, in the order of that page.
[[nodiscard]] std::span<const std::string_view> identity_kinds();

// The environment that announces identities: kvrun's own, taken once. Empty counts as unset
// (identity.md §1.1).
using EnvironmentLookup = std::function<std::string_view(std::string_view name)>;

// What every source of identity works with. All of it outlives the source.
struct IdentityContext {
  HttpTransport& transport;
  const EnvironmentLookup& environment;
  const Log& log;
  const Cloud& cloud;                      // whose login host is asked
  std::span<const Origin> trusted_hosts;   // --trust-host: may be a login host too
  std::function<std::int64_t()> unix_time; // the wall clock, in seconds
  std::function<double()> random;          // [0, 1), for jitter
};

// A source of access tokens: one identity of this host. It does not cache.
class TokenCredential {
public:
  TokenCredential() = default;
  TokenCredential(const TokenCredential&) = delete;
  TokenCredential& operator=(const TokenCredential&) = delete;
  virtual ~TokenCredential() = default;

  [[nodiscard]] virtual std::string_view kind() const = 0; // "vm", "cloud-shell", …

  // A token for an audience of the table (`Cloud::audience`, or what --trust-host says), never one
  // that a server named. Throws Error: `refused` when the source says no, `unavailable` at the
  // deadline, `usage` for what is wrong before anything is sent. The message names the source, what
  // was asked and what the platform answered.
  [[nodiscard]] virtual AccessToken get_token(std::string_view audience,
                                              const Deadline& deadline) = 0;
};

// The credential of a setting. `auto` takes the first source that its environment announces and
// stays with it. Throws Error(usage) where the host cannot select such an id, or a variable is
// malformed; Error(refused) when no source is there, with a line a source that says what it missed.
// Contacts nothing.
[[nodiscard]] std::unique_ptr<TokenCredential> make_credential(const IdentitySetting& setting,
                                                               const IdentityContext& context);

// What each source needs and finds, for `-v`, the error and `doctor`.
struct SourceReport {
  std::string_view kind;
  bool announced = false;
  bool incomplete = false; // some of what announces it is there, and not all
  std::string found;       // the variables that announce it
  std::string missed;      // what it lacks: "IDENTITY_HEADER is not set"
};
[[nodiscard]] std::vector<SourceReport> survey_sources(const IdentityContext& context);

} // namespace kvrun::azure
