// SPDX-License-Identifier: MIT
#include "emulator/host_setup.hpp"

#include "emulator/clouds.hpp"
#include "emulator/developer_tools.hpp"
#include "emulator/identity/ci.hpp"
#include "emulator/random.hpp"
#include "emulator/trust.hpp"

#include <fmt/format.h>

#include <array>

namespace kvrun::emulator {
namespace {

constexpr std::int64_t k_day = 86400;

std::string local(std::string_view scheme, std::uint16_t port, std::string_view path) {
  return fmt::format("{}://127.0.0.1:{}{}", scheme, port, path);
}

void announce_principal(const Service& service, Environment& environment) {
  environment.set("AZURE_TENANT_ID", service.issuer().principal().tenant);
  environment.set("AZURE_CLIENT_ID", service.issuer().principal().client_id);
}

void announce_workload(const Service& service,
                       const TemporaryFolder& folder,
                       Environment& environment) {
  announce_principal(service, environment);
  const std::string token = service.issuer().assertion("https://oidc.kvrun-emulator.example/",
                                                       "system:serviceaccount:default:app",
                                                       "api://AzureADTokenExchange",
                                                       k_day);
  environment.set("AZURE_FEDERATED_TOKEN_FILE", folder.write("federated-token", token));
  environment.set("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.com/");
}

void announce_pipelines(const Service& service, Environment& environment) {
  environment.set("SYSTEM_OIDCREQUESTURI",
                  fmt::format("https://{}{}", k_pipelines_host, k_pipelines_path));
  environment.set("SYSTEM_ACCESSTOKEN", service.credentials().header_secret);
  environment.set("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", std::string(k_service_connection));
  environment.set("AZURESUBSCRIPTION_CLIENT_ID", service.issuer().principal().client_id);
  environment.set("AZURESUBSCRIPTION_TENANT_ID", service.issuer().principal().tenant);
}

void announce_github(const Service& service, Environment& environment) {
  announce_principal(service, environment);
  environment.set("ACTIONS_ID_TOKEN_REQUEST_URL",
                  fmt::format("https://{}{}?api-version=2.0", k_github_host, k_github_path));
  environment.set("ACTIONS_ID_TOKEN_REQUEST_TOKEN", service.credentials().header_secret);
}

void announce_fabric(const Service& service,
                     const HostMaterial& material,
                     const Ports& ports,
                     Environment& environment) {
  environment.set("IDENTITY_ENDPOINT",
                  local("https", ports.identity, "/metadata/identity/oauth2/token"));
  environment.set("IDENTITY_HEADER", service.credentials().header_secret);
  environment.set("IDENTITY_SERVER_THUMBPRINT", thumbprint(material.fabric.certificate.get()));
  environment.set("IDENTITY_API_VERSION", "2019-07-01-preview");
}

void announce_azure_ml(const Service& service, const Ports& ports, Environment& environment) {
  environment.set("MSI_ENDPOINT", local("http", ports.identity, "/MSI/token/"));
  environment.set("MSI_SECRET", service.credentials().header_secret);
  environment.set("DEFAULT_IDENTITY_CLIENT_ID", service.issuer().principal().client_id);
}

// The proxies that kvrun and the SDKs know, and what is not for them.
constexpr std::array<const char*, 6> k_proxy_variables{
    "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"};

} // namespace

HostMaterial make_material(HostKind kind) {
  HostMaterial material;
  material.credentials.header_secret = random_uuid();
  if (kind == HostKind::client_secret) {
    // With what a form has to encode.
    material.credentials.client_secret = "a~b+c/d=e&f" + random_hex(12);
  }
  if (kind == HostKind::client_certificate) {
    material.principal = self_signed(KeyType::rsa, "kvrun-emulator", {"DNS:kvrun-emulator"});
    material.credentials.certificate = material.principal.certificate.get();
  }
  if (kind == HostKind::service_fabric) {
    material.fabric = self_signed(KeyType::ec, "kvrun-emulator", {"DNS:localhost", "IP:127.0.0.1"});
  }
  return material;
}

void announce_host(HostKind kind,
                   const Service& service,
                   const HostMaterial& material,
                   const Ports& ports,
                   bool has_metadata_address,
                   const TemporaryFolder& folder,
                   Environment& environment) {
  const std::string& secret = service.credentials().header_secret;
  switch (kind) {
  case HostKind::cloud_shell:
    environment.set("MSI_ENDPOINT", local("http", ports.identity, "/oauth2/token"));
    break;
  case HostKind::vm:
    if (!has_metadata_address) {
      environment.set("AZURE_POD_IDENTITY_AUTHORITY_HOST", local("http", ports.identity, ""));
    }
    break;
  case HostKind::app_service:
    environment.set("IDENTITY_ENDPOINT", local("http", ports.identity, "/msi/token"));
    environment.set("IDENTITY_HEADER", secret);
    break;
  case HostKind::azure_ml:
    announce_azure_ml(service, ports, environment);
    break;
  case HostKind::arc:
    environment.set("IMDS_ENDPOINT", local("http", ports.identity, ""));
    environment.set("IDENTITY_ENDPOINT",
                    local("http", ports.identity, "/metadata/identity/oauth2/token"));
    break;
  case HostKind::service_fabric:
    announce_fabric(service, material, ports, environment);
    break;
  case HostKind::workload:
    announce_workload(service, folder, environment);
    break;
  case HostKind::client_secret:
    announce_principal(service, environment);
    environment.set("AZURE_CLIENT_SECRET", service.credentials().client_secret);
    break;
  case HostKind::client_certificate:
    announce_principal(service, environment);
    environment.set("AZURE_CLIENT_CERTIFICATE_PATH",
                    folder.write("service-principal.pem",
                                 to_pem(material.principal.key.get()) +
                                     to_pem(material.principal.certificate.get())));
    break;
  case HostKind::azure_pipelines:
    announce_pipelines(service, environment);
    break;
  case HostKind::github:
    announce_github(service, environment);
    break;
  case HostKind::azure_cli:
  case HostKind::azure_developer_cli:
    announce_developer_tool(kind, service.issuer(), folder, environment);
    break;
  case HostKind::token_file: {
    const std::string token = service.issuer().access_token(
        k_clouds.front().audience, service.seed().token_life.value_or(k_day));
    environment.set("KVRUN_IDENTITY", "token-file=" + folder.write("access-token", token));
    break;
  }
  case HostKind::none:
    break;
  }
}

void announce_vaults(HostKind kind,
                     const std::string& ca_file,
                     const Ports& ports,
                     Environment& environment) {
  std::string connect = fmt::format(":443:127.0.0.1:{}", ports.tls);
  const auto add = [&](std::string_view host) {
    connect += fmt::format(",{}:443:127.0.0.1:{}", host, ports.tls);
  };
  if (uses_login_host(kind)) {
    for (const std::string_view host : k_login_hosts) {
      add(host);
    }
  }
  if (kind == HostKind::github) {
    add(k_github_host);
  }
  if (kind == HostKind::azure_pipelines) {
    add(k_pipelines_host);
  }
  environment.set("KVRUN_CA_FILE", ca_file);
  environment.set("KVRUN_CONNECT_TO", connect);
}

void announce_trust(const std::string& authority_pem,
                    const std::string& more,
                    const TemporaryFolder& folder,
                    Environment& environment) {
  // SSL_CERT_FILE and REQUESTS_CA_BUNDLE may replace the roots (interop.md §3).
  const std::string all =
      system_roots(environment.get("SSL_CERT_FILE")) + '\n' + authority_pem + more;
  const std::string bundle = folder.write("roots.pem", all);
  for (const char* name :
       {"REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"}) {
    environment.set(name, bundle);
  }
  std::string java = environment.get("JAVA_TOOL_OPTIONS");
  java += fmt::format("{}-Djava.net.useSystemProxies=true -Djavax.net.ssl.trustStore={} "
                      "-Djavax.net.ssl.trustStoreType=PKCS12 "
                      "-Djavax.net.ssl.trustStorePassword={}",
                      java.empty() ? "" : " ",
                      folder.write("roots.p12", java_trust_store(all)),
                      k_java_password);
  environment.set("JAVA_TOOL_OPTIONS", std::move(java));
}

void announce_proxy(const Ports& ports, Environment& environment) {
  remove_proxies(environment);
  const std::string proxy = local("http", ports.proxy, "");
  for (const char* name : {"HTTPS_PROXY", "https_proxy"}) {
    environment.set(name, proxy);
  }
  for (const char* name : {"NO_PROXY", "no_proxy"}) {
    environment.set(name, "localhost,127.0.0.1,169.254.169.254");
  }
}

void bypass_proxy(Environment& environment) {
  bool has_proxy = false;
  for (const char* name : k_proxy_variables) {
    has_proxy = has_proxy || !environment.get(name).empty();
  }
  if (!has_proxy) {
    return;
  }
  std::string bypass = environment.get("no_proxy");
  bypass = bypass.empty() ? environment.get("NO_PROXY") : bypass;
  const auto add = [&](std::string_view host) {
    bypass += fmt::format("{}{}", bypass.empty() ? "" : ",", host);
  };
  for (const std::string_view host : {"localhost", "127.0.0.1"}) {
    add(host);
  }
  for (const Cloud& cloud : k_clouds) {
    add(fmt::format(".{}", cloud.vault_suffix));
  }
  for (const std::string_view host : k_login_hosts) {
    add(host);
  }
  for (const std::string_view host : {k_github_host, k_pipelines_host}) {
    add(host);
  }
  environment.set("no_proxy", bypass);
  environment.set("NO_PROXY", bypass);
}

void remove_proxies(Environment& environment) {
  for (const char* name : k_proxy_variables) {
    environment.remove(name);
  }
}

} // namespace kvrun::emulator
