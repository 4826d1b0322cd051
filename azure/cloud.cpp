// SPDX-License-Identifier: MIT
#include "azure/cloud.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace kvrun::azure {

namespace {

// clang-format off
constexpr std::array k_clouds{
    Cloud{"public", "vault.azure.net",         "https://vault.azure.net",         "login.microsoftonline.com",         "api://AzureADTokenExchange"},
    Cloud{"china",  "vault.azure.cn",          "https://vault.azure.cn",          "login.partner.microsoftonline.cn",  "api://AzureADTokenExchangeChina"},
    Cloud{"usgov",  "vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net", "login.microsoftonline.us",          "api://AzureADTokenExchangeUSGov"},
};
constexpr std::array k_login_aliases{
    std::pair{std::string_view("login.windows.net"),       std::string_view("public")},
    std::pair{std::string_view("login.chinacloudapi.cn"),  std::string_view("china")},
};
// clang-format on

bool is_strictly_inside(std::string_view host, std::string_view domain) {
  if (host.size() <= domain.size() + 1 || !host.ends_with(domain) ||
      host[host.size() - domain.size() - 1] != '.') {
    return false;
  }
  const std::string_view labels = host.substr(0, host.size() - domain.size() - 1);
  for (const std::string_view label : split(labels, '.')) {
    const bool good = !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
    if (!good) {
      return false;
    }
  }
  return true;
}

} // namespace

std::span<const Cloud> all_clouds() {
  return k_clouds;
}

const Cloud* find_cloud(std::string_view name) {
  const auto* found = std::find_if(
      k_clouds.begin(), k_clouds.end(), [&](const Cloud& cloud) { return cloud.name == name; });
  return found == k_clouds.end() ? nullptr : found;
}

const Cloud* cloud_of_vault(std::string_view host) {
  const std::string name = lower(host);
  const auto* found = std::find_if(k_clouds.begin(), k_clouds.end(), [&](const Cloud& cloud) {
    return is_strictly_inside(name, cloud.vault_suffix);
  });
  return found == k_clouds.end() ? nullptr : found;
}

const Cloud* cloud_of_login_host(std::string_view host) {
  const std::string name = lower(host);
  for (const Cloud& cloud : k_clouds) {
    if (cloud.login_host == name) {
      return &cloud;
    }
  }
  for (const auto& [alias, cloud] : k_login_aliases) {
    if (alias == name) {
      return find_cloud(cloud);
    }
  }
  return nullptr;
}

} // namespace kvrun::azure
