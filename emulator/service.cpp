// SPDX-License-Identifier: MIT
#include "emulator/service.hpp"

#include "base/text.hpp"
#include "emulator/clouds.hpp"
#include "emulator/fault_answer.hpp"
#include "emulator/identity/ci.hpp"

#include <algorithm>
#include <array>

namespace kvrun::emulator {
namespace {

std::set<std::string> tenants_of(const Seed& seed) {
  std::set<std::string> tenants;
  for (const auto& [vault, tenant] : seed.tenants) {
    tenants.insert(tenant);
  }
  return tenants;
}

bool is_other_known_host(std::string_view host) {
  return is_login_host(host) || host == k_arm_host || host == k_github_host ||
         host == k_pipelines_host || host == "localhost" || host == "127.0.0.1";
}

// The word itself where it is one of HTTP's, so that a client cannot fill the counts.
std::string counted_method(const std::string& method) {
  constexpr std::array<std::string_view, 7> known{
      "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
  return std::find(known.begin(), known.end(), method) == known.end() ? "other" : method;
}

} // namespace

Service::Service(Seed seed, HostKind kind, Credentials credentials, Clock clock)
    : seed_(std::move(seed)), kind_(kind), credentials_(std::move(credentials)),
      clock_(std::move(clock)), issuer_(Principal(), clock_), key_vault_(seed_, issuer_, clock_),
      entra_(context(), credentials_.client_secret, credentials_.certificate, tenants_of(seed_)),
      faults_(seed_.faults), metadata_(make_vm(context())) {
  add_identity(kind);
}

IdentityContext Service::context() const {
  return {.issuer = &issuer_,
          .clock = clock_,
          .token_life = seed_.token_life,
          .secret = credentials_.header_secret};
}

void Service::add_identity(HostKind kind) {
  switch (kind) {
  case HostKind::cloud_shell:
    identities_.push_back(make_cloud_shell(context()));
    break;
  case HostKind::vm:
    identities_.push_back(make_vm(context()));
    break;
  case HostKind::app_service:
    identities_.push_back(make_app_service(context()));
    break;
  case HostKind::azure_ml:
    identities_.push_back(make_azure_ml(context()));
    break;
  case HostKind::arc:
    identities_.push_back(make_arc(context()));
    break;
  case HostKind::service_fabric:
    identities_.push_back(make_service_fabric(context()));
    break;
  default:
    break;
  }
}

bool Service::exists(std::string_view host) const {
  if (const auto vault = vault_address(host)) {
    return key_vault_.exists(*vault);
  }
  return is_other_known_host(host);
}

std::string Service::endpoint_name(Entrance entrance, const std::string& host) const {
  if (entrance != Entrance::named) {
    return "identity";
  }
  return exists(host) ? host : "other";
}

Service::Endpoint
Service::endpoint(const Request& request, Entrance entrance, const std::string& name) const {
  Endpoint found;
  if (entrance == Entrance::metadata) {
    found.identity = metadata_.get();
    return found;
  }
  if (entrance == Entrance::identity) {
    const auto matching =
        std::find_if(identities_.begin(), identities_.end(), [&](const auto& identity) {
          return equal_without_case(without_slash(identity->path()), without_slash(request.path));
        });
    found.identity = matching != identities_.end() ? matching->get()
                     : identities_.empty()         ? nullptr
                                                   : identities_.front().get();
    return found;
  }
  found.host = request.host.empty() || !exists(request.host) ? name : request.host;
  if (const auto vault = vault_address(found.host); vault && key_vault_.exists(*vault)) {
    found.vault = vault;
  }
  return found;
}

std::vector<std::string_view> Service::fault_names(const Endpoint& endpoint) const {
  if (endpoint.identity != nullptr) {
    return {"identity"};
  }
  if (endpoint.vault) {
    return {endpoint.vault->name, endpoint.vault->host};
  }
  if (is_login_host(endpoint.host)) {
    const bool only_login = kind_ == HostKind::workload || kind_ == HostKind::client_secret ||
                            kind_ == HostKind::client_certificate;
    return {"login", endpoint.host, only_login ? "identity" : "login"};
  }
  const bool ci = endpoint.host == k_github_host || endpoint.host == k_pipelines_host;
  return {endpoint.host, ci ? std::string_view("identity") : std::string_view(endpoint.host)};
}

Answer Service::answer(const Request& request, Entrance entrance, const std::string& name) {
  const Endpoint asked = endpoint(request, entrance, name);
  const Fault* fault =
      faults_.take({fault_names(asked), request.method, percent_decode(request.path)});
  Answer answer;
  if (fault != nullptr && fault->delivery.reset) {
    answer.delivery = fault->delivery; // nothing is done but to end the connection
  } else if (fault != nullptr && fault->status) {
    answer = failure(*fault, request, asked);
    bend(answer, *fault);
  } else {
    answer = ordinary(request, asked);
    if (fault != nullptr) {
      bend(answer, *fault);
    }
  }
  answer.delivery.delay += seed_.latency;
  counts_.request(endpoint_name(entrance, asked.host),
                  counted_method(request.method),
                  answer.delivery.reset ? "reset" : std::to_string(answer.status));
  return answer;
}

Answer Service::ordinary(const Request& request, const Endpoint& endpoint) {
  if (endpoint.identity != nullptr) {
    return endpoint.identity->answer(request);
  }
  if (endpoint.vault) {
    return key_vault_.answer(request, *endpoint.vault);
  }
  if (is_login_host(endpoint.host)) {
    return entra_.answer(request, endpoint.host);
  }
  if (endpoint.host == k_arm_host) {
    return arm_answer(context(), request);
  }
  if (endpoint.host == k_github_host) {
    return github_answer(context(), request);
  }
  if (endpoint.host == k_pipelines_host) {
    return pipelines_answer(context(), request);
  }
  return bare_answer(context(), 404);
}

Answer
Service::failure(const Fault& fault, const Request& request, const Endpoint& endpoint) const {
  if (endpoint.identity != nullptr) {
    return endpoint.identity->failure(*fault.status, fault.code);
  }
  if (endpoint.vault) {
    return key_vault_.failure(fault, request, *endpoint.vault);
  }
  if (is_login_host(endpoint.host)) {
    return entra_.failure(*fault.status, fault.code);
  }
  return bare_answer(context(), *fault.status);
}

} // namespace kvrun::emulator
