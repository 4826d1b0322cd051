// SPDX-License-Identifier: MIT
#pragma once

#include "azure/identity/credential.hpp"
#include "azure/secret_client.hpp"
#include "azure/transport/poco_transport.hpp"
#include "base/deadline.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"
#include "launcher/environment.hpp"
#include "launcher/plan.hpp"
#include "launcher/settings.hpp"
#include "launcher/waiting.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace kvrun::launcher {

// Whose token was used; ids "" where it tells none.
struct IdentityUsed {
  std::string kind;
  std::string tenant_id;
  std::string object_id;
  std::string client_id;
};

// Everything that speaks to Azure, made for one run and gone before the command starts: the
// transport, the credential and its tokens. Making one contacts nothing.
class Session {
public:
  // Throws Error(usage) for what is wrong with a proxy variable or an identity that the host cannot
  // select.
  Session(const Settings& settings,
          const Environment& environment,
          const Log& log,
          Trace& trace,
          Waiting* waiting);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Makes the credential, which may find that there is none (Error(refused)).
  azure::TokenCredential& credential();
  [[nodiscard]] azure::AccessTokens& tokens();
  [[nodiscard]] azure::PocoTransport& transport() { return *transport_; }
  [[nodiscard]] const azure::IdentityContext& identity_context() const { return *context_; }

  // Once a token was asked for.
  [[nodiscard]] std::optional<IdentityUsed> identity_used() const;

  // Reads secrets; none is no request at all. Throws what the credential throws when it is made.
  [[nodiscard]] azure::Fetched fetch(std::span<const azure::SecretRead> secrets,
                                     const Deadline& deadline);

private:
  const Settings& settings_;
  const Log& log_;
  Trace& trace_;
  azure::EnvironmentLookup lookup_;
  std::vector<azure::Origin> trusted_;
  std::unique_ptr<azure::PocoTransport> transport_;
  std::optional<azure::IdentityContext> context_;
  std::unique_ptr<azure::TokenCredential> credential_;
  std::unique_ptr<azure::AccessTokens> tokens_;
};

// [0, 1): launches that begin together must not wait alike.
[[nodiscard]] double random_fraction();
// Seconds of the wall clock.
[[nodiscard]] std::int64_t unix_now();

} // namespace kvrun::launcher
