// SPDX-License-Identifier: MIT
#include "azure/identity/hints.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace kvrun::azure {

namespace {

// A hint for the answers of a source whose text or code holds some words. "" stands for any; the
// first that fits is taken.
struct Cause {
  std::string_view kind;
  int status;
  std::string_view words; // lower case
  std::string_view hint;
};

constexpr std::string_view k_choose =
    "choose one: --identity KIND=client-id:ID, or set AZURE_CLIENT_ID";
constexpr std::string_view k_not_attached =
    "no such managed identity is attached to this host: attach it, or check that its client id was "
    "given and not its object id";
constexpr std::string_view k_new_session =
    "open a new Cloud Shell from the portal, or run 'az login' and use --identity azure-cli";

constexpr std::string_view k_access_token =
    "add to the step: env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)";

constexpr std::array k_causes{
    Cause{"",
          0,
          "socket operation was attempted to an unreachable network",
          "there is no Azure identity endpoint here: use --identity azure-cli or a service "
          "principal"},
    Cause{"", 0, "multiple user assigned identities", k_choose},
    Cause{"", 0, "unable to load the proper managed identity", k_choose},
    Cause{"", 0, "identity not found", k_not_attached},
    Cause{"", 0, "no user assigned or delegated managed identity", k_not_attached},
    Cause{"", 0, "no msi found", k_not_attached},
    Cause{"",
          0,
          "required metadata header not specified",
          "something between kvrun and the metadata service removed a header"},
    Cause{"", 0, "api-version is invalid", "the metadata service of this host is too old"},
    Cause{"vm",
          401,
          "unknown_source",
          "only the primary address of the VM's primary network interface is served"},
    Cause{"vm", 429, "", "a VM gets 20 identity requests a second: start fewer commands at once"},
    Cause{"cloud-shell",
          400,
          "audiencenotsupported",
          "Cloud Shell gives no token for this audience: use --identity azure-cli"},
    Cause{"cloud-shell", 400, "", k_new_session},
    Cause{"cloud-shell",
          405,
          "",
          "this is no Cloud Shell: IDENTITY_HEADER may have been removed from the environment"},
    Cause{
        "app-service",
        403,
        "",
        "IDENTITY_HEADER was refused: it changes when the app restarts, so a copied one is stale"},
    Cause{"app-service",
          500,
          "fetching the aad token",
          "the platform has this text for a resource that it does not know, and for faults of its "
          "own"},
    Cause{"azure-ml", 403, "", "MSI_SECRET was refused: it changes when the app restarts"},
    Cause{"service-fabric", 0, "secretheadernotfound", "IDENTITY_HEADER is empty or was removed"},
    Cause{"service-fabric",
          0,
          "managedidentitynotfound",
          "the application has no identity in its manifest, or IDENTITY_HEADER is another "
          "activation's"},
    Cause{"github", 401, "", "the job's permissions need 'id-token: write'"},
    Cause{"github", 403, "", "the job's permissions need 'id-token: write'"},
    Cause{"azure-pipelines", 401, "", k_access_token},
};

// The same of what a source misses: the first that fits.
struct Lack {
  std::string_view kind;
  std::string_view words;
  std::string_view hint;
};

constexpr std::array k_lacks{
    Lack{"github", "id-token: write", ""}, // it says so itself
    Lack{"github",
         "",
         "the job's permissions need 'id-token: write', and the step AZURE_TENANT_ID and "
         "AZURE_CLIENT_ID"},
    Lack{"azure-pipelines", "SYSTEM_ACCESSTOKEN", k_access_token},
    Lack{"azure-pipelines",
         "",
         "run kvrun in an AzureCLI or AzurePowerShell task of a service connection"},
    Lack{"workload",
         "",
         "the pod needs the label azure.workload.identity/use: \"true\" and its service account: "
         "'kubectl get pod -o yaml' shows them"},
    Lack{"app-service",
         "",
         "restart the app after enabling its identity; a Kudu console and SSH lack the variables"},
    Lack{"", "", "set them, or name the identity of this host with --identity"},
};

struct LoginCode {
  int code;
  std::string_view hint; // "": asking again later may help
};

constexpr std::string_view k_no_match =
    "issuer, subject and audience of the assertion must be exactly those of the federated "
    "credential: letter case and a trailing '/' matter, and a new one needs a minute";
constexpr std::string_view k_cloud = "set 'cloud' to the cloud of the tenant and the vault";
constexpr std::string_view k_tenant = "check the tenant id";
constexpr std::string_view k_policy =
    "a policy of the tenant forbids it: ask its administrator, with the correlation id";

constexpr std::array k_login_codes{
    LoginCode{7000215, "give the value of the client secret, not its id"},
    LoginCode{7000222, "the client secret has expired: make a new one"},
    LoginCode{7000112, "the application is disabled: enable it in the tenant"},
    LoginCode{700016, "no such application in this tenant: check client id and tenant id"},
    LoginCode{700027, "upload this certificate to the application, or use the one it has"},
    LoginCode{700021, "check the client id and AZURE_AUTHORITY_HOST"},
    LoginCode{700023, "check the client id and AZURE_AUTHORITY_HOST"},
    LoginCode{700024, "the assertion is not valid now: check this host's clock"},
    LoginCode{70021, k_no_match},
    LoginCode{700211, k_no_match},
    LoginCode{700212, k_no_match},
    LoginCode{700213, k_no_match},
    LoginCode{7002138, k_no_match},
    LoginCode{50027, "the token file holds no JWT, or an old one"},
    LoginCode{500133, "the assertion has expired, or this host's clock is wrong"},
    LoginCode{90002, k_tenant},
    LoginCode{900023, k_tenant},
    LoginCode{90061, "the login host cannot reach the issuer of the assertion"},
    LoginCode{500011, k_cloud},
    LoginCode{50001, k_cloud},
    LoginCode{70011, k_cloud},
    LoginCode{1002012, k_cloud},
    LoginCode{900144, "the secret, the certificate or the token file may be empty"},
    LoginCode{7000218, "the secret, the certificate or the token file may be empty"},
    LoginCode{900382, k_cloud},
    LoginCode{900432, k_cloud},
    LoginCode{90038, k_cloud},
    LoginCode{53003, k_policy},
    LoginCode{530032, k_policy},
    LoginCode{700229, "only a token of an application can be a federated credential"},
    LoginCode{50196, "the login host was asked too often: wait some minutes"},
    LoginCode{50033, ""},
    LoginCode{90006, ""},
    LoginCode{90012, ""},
    LoginCode{90024, ""},
    LoginCode{90033, ""},
    LoginCode{90055, ""},
    LoginCode{90090, ""},
};

const LoginCode* find_code(int code) {
  const auto* found = std::find_if(k_login_codes.begin(),
                                   k_login_codes.end(),
                                   [&](const LoginCode& one) { return one.code == code; });
  return found == k_login_codes.end() ? nullptr : found;
}

} // namespace

std::string hint_for(std::string_view kind, const IdentityAnswer& answer) {
  if (const LoginCode* code = find_code(answer.aadsts); code != nullptr) {
    return std::string(code->hint);
  }
  if (answer.html) {
    return "the answer is not Azure's: this host may be in another cloud, or behind a portal or a "
           "proxy";
  }
  const std::string text = lower(answer.code + ' ' + answer.message);
  for (const Cause& cause : k_causes) {
    if ((cause.kind.empty() || cause.kind == kind) &&
        (cause.status == 0 || cause.status == answer.status) &&
        text.find(cause.words) != std::string::npos) {
      return std::string(cause.hint);
    }
  }
  return {};
}

std::string_view hint_for_silence(std::string_view kind, const TransportFailure& failure) {
  if (kind == "app-service") {
    return failure.refused_connection
               ? "IDENTITY_ENDPOINT is set and nobody listens there: in Container Apps, init "
                 "containers and some lifecycle settings have no identity"
               : "what IDENTITY_ENDPOINT names did not answer in time: a longer --timeout may help";
  }
  if (kind == "cloud-shell") {
    return k_new_session;
  }
  if (kind == "arc" && !failure.connected) {
    return "is the Azure Arc agent running? a container cannot reach the agent of its host";
  }
  if (kind == "vm") {
    return "this may be no Azure VM; a container group whose metadata service is silent has to be "
           "created again";
  }
  return {};
}

std::string hint_for_lack(std::string_view kind, std::string_view missed) {
  const auto* found = std::find_if(k_lacks.begin(), k_lacks.end(), [&](const Lack& lack) {
    return (lack.kind.empty() || lack.kind == kind) &&
           missed.find(lack.words) != std::string_view::npos;
  });
  return std::string(found->hint);
}

bool is_transient_aadsts(int code) {
  const LoginCode* found = find_code(code);
  return found != nullptr && found->hint.empty();
}

bool is_federation_mismatch(int code) {
  const LoginCode* found = find_code(code);
  return found != nullptr && found->hint == k_no_match;
}

} // namespace kvrun::azure
