// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace kvrun::emulator {

struct Cloud {
  std::string_view vault_suffix;
  std::string_view audience;
  std::string_view login_host;
};

inline constexpr std::array k_clouds{
    Cloud{"vault.azure.net", "https://vault.azure.net", "login.microsoftonline.com"},
    Cloud{"vault.azure.cn", "https://vault.azure.cn", "login.partner.microsoftonline.cn"},
    Cloud{"vault.usgovcloudapi.net", "https://vault.usgovcloudapi.net", "login.microsoftonline.us"},
};

// Every name that Entra ID answers to, older ones included.
inline constexpr std::array<std::string_view, 7> k_login_hosts{"login.microsoftonline.com",
                                                               "login.windows.net",
                                                               "login.microsoft.com",
                                                               "sts.windows.net",
                                                               "login.partner.microsoftonline.cn",
                                                               "login.chinacloudapi.cn",
                                                               "login.microsoftonline.us"};

inline constexpr std::string_view k_arm_host = "management.azure.com";
inline constexpr std::string_view k_github_host = "token.actions.githubusercontent.com";
inline constexpr std::string_view k_pipelines_host = "dev.azure.com";

// A host one label below a cloud's vault suffix.
struct VaultAddress {
  std::string name;
  std::string host;
  const Cloud* cloud = nullptr;
};

// `host` is lower case and without a port; nullopt when it is none or the name is no vault's.
[[nodiscard]] std::optional<VaultAddress> vault_address(std::string_view host);
// Whether it lies below a vault suffix, whatever stands before it.
[[nodiscard]] bool below_a_vault_suffix(std::string_view host);
// 3 to 24 letters, digits and single hyphens.
[[nodiscard]] bool is_vault_name(std::string_view text);
[[nodiscard]] bool is_login_host(std::string_view host);
// The cloud whose Entra ID answers at this login host.
[[nodiscard]] const Cloud& cloud_of_login_host(std::string_view host);
// Whether a token can be had for it: Key Vault, ARM and the other services that tools ask for.
[[nodiscard]] bool is_known_audience(std::string_view audience);

} // namespace kvrun::emulator
