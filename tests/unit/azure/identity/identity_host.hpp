// SPDX-License-Identifier: MIT
#pragma once

#include "azure/identity/credential.hpp"
#include "tests/fakes/fake_transport.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::azure {

inline constexpr std::string_view k_vault_audience = "https://vault.azure.net";
inline constexpr std::int64_t k_frozen_now = 1893369600; // 2029-12-31T00:00:00Z
inline constexpr Milliseconds k_budget{90000};

// Unsigned tokens of identity.md §17.
inline constexpr std::string_view k_jwt_ok =
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhdWQiOiJodHRwczovL3ZhdWx0LmF6dXJlLm5ldCIsImV4cCI6MTg5Mz"
    "Q1NjAwMH0.c2ln";
inline constexpr std::string_view k_jwt_arm =
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhdWQiOiJodHRwczovL21hbmFnZW1lbnQuYXp1cmUuY29tLyIsImV4cC"
    "I6MTg5MzQ1NjAwMH0.c2ln";
inline constexpr std::string_view k_jwt_old =
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhdWQiOiJodHRwczovL3ZhdWx0LmF6dXJlLm5ldCIsImV4cCI6MTU3Nz"
    "gzNjgwMH0.c2ln";
inline constexpr std::string_view k_jwt_guid =
    "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.eyJhdWQiOiJjZmE4YjMzOS04MmEyLTQ3MWEtYTNjOS0wZmMwYmU3YTQwOT"
    "MiLCJleHAiOjE4OTM0NTYwMDB9.c2ln";

// A host with an environment, a scripted network and a clock that stands still.
struct IdentityHost {
  std::map<std::string, std::string, std::less<>> variables;
  FakeTransport transport;
  std::vector<Origin> trusted;
  std::string cloud = "public";
  std::int64_t now = k_frozen_now;
  double random = 0.5;
  Verbosity verbosity = Verbosity::quiet;

  [[nodiscard]] std::unique_ptr<TokenCredential> credential(std::string_view setting = "auto") {
    return make_credential(IdentitySetting::parse(setting), context());
  }
  [[nodiscard]] AccessToken token(std::string_view setting = "auto",
                                  Milliseconds budget = k_budget) {
    return credential(setting)->get_token(find_cloud(cloud)->audience,
                                          Deadline::after(transport.now(), budget));
  }
  // The error that asking for a token ends with.
  [[nodiscard]] Error failure(std::string_view setting = "auto", Milliseconds budget = k_budget) {
    try {
      (void)token(setting, budget);
    } catch (const Error& e) {
      return e;
    }
    ADD_FAILURE() << "there was a token";
    return {ErrorKind::usage, ""};
  }
  [[nodiscard]] std::vector<SourceReport> survey() { return survey_sources(context()); }
  // The same for everything that `get` needs.
  [[nodiscard]] IdentityContext context() {
    log_ = Log(verbosity);
    return {transport,
            lookup_,
            log_,
            *find_cloud(cloud),
            trusted,
            [this] { return now; },
            [this] { return random; }};
  }

private:
  Log log_;
  EnvironmentLookup lookup_ = [this](std::string_view name) -> std::string_view {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string_view() : std::string_view(found->second);
  };
};

inline std::string text_of(const AccessToken& token) {
  return std::string(token.token.reveal());
}

inline void expect_holds(std::string_view text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string_view::npos) << "'" << part << "' is not in: " << text;
}
inline void expect_lacks(std::string_view text, std::string_view part) {
  EXPECT_EQ(text.find(part), std::string_view::npos) << "'" << part << "' is in: " << text;
}

} // namespace kvrun::azure
