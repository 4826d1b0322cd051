// SPDX-License-Identifier: MIT
#include "emulator/environment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kvrun::emulator {
namespace {

constexpr std::array<const char*, 27> k_identity_variables{
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IDENTITY_API_VERSION",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
    "DEFAULT_IDENTITY_CLIENT_ID",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_CLIENT_CERTIFICATE_PASSWORD",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_AUTHORITY_HOST",
    "AZURE_KUBERNETES_TOKEN_PROXY",
    "AZURE_KUBERNETES_SNI_NAME",
    "AZURE_KUBERNETES_CA_FILE",
    "AZURE_KUBERNETES_CA_DATA",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "SYSTEM_OIDCREQUESTURI",
    "SYSTEM_ACCESSTOKEN",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
    "AZURESUBSCRIPTION_CLIENT_ID",
    "AZURESUBSCRIPTION_TENANT_ID"};

std::string_view name_of(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

} // namespace

Environment::Environment(char** inherited) {
  for (char** entry = inherited; entry != nullptr && *entry != nullptr; ++entry) {
    inherited_.emplace_back(*entry);
  }
}

std::string Environment::get(const std::string& name) const {
  if (const auto set = changes_.find(name); set != changes_.end()) {
    return set->second;
  }
  const auto found = std::find_if(inherited_.begin(), inherited_.end(), [&](const auto& entry) {
    return name_of(entry) == name && entry.size() > name.size();
  });
  return found == inherited_.end() ? std::string() : found->substr(name.size() + 1);
}

void Environment::set(const std::string& name, std::string value) {
  changes_.insert_or_assign(name, std::move(value));
}

void Environment::remove(const std::string& name) {
  changes_.erase(name);
  std::erase_if(inherited_, [&](const std::string& entry) { return name_of(entry) == name; });
}

std::vector<std::string> Environment::entries() const {
  std::vector<std::string> all;
  for (const std::string& entry : inherited_) {
    if (changes_.find(std::string(name_of(entry))) == changes_.end()) {
      all.push_back(entry);
    }
  }
  for (const auto& [name, value] : changes_) {
    all.push_back(fmt::format("{}={}", name, value));
  }
  return all;
}

void remove_identities(Environment& environment) {
  for (const char* name : k_identity_variables) {
    environment.remove(name);
  }
  environment.remove("KVRUN_IDENTITY");
}

std::string shell_word(std::string_view value) {
  constexpr std::string_view safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "_-./:=,@%+";
  if (!value.empty() && value.find_first_not_of(safe) == std::string_view::npos) {
    return std::string(value);
  }
  std::string quoted = "'";
  for (const char c : value) {
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return quoted + '\'';
}

} // namespace kvrun::emulator
