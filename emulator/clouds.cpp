// SPDX-License-Identifier: MIT
#include "emulator/clouds.hpp"

#include <algorithm>

namespace kvrun::emulator {
namespace {

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_below(std::string_view host, std::string_view suffix) {
  return host.size() > suffix.size() + 1 && host.ends_with(suffix) &&
         host[host.size() - suffix.size() - 1] == '.';
}

constexpr std::array<std::string_view, 9> k_other_audiences{"https://management.azure.com",
                                                            "https://management.core.windows.net",
                                                            "https://management.chinacloudapi.cn",
                                                            "https://management.usgovcloudapi.net",
                                                            "https://managedhsm.azure.net",
                                                            "https://managedhsm.azure.cn",
                                                            "https://managedhsm.usgovcloudapi.net",
                                                            "https://graph.microsoft.com",
                                                            "https://storage.azure.com"};

} // namespace

bool is_vault_name(std::string_view text) {
  return text.size() >= 3 && text.size() <= 24 && text.find("--") == std::string_view::npos &&
         std::all_of(
             text.begin(), text.end(), [](char c) { return c == '-' || is_alphanumeric(c); });
}

std::optional<VaultAddress> vault_address(std::string_view host) {
  for (const Cloud& cloud : k_clouds) {
    if (is_below(host, cloud.vault_suffix)) {
      const std::string_view name = host.substr(0, host.size() - cloud.vault_suffix.size() - 1);
      if (is_vault_name(name)) {
        return VaultAddress{std::string(name), std::string(host), &cloud};
      }
    }
  }
  return std::nullopt;
}

bool below_a_vault_suffix(std::string_view host) {
  return std::any_of(k_clouds.begin(), k_clouds.end(), [&](const Cloud& cloud) {
    return is_below(host, cloud.vault_suffix);
  });
}

bool is_login_host(std::string_view host) {
  return std::find(k_login_hosts.begin(), k_login_hosts.end(), host) != k_login_hosts.end();
}

const Cloud& cloud_of_login_host(std::string_view host) {
  if (host.ends_with(".cn")) {
    return k_clouds[1];
  }
  return host.ends_with(".us") ? k_clouds[2] : k_clouds[0];
}

bool is_known_audience(std::string_view audience) {
  // Entra ID takes a trailing slash and mirrors it in the token, which a vault then refuses
  // (identity.md §7).
  if (audience.ends_with('/')) {
    audience.remove_suffix(1);
  }
  const auto is_it = [&](std::string_view other) { return other == audience; };
  return std::any_of(k_clouds.begin(),
                     k_clouds.end(),
                     [&](const Cloud& cloud) { return is_it(cloud.audience); }) ||
         std::any_of(k_other_audiences.begin(), k_other_audiences.end(), is_it);
}

} // namespace kvrun::emulator
