// SPDX-License-Identifier: MIT
#include "azure/secret_client.hpp"

#include "azure/fetch.hpp"

#include <fmt/format.h>

#include <sys/random.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace kvrun::azure {

const AccessTokens::Held& AccessTokens::get(const std::string& audience, const Deadline& deadline) {
  Held& held = held_[audience];
  if (held.generation == 0) {
    fetch(held, audience, deadline);
  }
  return held;
}

const AccessTokens::Held&
AccessTokens::fresh(const std::string& audience, unsigned seen, const Deadline& deadline) {
  Held& held = held_[audience];
  if (held.generation <= seen) {
    fetch(held, audience, deadline);
  }
  return held;
}

const AccessToken* AccessTokens::any() const {
  for (const auto& [audience, held] : held_) {
    if (held.generation > 0) {
      return &held.token;
    }
  }
  return nullptr;
}

void AccessTokens::fetch(Held& held, const std::string& audience, const Deadline& deadline) {
  const TimePoint begin = transport_.now();
  held.token = credential_.get_token(audience, deadline);
  ++held.generation;
  if (trace_ != nullptr) {
    trace_->add(fmt::format("token from {}", credential_.kind()), begin, transport_.now());
  }
}

Fetched SecretClient::fetch(std::span<const SecretRead> secrets, const Deadline& deadline) {
  return Fetch(transport_, tokens_, options_, secrets, deadline).run();
}

HttpRequest secret_request(const SecretIdentifier& secret,
                           std::string_view token,
                           std::string_view client_request_id) {
  HttpRequest request;
  request.origin = secret.vault;
  request.target = fmt::format("/secrets/{}{}{}?api-version={}",
                               secret.name,
                               secret.version.empty() ? "" : "/",
                               secret.version,
                               k_api_version);
  SecretString bearer("Bearer ");
  bearer.append(token);
  request.headers.push_back({"Authorization", std::move(bearer)});
  request.headers.push_back({"x-ms-client-request-id", SecretString(client_request_id)});
  return request;
}

std::string make_uuid() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::runtime_error("the system gives no random bytes");
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0fU) | 0x40U); // version 4 (RFC 9562 §5.4)
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3fU) | 0x80U);
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes.at(i));
  }
  return text;
}

} // namespace kvrun::azure
