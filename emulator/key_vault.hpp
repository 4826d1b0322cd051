// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/clouds.hpp"
#include "emulator/http_message.hpp"
#include "emulator/key_vault_errors.hpp"
#include "emulator/limiter.hpp"
#include "emulator/seed.hpp"
#include "emulator/store.hpp"
#include "emulator/tokens.hpp"
#include "emulator/vault_target.hpp"

#include <map>
#include <mutex>
#include <string>

namespace kvrun::emulator {

// The secrets API of Key Vault for every vault there is (key-vault.md §1 to §4). Safe to share
// between threads.
class KeyVault {
public:
  KeyVault(const Seed& seed,
           const TokenIssuer& issuer,
           Clock clock,
           Vault::NewVersion new_version = random_version);

  [[nodiscard]] bool exists(const VaultAddress& address) const;
  [[nodiscard]] Answer answer(const Request& request, const VaultAddress& address);
  // What the service says with the status, code and inner code of a fault; its own body where the
  // fault has none.
  [[nodiscard]] Answer
  failure(const Fault& fault, const Request& request, const VaultAddress& address) const;

  static std::string random_version();

private:
  // One request on its way through.
  struct Call {
    const Request& request;
    const VaultAddress& address;
    const VaultTarget& target;
    Vault& vault;
    Time now;
  };

  [[nodiscard]] std::string tenant_of(const VaultAddress& address) const;
  [[nodiscard]] ErrorSubject subject_of(const Request& request,
                                        const VaultAddress& address,
                                        const VaultTarget& target,
                                        const std::optional<Claims>& claims,
                                        const std::string& tenant) const;
  // The body of the 401 that the request deserves; "" when its token is good.
  [[nodiscard]] std::string
  refusal(const std::optional<Claims>& claims, bool has_token, const ErrorSubject& subject) const;
  [[nodiscard]] Answer dispatch(Call& call) const;
  [[nodiscard]] Answer get(const Call& call) const;
  [[nodiscard]] Answer set(Call& call) const;
  [[nodiscard]] Answer update(Call& call) const;
  [[nodiscard]] Answer remove(Call& call) const;
  [[nodiscard]] Answer backup(const Call& call) const;
  [[nodiscard]] Answer restore(Call& call) const;
  [[nodiscard]] Answer get_deleted(const Call& call) const;
  [[nodiscard]] Answer recover(Call& call) const;
  [[nodiscard]] Answer purge(Call& call) const;
  [[nodiscard]] Answer list(const Call& call) const;
  [[nodiscard]] Answer list_versions(const Call& call) const;
  [[nodiscard]] Answer not_found(const Call& call) const;
  // Why a secret cannot be written now: a 409; nullopt when it can.
  [[nodiscard]] std::optional<Answer> conflict(const Call& call) const;
  [[nodiscard]] Answer reply(const Request& request, int status, std::string body) const;
  [[nodiscard]] Answer unauthorized(const Request& request,
                                    const VaultAddress& address,
                                    const std::string& tenant,
                                    std::string body) const;
  Vault& vault(const VaultAddress& address);

  const Seed& seed_;
  const TokenIssuer& issuer_;
  Clock clock_;
  Time started_;
  Vault::NewVersion new_version_;
  ReadLimiter limiter_;
  std::map<std::string, Vault, std::less<>> vaults_; // by host
  std::mutex mutex_;
};

} // namespace kvrun::emulator
