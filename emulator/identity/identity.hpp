// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/http_message.hpp"
#include "emulator/tokens.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kvrun::emulator {

// What every identity endpoint answers from.
struct IdentityContext {
  const TokenIssuer* issuer = nullptr;
  Clock clock;
  std::optional<std::int64_t> token_life; // of the seed, instead of the endpoint's own
  std::string secret;                     // what the secret header has to hold

  [[nodiscard]] std::int64_t life(std::int64_t usual) const { return token_life.value_or(usual); }
  // Whether this text selects the one identity there is, by client, object or resource id.
  [[nodiscard]] bool is_attached(std::string_view selector) const;
};

// One host's identity endpoint: strict, and answering in that host's words (identity.md §2 to §7).
class IdentityEndpoint {
public:
  IdentityEndpoint() = default;
  IdentityEndpoint(const IdentityEndpoint&) = delete;
  IdentityEndpoint& operator=(const IdentityEndpoint&) = delete;
  IdentityEndpoint(IdentityEndpoint&&) = delete;
  IdentityEndpoint& operator=(IdentityEndpoint&&) = delete;
  virtual ~IdentityEndpoint() = default;

  // The path of the token request.
  [[nodiscard]] virtual std::string_view path() const = 0;
  [[nodiscard]] virtual Answer answer(const Request& request) = 0;
  // Its own answer with this status; `code` replaces the usual one where it has codes.
  [[nodiscard]] virtual Answer failure(int status, std::string_view code) const = 0;
};

[[nodiscard]] std::unique_ptr<IdentityEndpoint> make_cloud_shell(IdentityContext context);
[[nodiscard]] std::unique_ptr<IdentityEndpoint> make_vm(IdentityContext context);
[[nodiscard]] std::unique_ptr<IdentityEndpoint> make_app_service(IdentityContext context);
[[nodiscard]] std::unique_ptr<IdentityEndpoint> make_azure_ml(IdentityContext context);
[[nodiscard]] std::unique_ptr<IdentityEndpoint> make_service_fabric(IdentityContext context);

// Where the keys of Azure Arc's challenge are; a test has a place of its own.
inline constexpr std::string_view k_arc_key_folder = "/var/opt/azcmagent/tokens";
[[nodiscard]] std::unique_ptr<IdentityEndpoint>
make_arc(IdentityContext context, std::string key_folder = std::string(k_arc_key_folder));

// Status, JSON or text, and the headers that such an endpoint sends.
[[nodiscard]] Answer json_answer(const IdentityContext& context, int status, std::string body);
[[nodiscard]] Answer bare_answer(const IdentityContext& context, int status);
// `{"error":…,"error_description":…}`.
[[nodiscard]] Answer flat_error(const IdentityContext& context,
                                int status,
                                std::string_view error,
                                std::string_view description);

// What the metadata service of a VM and the agent of Arc refuse alike: 400, 429 and 500; others
// have no body. `code` instead of the usual one, where it is not empty.
[[nodiscard]] Answer
metadata_error(const IdentityContext& context, int status, std::string_view code);

// The path without a slash at its end.
[[nodiscard]] std::string_view without_slash(std::string_view path);
// Whether all names are among these.
[[nodiscard]] bool has_only(const Fields& fields, std::initializer_list<std::string_view> names);
// The values of those of these names that are there and not empty.
[[nodiscard]] std::vector<std::string> values_of(const Fields& fields,
                                                 std::initializer_list<std::string_view> names);

} // namespace kvrun::emulator
