// SPDX-License-Identifier: MIT
#include "launcher/vault_host.hpp"

#include "base/text.hpp"
#include "config/secret_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace kvrun::launcher {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || port == 0 ||
      port > 65535) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(port);
}

// Letters, digits, hyphens and dots between labels that are not empty; IPv6 in brackets. Nothing
// else is a host here.
bool is_host_name(std::string_view host) {
  const auto labels = split(host, '.');
  return !host.empty() && host.size() <= 253 &&
         std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
           return !label.empty() && label.size() <= 63 &&
                  std::all_of(label.begin(), label.end(), [](char c) {
                    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '-';
                  });
         });
}

std::optional<azure::Origin> parse_host_port(std::string_view text) {
  azure::Origin origin;
  std::string_view host = text;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return std::nullopt;
    }
    host = text.substr(1, close - 1);
    const bool good = !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
             c == ':' || c == '.';
    });
    if (!good || host.find(':') == std::string_view::npos) {
      return std::nullopt;
    }
    text.remove_prefix(close + 1);
  } else {
    host = text.substr(0, text.find(':'));
    if (!is_host_name(host)) {
      return std::nullopt;
    }
    text.remove_prefix(host.size());
  }
  if (!text.empty()) {
    const auto port = text.starts_with(':') ? parse_port(text.substr(1)) : std::nullopt;
    if (!port) {
      return std::nullopt;
    }
    origin.port = *port;
  }
  origin.host = lower(host);
  return origin;
}

std::string label_of(const azure::Origin& origin) {
  if (const azure::Cloud* cloud = azure::cloud_of_vault(origin.host)) {
    return origin.host.substr(0, origin.host.size() - cloud->vault_suffix.size() - 1);
  }
  return origin.authority();
}

} // namespace

TrustedHost parse_trusted_host(std::string_view text) {
  const std::size_t equals = text.find('=');
  const auto origin = parse_host_port(text.substr(0, equals));
  if (!origin) {
    throw Error(
        ErrorKind::usage, "not HOST[:PORT][=AUDIENCE]", "for example 'localhost:8443=public'");
  }
  TrustedHost trusted{*origin, {}};
  if (equals != std::string_view::npos) {
    const std::string_view audience = text.substr(equals + 1);
    if (const azure::Cloud* cloud = azure::find_cloud(audience)) {
      trusted.audience = cloud->audience;
    } else {
      constexpr std::string_view scheme = "https://";
      const bool good =
          audience.starts_with(scheme) && parse_host_port(audience.substr(scheme.size()));
      if (!good) {
        throw Error(
            ErrorKind::usage,
            "its audience is neither a cloud (public, china, usgov) nor an https URL of a host");
      }
      trusted.audience = audience;
    }
  }
  return trusted;
}

Vault resolve_vault(std::string_view text,
                    const azure::Cloud& cloud,
                    std::span<const TrustedHost> trusted) {
  constexpr std::string_view scheme = "https://";
  std::optional<azure::Origin> origin;
  if (config::is_vault_name(text)) {
    origin = azure::Origin{true, fmt::format("{}.{}", lower(text), cloud.vault_suffix), 443};
  } else if (text.starts_with(scheme)) {
    std::string_view host = text.substr(scheme.size());
    host = host.ends_with('/') ? host.substr(0, host.size() - 1) : host;
    origin = parse_host_port(host);
  } else if (text.find_first_of(".[") != std::string_view::npos ||
             text.find(':') != std::string_view::npos) {
    origin = parse_host_port(text);
  }
  if (!origin) {
    throw Error(ErrorKind::usage,
                "not a vault",
                "give its name (3 to 24 letters, digits and hyphens), its host, or https://HOST");
  }
  for (const TrustedHost& host : trusted) {
    if (host.origin == *origin) {
      return {*origin,
              label_of(*origin),
              host.audience.empty() ? std::string(cloud.audience) : host.audience};
    }
  }
  if (const azure::Cloud* known = azure::cloud_of_vault(origin->host);
      known != nullptr && origin->port == 443) {
    return {*origin, label_of(*origin), std::string(known->audience)};
  }
  if (text.starts_with(scheme) && origin->port == 443 && config::is_vault_name(origin->host)) {
    throw Error(ErrorKind::usage,
                fmt::format("'{}' is not a Key Vault host: it may not get a token", origin->host),
                fmt::format("a vault's name stands alone: '{0}' is https://{0}.{1}",
                            origin->host,
                            cloud.vault_suffix));
  }
  throw Error(
      ErrorKind::usage,
      fmt::format("'{}' is not a Key Vault host: it may not get a token", origin->authority()),
      fmt::format("if it is a vault of yours, '--trust-host {}' gives it the token, which opens "
                  "every vault of the identity",
                  origin->authority()));
}

} // namespace kvrun::launcher
