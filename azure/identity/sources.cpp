// SPDX-License-Identifier: MIT
#include "azure/identity/hints.hpp"
#include "azure/identity/source.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>

namespace kvrun::azure {

namespace {

using Select = IdentitySetting::Select;
using Names = std::initializer_list<std::string_view>;

// A source is announced when all its variables are there, and incomplete when one of those that are
// its own is there and another is missing: a tenant or client id is there for several.
SourceReport
report_on(std::string_view kind, const IdentityContext& context, Names own, Names shared) {
  SourceReport report{kind, false, false, {}, {}};
  std::vector<std::string_view> found;
  std::vector<std::string_view> missed;
  for (const std::string_view name : own) {
    (context.environment(name).empty() ? missed : found).push_back(name);
  }
  const bool begun = !found.empty();
  for (const std::string_view name : shared) {
    (context.environment(name).empty() ? missed : found).push_back(name);
  }
  report.announced = missed.empty();
  report.incomplete = begun && !missed.empty();
  report.found = fmt::format("{}", fmt::join(found, ", "));
  if (!missed.empty()) {
    report.missed =
        fmt::format("{} not set", fmt::join(missed, missed.size() == 2 ? " and " : ", "));
  }
  return report;
}

SourceReport on_client_secret(const IdentityContext& context) {
  return report_on(
      "client-secret", context, {"AZURE_CLIENT_SECRET"}, {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"});
}

SourceReport on_client_certificate(const IdentityContext& context) {
  return report_on("client-certificate",
                   context,
                   {"AZURE_CLIENT_CERTIFICATE_PATH"},
                   {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"});
}

SourceReport on_workload(const IdentityContext& context) {
  return report_on(
      "workload", context, {"AZURE_FEDERATED_TOKEN_FILE"}, {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"});
}

SourceReport on_github(const IdentityContext& context) {
  SourceReport report =
      report_on("github",
                context,
                {"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"},
                {"AZURE_TENANT_ID", "AZURE_CLIENT_ID"});
  if (context.environment("ACTIONS_ID_TOKEN_REQUEST_URL").empty() &&
      !context.environment("GITHUB_ACTIONS").empty()) {
    report.missed += ": the job has no 'permissions: id-token: write'";
  }
  return report;
}

SourceReport on_azure_pipelines(const IdentityContext& context) {
  return report_on("azure-pipelines",
                   context,
                   {"SYSTEM_OIDCREQUESTURI",
                    "SYSTEM_ACCESSTOKEN",
                    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
                    "AZURESUBSCRIPTION_CLIENT_ID",
                    "AZURESUBSCRIPTION_TENANT_ID"},
                   {});
}

SourceReport on_service_fabric(const IdentityContext& context) {
  return report_on("service-fabric",
                   context,
                   {"IDENTITY_SERVER_THUMBPRINT"},
                   {"IDENTITY_ENDPOINT", "IDENTITY_HEADER"});
}

// Azure Container Instances set IDENTITY_HEADER alone, and Arc IDENTITY_ENDPOINT (identity.md §4.3,
// §6): both halves are needed.
SourceReport on_app_service(const IdentityContext& context) {
  return report_on("app-service", context, {"IDENTITY_ENDPOINT", "IDENTITY_HEADER"}, {});
}

SourceReport on_azure_ml(const IdentityContext& context) {
  return report_on("azure-ml", context, {"MSI_SECRET"}, {"MSI_ENDPOINT"});
}

SourceReport on_cloud_shell(const IdentityContext& context) {
  SourceReport report = report_on("cloud-shell", context, {"MSI_ENDPOINT"}, {});
  // Its endpoint is the usual one then (identity.md §2).
  if (!report.announced && is_cloud_shell(context)) {
    const bool bash = !context.environment("ACC_CLOUD").empty();
    report = {"cloud-shell", true, false, bash ? "ACC_CLOUD" : "AZUREPS_HOST_ENVIRONMENT", {}};
  }
  // Container Apps set it too, with the pair: one of which a wrapper may have removed (identity.md
  // §0.2, T1).
  for (const std::string_view other : {"MSI_SECRET", "IDENTITY_ENDPOINT", "IDENTITY_HEADER"}) {
    if (report.announced && !context.environment(other).empty()) {
      report.announced = false;
      report.incomplete = true;
      report.missed = fmt::format("{} is set, so it is no Cloud Shell: another variable may have "
                                  "been removed from the environment",
                                  other);
    }
  }
  return report;
}

SourceReport on_arc(const IdentityContext& context) {
  SourceReport report = report_on("arc", context, {"IMDS_ENDPOINT"}, {"IDENTITY_ENDPOINT"});
  if (report.announced) {
    return report;
  }
  // The variables are there for services only; sudo and login shells lack them (identity.md §6).
  for (const char* agent : {"/opt/azcmagent/bin/himds", "/var/opt/azcmagent/bin/himds"}) {
    if (::access(agent, F_OK) == 0) {
      return {"arc", true, false, agent, {}};
    }
  }
  report.missed += ", and no agent is installed";
  return report;
}

SourceReport on_vm(const IdentityContext&) {
  return {"vm", false, false, {}, "nothing announces it"};
}

struct Entry {
  std::string_view kind;
  SourceReport (*survey)(const IdentityContext& context); // nullptr: never in `auto`
  SourceFactory make;
  std::initializer_list<Select> selects;
};

constexpr std::initializer_list<Select> k_none{};
constexpr std::initializer_list<Select> k_path{Select::path};
constexpr std::initializer_list<Select> k_client{Select::client_id, Select::system};
constexpr std::initializer_list<Select> k_any{
    Select::client_id, Select::object_id, Select::resource_id, Select::system};

// The order of `auto` (design.md §5).
// clang-format off
constexpr std::array k_sources{
    Entry{"client-secret",       on_client_secret,      make_client_secret,       k_none},
    Entry{"client-certificate",  on_client_certificate, make_client_certificate,  k_path},
    Entry{"workload",            on_workload,           make_workload,            k_none},
    Entry{"github",              on_github,             make_github,              k_none},
    Entry{"azure-pipelines",     on_azure_pipelines,    make_azure_pipelines,     k_none},
    Entry{"service-fabric",      on_service_fabric,     make_service_fabric,      k_none},
    Entry{"app-service",         on_app_service,        make_app_service,         k_any},
    Entry{"azure-ml",            on_azure_ml,           make_azure_ml,            k_client},
    Entry{"cloud-shell",         on_cloud_shell,        make_cloud_shell,         k_none},
    Entry{"arc",                 on_arc,                make_arc,                 k_any},
    Entry{"vm",                  on_vm,                 make_vm,                  k_any},
    Entry{"azure-cli",           nullptr,               make_azure_cli,           k_none},
    Entry{"azure-developer-cli", nullptr,               make_azure_developer_cli, k_none},
    Entry{"token-file",          nullptr,               make_token_file,          k_path},
};
// clang-format on

const Entry& find_source(std::string_view kind) {
  const auto* found = std::find_if(
      k_sources.begin(), k_sources.end(), [&](const Entry& one) { return one.kind == kind; });
  if (found == k_sources.end()) {
    throw Error(ErrorKind::usage, "identity: unknown kind");
  }
  return *found;
}

} // namespace

void check_selector(std::string_view kind, Select select) {
  const Entry& source = find_source(kind);
  const bool good =
      select == Select::none ||
      std::find(source.selects.begin(), source.selects.end(), select) != source.selects.end();
  if (!good) {
    throw Error(ErrorKind::usage,
                fmt::format("identity '{}' cannot select an identity like this", source.kind),
                source.kind == "azure-ml" ? "only a client id selects one: azure-ml=client-id:ID"
                                          : "leave out what stands after '='");
  }
}

namespace {

// What a source that was named lacks, before it finds out with a worse message.
void check_variables(const Entry& source,
                     const IdentitySetting& setting,
                     const SourceReport& report) {
  const bool optional = source.kind == "vm" || source.kind == "arc" ||
                        source.kind == "cloud-shell" || setting.select == Select::path;
  if (!report.announced && !optional) {
    throw Error(ErrorKind::usage,
                fmt::format("identity '{}': {}", source.kind, report.missed),
                hint_for_lack(source.kind, report.missed));
  }
}

std::unique_ptr<TokenCredential> make_named(const IdentitySetting& setting,
                                            const IdentityContext& context) {
  const Entry& source = find_source(setting.kind);
  if (source.survey != nullptr) {
    check_variables(source, setting, source.survey(context));
  }
  context.log.verbose(fmt::format("identity '{}': it was named", source.kind));
  return source.make(setting, context);
}

} // namespace

std::unique_ptr<TokenCredential> make_credential(const IdentitySetting& setting,
                                                 const IdentityContext& context) {
  if (setting.kind != "auto") {
    return make_named(setting, context);
  }
  for (const SourceReport& report : survey_sources(context)) {
    if (report.incomplete) {
      context.log.verbose(fmt::format("identity '{}' is skipped: {}", report.kind, report.missed));
    }
    if (report.announced) {
      const Entry& source = find_source(report.kind);
      check_selector(source.kind, setting.select);
      context.log.verbose(fmt::format("identity '{}': announced by {}", report.kind, report.found));
      return source.make(setting, context);
    }
  }
  context.log.verbose("identity 'vm': no other identity is announced");
  return make_vm_in_auto(setting, context);
}

std::vector<SourceReport> survey_sources(const IdentityContext& context) {
  std::vector<SourceReport> reports;
  for (const Entry& source : k_sources) {
    if (source.survey != nullptr) {
      reports.push_back(source.survey(context));
    }
  }
  return reports;
}

Error no_identity(const IdentityContext& context, std::string_view vm_failure) {
  std::string message = "no identity is available on this host";
  for (const SourceReport& report : survey_sources(context)) {
    message += fmt::format("\n  {}: {}{}",
                           report.kind,
                           report.kind == "vm" ? one_line(vm_failure) : report.missed,
                           report.incomplete ? " (incomplete)" : "");
  }
  return {ErrorKind::refused,
          std::move(message),
          "on a VM whose metadata service is slow: --identity vm; signed in with 'az login': "
          "--identity azure-cli"};
}

} // namespace kvrun::azure
