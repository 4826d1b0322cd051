// SPDX-License-Identifier: MIT
#include "launcher/session.hpp"

#include "base/text.hpp"
#include "version.hpp"

#include <fmt/format.h>

#include <sys/random.h>

#include <cstdlib>
#include <ctime>
#include <utility>

namespace kvrun::launcher {

double random_fraction() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, GRND_NONBLOCK) != sizeof bits) {
    bits = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) *
           0x9e3779b97f4a7c15ULL;
  }
  return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

std::int64_t unix_now() {
  return std::time(nullptr);
}

Session::Session(const Settings& settings,
                 const Environment& environment,
                 const Log& log,
                 Trace& trace,
                 Waiting* waiting)
    : settings_(settings), log_(log), trace_(trace), lookup_([&environment](std::string_view name) {
        return environment.get(name).value_or("");
      }) {
  azure::TransportOptions options;
  options.connect_to = settings.connect_to;
  for (const TrustedHost& host : settings.trusted_hosts) {
    trusted_.push_back(host.origin);
  }
  options.trusted_hosts = trusted_;
  options.roots = azure::system_roots(std::string(lookup_("SSL_CERT_FILE")).c_str(),
                                      std::string(lookup_("SSL_CERT_DIR")).c_str(),
                                      settings.ca_pem);
  options.proxies = azure::ProxySettings(lookup_);
  options.parallel = settings.parallel;
  options.user_agent = fmt::format("kvrun/{}", k_version);
  options.log = &log;
  options.trace = &trace;
  if (waiting != nullptr) {
    options.on_turn = [waiting](TimePoint now, const azure::Activities& activities) {
      return waiting->look(now, activities);
    };
  }
  transport_ = std::make_unique<azure::PocoTransport>(std::move(options));
  context_.emplace(azure::IdentityContext{
      *transport_, lookup_, log, *settings.cloud, trusted_, &unix_now, &random_fraction});
}

Session::~Session() = default;

azure::TokenCredential& Session::credential() {
  if (!credential_) {
    credential_ = azure::make_credential(settings_.identity, *context_);
  }
  return *credential_;
}

azure::AccessTokens& Session::tokens() {
  if (!tokens_) {
    tokens_ = std::make_unique<azure::AccessTokens>(credential(), *transport_, &trace_);
  }
  return *tokens_;
}

std::optional<IdentityUsed> Session::identity_used() const {
  if (!credential_) {
    return std::nullopt;
  }
  IdentityUsed used{std::string(credential_->kind()), {}, {}, {}};
  if (const azure::AccessToken* token = tokens_ ? tokens_->any() : nullptr) {
    const azure::AccessToken::Claims claims = token->claims();
    used.tenant_id = one_line(claims.tenant_id, 64);
    used.object_id = one_line(claims.object_id, 64);
    used.client_id = one_line(claims.client_id, 64);
  }
  return used;
}

azure::Fetched Session::fetch(std::span<const azure::SecretRead> secrets,
                              const Deadline& deadline) {
  if (secrets.empty()) {
    return {};
  }
  azure::SecretClientOptions options{
      settings_.wait_for_access, &random_fraction, &unix_now, &log_, &trace_};
  return azure::SecretClient(*transport_, tokens(), std::move(options)).fetch(secrets, deadline);
}

} // namespace kvrun::launcher
