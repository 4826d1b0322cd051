// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"
#include "base/secret_string.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::azure {

// An http:// proxy that is asked to CONNECT (design.md §5).
struct Proxy {
  std::string host;
  std::uint16_t port = 80;
  SecretString authorization; // of Proxy-Authorization; empty for none
  // "127.0.0.1:3128 (https_proxy)": the variable, and never the password.
  std::string label;
};

// What https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, no_proxy and NO_PROXY say: lower case wins,
// https_proxy over all_proxy, empty counts as unset. Only for hosts reached by TLS.
class ProxySettings {
public:
  ProxySettings() = default;
  // Throws Error(usage) naming the variable where it holds no http:// proxy.
  explicit ProxySettings(const std::function<std::string_view(std::string_view)>& environment);

  // The proxy for a host, or nullptr: none is set, or no_proxy names the host, a domain above it at
  // a dot, its address, a network (CIDR) it is in, or `*`.
  [[nodiscard]] const Proxy* for_host(std::string_view host, std::uint16_t port) const;

private:
  std::optional<Proxy> proxy_;
  std::vector<std::string> exceptions_;
};

} // namespace kvrun::azure
