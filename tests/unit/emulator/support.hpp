// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/clock.hpp"
#include "emulator/http_message.hpp"
#include "emulator/identity/identity.hpp"
#include "emulator/key_vault.hpp"
#include "emulator/tokens.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace kvrun::emulator {

// A clock that a test turns on.
class FakeClock {
public:
  explicit FakeClock(std::int64_t seconds)
      : now_(std::make_shared<Time>(std::chrono::seconds(seconds))) {}

  [[nodiscard]] Clock clock() const {
    return [now = now_] { return *now; };
  }
  void advance(Milliseconds by) { *now_ += by; }
  [[nodiscard]] Time now() const { return *now_; }

private:
  std::shared_ptr<Time> now_;
};

// A request as a client writes it: "GET /path?query", headers, body.
inline Request make_request(std::string_view line, Fields headers = {}, std::string body = {}) {
  Request request = parse_head(std::string(line) + " HTTP/1.1\r\n");
  request.headers = std::move(headers);
  request.body = std::move(body);
  return request;
}

inline std::string header_of(const Answer& answer, std::string_view name) {
  const std::string* value = find(answer.headers, name);
  return value == nullptr ? std::string() : *value;
}

inline Seed seed_of(std::string_view text) {
  Problems problems;
  Seed seed = parse_seed(text, "seed.yaml", problems);
  for (const Error& error : problems.all()) {
    ADD_FAILURE() << error.message();
  }
  return seed;
}

// The vault kv1 at a fixed time, asked with a good token.
class KeyVaultFixture : public testing::Test {
protected:
  static constexpr std::int64_t k_start = 1668124872;

  explicit KeyVaultFixture(std::string_view seed = {}) : seed_(seed_of(seed)) {}

  Answer ask(std::string_view line, std::string body = {}) {
    return ask_as(issuer_.access_token("https://vault.azure.net", 3600), line, std::move(body));
  }
  Answer ask_as(const std::string& token, std::string_view line, std::string body = {}) {
    return vault_.answer(
        make_request(line, {{"Authorization", "Bearer " + token}}, std::move(body)), address_);
  }
  Answer ask_anonymously(std::string_view line) {
    return vault_.answer(make_request(line), address_);
  }
  // Sets a secret, which gets this version.
  void put(const std::string& name, const std::string& body, const std::string& version = {}) {
    if (!version.empty()) {
      versions_->push_back(version);
    }
    const Answer answer = ask("PUT /secrets/" + name + "?api-version=7.4", body);
    ASSERT_EQ(answer.status, 200) << answer.body;
  }
  Answer fail_with(const Fault& fault) {
    return vault_.failure(
        fault, make_request("GET /secrets/db-password?api-version=7.4"), address_);
  }

  // NOLINTBEGIN(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  FakeClock clock_{k_start};
  Seed seed_;
  TokenIssuer issuer_{Principal(), clock_.clock()};
  std::shared_ptr<std::deque<std::string>> versions_ = std::make_shared<std::deque<std::string>>();
  KeyVault vault_{seed_, issuer_, clock_.clock(), [versions = versions_] {
                    if (versions->empty()) {
                      return KeyVault::random_version();
                    }
                    std::string next = versions->front();
                    versions->pop_front();
                    return next;
                  }};
  VaultAddress address_ = *vault_address("kv1.vault.azure.net");
  // NOLINTEND(misc-non-private-member-variables-in-classes)
};

// What an identity endpoint is made with in a test.
class IdentityFixture : public testing::Test {
protected:
  static constexpr std::int64_t k_start = 1893369600;

  [[nodiscard]] IdentityContext context() const {
    return {.issuer = &issuer_, .clock = clock_.clock(), .token_life = {}, .secret = "hdr"};
  }
  // The claims of the token in an answer.
  [[nodiscard]] Claims claims_of(const Answer& answer) const;

  // NOLINTBEGIN(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  FakeClock clock_{k_start};
  TokenIssuer issuer_{Principal(), clock_.clock()};
  // NOLINTEND(misc-non-private-member-variables-in-classes)
};

} // namespace kvrun::emulator
