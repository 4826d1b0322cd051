// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace kvrun::emulator {

// Which host the emulator is: the identities of design.md §5, and none.
enum class HostKind {
  cloud_shell,
  vm,
  app_service,
  azure_ml,
  arc,
  service_fabric,
  workload,
  client_secret,
  client_certificate,
  azure_pipelines,
  github,
  azure_cli,
  azure_developer_cli,
  token_file,
  none,
};

struct HostKindName {
  HostKind kind;
  std::string_view name;
};

inline constexpr std::array k_host_kinds{
    HostKindName{HostKind::cloud_shell, "cloud-shell"},
    HostKindName{HostKind::vm, "vm"},
    HostKindName{HostKind::app_service, "app-service"},
    HostKindName{HostKind::azure_ml, "azure-ml"},
    HostKindName{HostKind::arc, "arc"},
    HostKindName{HostKind::service_fabric, "service-fabric"},
    HostKindName{HostKind::workload, "workload"},
    HostKindName{HostKind::client_secret, "client-secret"},
    HostKindName{HostKind::client_certificate, "client-certificate"},
    HostKindName{HostKind::azure_pipelines, "azure-pipelines"},
    HostKindName{HostKind::github, "github"},
    HostKindName{HostKind::azure_cli, "azure-cli"},
    HostKindName{HostKind::azure_developer_cli, "azure-developer-cli"},
    HostKindName{HostKind::token_file, "token-file"},
    HostKindName{HostKind::none, "none"},
};

[[nodiscard]] constexpr std::optional<HostKind> find_host_kind(std::string_view name) {
  for (const HostKindName& known : k_host_kinds) {
    if (known.name == name) {
      return known.kind;
    }
  }
  return std::nullopt;
}
static_assert(find_host_kind("vm") == HostKind::vm && !find_host_kind("VM"));

// Whether its tokens come from a login host.
[[nodiscard]] constexpr bool uses_login_host(HostKind kind) {
  return kind >= HostKind::workload && kind <= HostKind::github;
}

} // namespace kvrun::emulator
