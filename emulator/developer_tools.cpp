// SPDX-License-Identifier: MIT
#include "emulator/developer_tools.hpp"

#include "emulator/clouds.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>

namespace kvrun::emulator {
namespace {

constexpr std::int64_t k_life = 86400;

// What `az account get-access-token` prints (identity.md §10.1): its expiresOn is local time.
std::string az_output(const TokenIssuer& issuer, std::string_view audience) {
  const std::int64_t expires = issuer.now() + k_life;
  return fmt::format(R"({{"accessToken":"{}","expiresOn":"{:%Y-%m-%d %H:%M:%S}.000000",)"
                     R"("expires_on":{},"subscription":"cccccccc-0000-4000-8000-000000000003",)"
                     R"("tenant":"{}","tokenType":"Bearer"}})",
                     issuer.access_token(audience, k_life),
                     fmt::localtime(static_cast<std::time_t>(expires)),
                     expires,
                     issuer.principal().tenant);
}

// What `azd auth token` prints (identity.md §10.2).
std::string azd_output(const TokenIssuer& issuer, std::string_view audience) {
  const std::int64_t expires = issuer.now() + k_life;
  return fmt::format(R"({{"token":"{}","expiresOn":"{:%Y-%m-%dT%H:%M:%SZ}"}})",
                     issuer.access_token(audience, k_life),
                     fmt::gmtime(static_cast<std::time_t>(expires)));
}

constexpr std::string_view k_script = R"(#!/bin/sh
# Made by kvrun-emulator: prints a token of this run.
case "$1 $2" in '{command}') ;; *) echo "ERROR: kvrun-emulator's {tool} knows only '{command}'" >&2; exit 2;; esac
audience=
while [ $# -gt 0 ]; do
  case "$1" in
    --scope) audience="${{2%/.default}}"; [ "$audience" != "$2" ] || audience=; shift;;
    --resource) audience="$2"; shift;;
    --scope=*) audience="${{1#--scope=}}"; audience="${{audience%/.default}}";;
    --resource=*) audience="${{1#--resource=}}";;
    --tenant|--tenant-id) case "$2" in {tenant}) ;; *) echo "ERROR: unknown tenant" >&2; exit 1;; esac; shift;;
  esac
  shift
done
case "$audience" in
{cases}  *) echo "ERROR: AADSTS500011: The resource principal was not found in the tenant." >&2; exit 1;;
esac
)";

std::string script(HostKind kind, const TokenIssuer& issuer) {
  const bool az = kind == HostKind::azure_cli;
  std::string cases;
  const auto add = [&](std::string_view audience) {
    cases += fmt::format("  {}) printf '%s\\n' '{}';;\n",
                         audience,
                         az ? az_output(issuer, audience) : azd_output(issuer, audience));
  };
  for (const Cloud& cloud : k_clouds) {
    add(cloud.audience);
  }
  add("https://management.azure.com");
  return fmt::format(k_script,
                     fmt::arg("command", az ? "account get-access-token" : "auth token"),
                     fmt::arg("tool", az ? "az" : "azd"),
                     fmt::arg("tenant", issuer.principal().tenant),
                     fmt::arg("cases", cases));
}

} // namespace

void announce_developer_tool(HostKind kind,
                             const TokenIssuer& issuer,
                             const TemporaryFolder& folder,
                             Environment& environment) {
  constexpr mode_t runnable = 0700;
  const bool az = kind == HostKind::azure_cli;
  folder.write(az ? "bin/az" : "bin/azd", script(kind, issuer), runnable);
  const std::string path = environment.get("PATH");
  environment.set("PATH", fmt::format("{}/bin{}{}", folder.path(), path.empty() ? "" : ":", path));
  environment.set("KVRUN_IDENTITY", az ? "azure-cli" : "azure-developer-cli");
}

} // namespace kvrun::emulator
