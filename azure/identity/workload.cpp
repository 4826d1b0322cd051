// SPDX-License-Identifier: MIT
#include "azure/identity/entra.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

namespace kvrun::azure {

namespace {

constexpr std::string_view k_proxy_variable = "AZURE_KUBERNETES_TOKEN_PROXY";
constexpr std::string_view k_roots_variable = "AZURE_KUBERNETES_CA_FILE";
constexpr std::size_t k_largest_file = std::size_t{1024} * 1024;

// AKS identity bindings: the token request goes to a service of the cluster (identity.md §8).
struct TokenProxy {
  Endpoint endpoint;
  std::string roots_file;
  std::string roots;
  std::string tls_name;
};

std::optional<TokenProxy> find_token_proxy(const IdentityContext& context) {
  const std::string_view url = context.environment(k_proxy_variable);
  const std::string_view file = context.environment(k_roots_variable);
  const std::string_view data = context.environment("AZURE_KUBERNETES_CA_DATA");
  const std::string_view name = context.environment("AZURE_KUBERNETES_SNI_NAME");
  if (url.empty()) {
    if (!file.empty() || !data.empty() || !name.empty()) {
      throw Error(ErrorKind::usage,
                  fmt::format("identity 'workload': AZURE_KUBERNETES_* is set without {}",
                              k_proxy_variable));
    }
    return std::nullopt;
  }
  if (!file.empty() && !data.empty()) {
    throw Error(ErrorKind::usage,
                "identity 'workload': AZURE_KUBERNETES_CA_FILE and AZURE_KUBERNETES_CA_DATA are "
                "both set");
  }
  TokenProxy proxy{parse_endpoint(k_proxy_variable, url, Scheme::https_only),
                   std::string(file),
                   std::string(data),
                   std::string(name)};
  const Origin& origin = proxy.endpoint.origin;
  if (!proxy.endpoint.query.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("the variable '{}' holds a URL with a query", k_proxy_variable));
  }
  if (std::find(context.trusted_hosts.begin(), context.trusted_hosts.end(), origin) ==
      context.trusted_hosts.end()) {
    throw Error(ErrorKind::usage,
                fmt::format("the variable '{}' names a host that is no login host of Azure",
                            k_proxy_variable),
                fmt::format("--trust-host {} lets the pod's token go there", origin.authority()));
  }
  return proxy;
}

// A projected token of Kubernetes, or any other file with an assertion (identity.md §8).
class Workload final : public Federated {
public:
  Workload(const IdentityContext& context,
           Application application,
           std::string file,
           std::optional<TokenProxy> proxy)
      : Federated("workload", context, std::move(application)), file_(std::move(file)),
        proxy_(std::move(proxy)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    // kubelet replaces the file: every try reads it again.
    return exchange_assertion([&] { return read_assertion(deadline); }, audience, deadline);
  }

  [[nodiscard]] SecretString read_assertion(const Deadline& deadline) const {
    try {
      const SecretString content = read_file(file_, k_largest_file, ErrorKind::refused, deadline);
      return std::move(make_token(trim(content.reveal()), 0).token);
    } catch (const NoToken&) {
      throw Error(ErrorKind::refused,
                  fmt::format("identity 'workload': '{}' does not hold a token", file_));
    } catch (const Error& e) {
      const Error error = e.within("identity 'workload'");
      const bool refused = error.kind() == ErrorKind::refused;
      const bool denied = refused && ::access(file_.c_str(), R_OK) != 0 && errno == EACCES;
      throw Error(error.kind(),
                  error.message(),
                  denied
                      ? "a container that does not run as root may need 'securityContext.fsGroup'"
                      : error.hint());
    }
  }

  [[nodiscard]] HttpRequest token_request(const Deadline& deadline) const override {
    HttpRequest request = Federated::token_request(deadline);
    if (proxy_) {
      std::string_view path = proxy_->endpoint.path;
      path.remove_suffix(path.ends_with('/') ? 1 : 0);
      request.origin = proxy_->endpoint.origin;
      request.target = fmt::format("{}{}", path, request.target);
      request.route.direct = true;
      request.route.tls_name = proxy_->tls_name;
      request.route.only_roots = proxy_->roots;
      if (!proxy_->roots_file.empty()) {
        request.route.only_roots =
            read_file(proxy_->roots_file, k_largest_file, ErrorKind::refused, deadline).reveal();
      }
    }
    return request;
  }

  std::string file_;
  std::optional<TokenProxy> proxy_;
};

} // namespace

std::unique_ptr<TokenCredential> make_workload(const IdentitySetting&,
                                               const IdentityContext& context) {
  return std::make_unique<Workload>(
      context,
      find_application("workload", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", context),
      std::string(context.environment("AZURE_FEDERATED_TOKEN_FILE")),
      find_token_proxy(context));
}

} // namespace kvrun::azure
