// SPDX-License-Identifier: MIT
#pragma once

#include "azure/secret_client.hpp"
#include "tests/fakes/fake_transport.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::azure {

// Hands out "token-1", "token-2", …, or throws what it is told to.
class FakeCredential final : public TokenCredential {
public:
  [[nodiscard]] std::string_view kind() const override { return "fake"; }
  [[nodiscard]] AccessToken get_token(std::string_view audience,
                                      const Deadline& deadline) override {
    audiences.emplace_back(audience);
    deadlines.push_back(deadline.end());
    if (audience == silent_for) {
      clock->advance(deadline.left(clock->now()));
      throw Error(ErrorKind::unavailable, "no token in time");
    }
    if (fails_from && audiences.size() >= *fails_from) {
      throw Error(failure);
    }
    return {SecretString(fmt::format("token-{}", audiences.size())), 0};
  }

  std::vector<std::string> audiences; // asked for, in order
  std::vector<TimePoint> deadlines;
  std::string silent_for;                // an audience that takes all the time it is given
  FakeTransport* clock = nullptr;        // which then goes on
  std::optional<std::size_t> fails_from; // the n-th request, from 1, and all after it
  Error failure{ErrorKind::refused, "no identity"};
};

// A Key Vault client over a scripted network in virtual time.
struct VaultHost {
  FakeTransport transport;
  FakeCredential credential;
  bool wait_for_access = false;
  Milliseconds budget{90'000};
  double random = 0.5;
  std::int64_t unix_time = 1893369600; // 2029-12-31T00:00:00Z
  std::vector<SecretRead> secrets;

  // "a" and "b", each with an audience of its own.
  void add_two_audiences() {
    add("a");
    add("b");
    secrets[0].secret.audience = "https://a.audience";
    secrets[1].secret.audience = "https://b.audience";
  }
  void add(std::string name, std::string version = {}, std::string vault = "kv1") {
    SecretIdentifier secret;
    secret.vault.host = vault + ".vault.azure.net";
    secret.vault_label = std::move(vault);
    secret.audience = "https://vault.azure.net";
    secret.name = std::move(name);
    secret.version = std::move(version);
    secrets.push_back({std::move(secret), false});
  }
  Fetched fetch() {
    start = transport.now();
    credential.clock = &transport;
    AccessTokens tokens(credential, transport, nullptr);
    SecretClientOptions options;
    options.wait_for_access = wait_for_access;
    options.random = [this] { return random; };
    options.unix_time = [this] { return unix_time; };
    return SecretClient(transport, tokens, std::move(options))
        .fetch(secrets, Deadline::after(start, budget));
  }
  [[nodiscard]] Milliseconds elapsed() const {
    return std::chrono::duration_cast<Milliseconds>(transport.now() - start);
  }
  // When the n-th request went out, from the start.
  [[nodiscard]] Milliseconds sent_at(std::size_t n) const {
    return std::chrono::duration_cast<Milliseconds>(transport.seen.at(n).at - start);
  }

  TimePoint start;
};

inline FakeReply reply(int status,
                       std::string_view body = "",
                       std::vector<std::pair<std::string, std::string>> headers = {},
                       Milliseconds after = Milliseconds(0)) {
  headers.emplace_back("x-ms-keyvault-region", "westeurope");
  return {status, std::string(body), std::move(headers), after, {}, false};
}

inline FakeReply secret(std::string_view value, Milliseconds after = Milliseconds(0)) {
  return reply(
      200, fmt::format(R"({{"value":"{}","attributes":{{"enabled":true}}}})", value), {}, after);
}

inline FakeReply refusal(int status,
                         std::string_view code,
                         std::string_view message = "",
                         std::string_view inner = "") {
  return reply(status,
               fmt::format(R"({{"error":{{"code":"{}","message":"{}"{}}}}})",
                           code,
                           message,
                           inner.empty() ? std::string()
                                         : fmt::format(R"(,"innererror":{{"code":"{}"}})", inner)));
}

inline std::string value_of(const std::optional<FetchResult>& result) {
  if (!result) {
    return "(no result)";
  }
  if (const auto* failure = std::get_if<FetchFailure>(&*result)) {
    return "(" + failure->error.message() + ")";
  }
  return std::string(std::get<SecretBundle>(*result).value.reveal());
}

inline FetchFailure failure_of(const std::optional<FetchResult>& result) {
  if (result && std::holds_alternative<FetchFailure>(*result)) {
    return std::get<FetchFailure>(*result);
  }
  ADD_FAILURE() << "it was read: " << value_of(result);
  return {Error(ErrorKind::usage, ""), false};
}

} // namespace kvrun::azure
