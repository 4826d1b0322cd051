// SPDX-License-Identifier: MIT
#include "azure/transport/proxy.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace kvrun::azure {

namespace {

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0 || port > 65535) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(port);
}

// "%40" → "@"; nothing when it is malformed.
std::optional<SecretString> percent_decode(std::string_view text) {
  SecretString decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded.append(text.substr(i, 1));
      continue;
    }
    const auto byte = decode_hex(text.substr(i + 1, 2));
    if (!byte || byte->size() != 1) {
      return std::nullopt;
    }
    decoded.append(byte->reveal());
    i += 2;
  }
  return decoded;
}

struct HostPort {
  std::string host;
  std::string_view port; // "" when there is none
};

// "host", "host:port", "[::1]", "[::1]:port"; a bare IPv6 address is a host.
HostPort split_host(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return {};
    }
    std::string_view rest = text.substr(close + 1);
    return {lower(text.substr(1, close - 1)), rest.starts_with(':') ? rest.substr(1) : rest};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos) {
    return {lower(text), {}};
  }
  return {lower(text.substr(0, colon)), text.substr(colon + 1)};
}

struct Bits {
  std::array<unsigned char, 16> bytes{};
  std::size_t count = 0; // of bytes: 4 or 16; 0 when it is no address
};

Bits address_bits(const std::string& text) {
  Bits bits;
  if (::inet_pton(AF_INET, text.c_str(), bits.bytes.data()) == 1) {
    bits.count = 4;
  } else if (::inet_pton(AF_INET6, text.c_str(), bits.bytes.data()) == 1) {
    bits.count = 16;
  }
  return bits;
}

bool in_network(const std::string& host, std::string_view network) {
  const std::size_t slash = network.find('/');
  const Bits address = address_bits(host);
  const Bits base = address_bits(std::string(network.substr(0, slash)));
  if (address.count == 0 || address.count != base.count) {
    return false;
  }
  std::size_t prefix = base.count * 8;
  if (slash != std::string_view::npos) {
    const std::string_view digits = network.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc() || end != digits.data() + digits.size() || prefix > base.count * 8) {
      return false;
    }
  }
  for (std::size_t bit = 0; bit < prefix; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if ((address.bytes.at(bit / 8) & mask) != (base.bytes.at(bit / 8) & mask)) {
      return false;
    }
  }
  return true;
}

[[noreturn]] void refuse(std::string_view variable, std::string_view why) {
  throw Error(ErrorKind::usage,
              fmt::format("{}: {}", variable, why),
              fmt::format("set {} to http://HOST:PORT, or unset it", variable));
}

Proxy parse_proxy(std::string_view variable, std::string_view text) {
  std::string_view rest = text;
  if (const std::size_t scheme = rest.find("://"); scheme != std::string_view::npos) {
    if (!equal_without_case(rest.substr(0, scheme), "http")) {
      refuse(variable, "only an http:// proxy can be used");
    }
    rest.remove_prefix(scheme + 3);
  }
  rest = rest.substr(0, rest.find_first_of("/?#"));
  Proxy proxy;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    const auto decoded = percent_decode(user);
    if (!decoded) {
      refuse(variable, "its user name or password is not percent-encoded");
    }
    SecretString credentials = decoded->clone();
    if (user.find(':') == std::string_view::npos) {
      credentials.append(":");
    }
    proxy.authorization = SecretString("Basic ");
    proxy.authorization.append(encode_base64(credentials.reveal()).reveal());
    rest.remove_prefix(at + 1);
  }
  const HostPort where = split_host(rest);
  const bool good_host =
      !where.host.empty() && std::all_of(where.host.begin(), where.host.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
               c == ':' || c == '_';
      });
  if (!good_host) {
    refuse(variable, "it names no host");
  }
  proxy.host = where.host;
  if (!where.port.empty()) {
    const auto port = parse_port(where.port);
    if (!port) {
      refuse(variable, "its port is no number from 1 to 65535");
    }
    proxy.port = *port;
  }
  proxy.label = fmt::format("{}:{} ({})", proxy.host, proxy.port, variable);
  return proxy;
}

} // namespace

ProxySettings::ProxySettings(const std::function<std::string_view(std::string_view)>& environment) {
  constexpr std::array<std::string_view, 4> variables{
      "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  for (const std::string_view variable : variables) {
    if (const std::string_view text = trim(environment(variable)); !text.empty()) {
      proxy_ = parse_proxy(variable, text);
      break;
    }
  }
  std::string_view exceptions = environment("no_proxy");
  if (exceptions.empty()) {
    exceptions = environment("NO_PROXY");
  }
  for (const std::string_view entry : split(exceptions, ',')) {
    if (const std::string_view name = trim(entry); !name.empty()) {
      exceptions_.emplace_back(lower(name));
    }
  }
}

const Proxy* ProxySettings::for_host(std::string_view host, std::uint16_t port) const {
  if (!proxy_) {
    return nullptr;
  }
  const std::string name = lower(host);
  const bool excepted =
      std::any_of(exceptions_.begin(), exceptions_.end(), [&](const std::string& exception) {
        if (exception == "*") {
          return true;
        }
        if (exception.find('/') != std::string::npos) {
          return in_network(name, exception);
        }
        const HostPort entry = split_host(exception);
        if (!entry.port.empty() && parse_port(entry.port) != port) {
          return false;
        }
        std::string_view domain = entry.host;
        if (domain.starts_with("*.")) {
          domain.remove_prefix(1);
        }
        if (domain.starts_with('.')) {
          domain.remove_prefix(1);
        }
        return name == domain || in_network(name, domain) ||
               (!domain.empty() && name.ends_with(domain) && name.size() > domain.size() &&
                name[name.size() - domain.size() - 1] == '.');
      });
  return excepted ? nullptr : &*proxy_;
}

} // namespace kvrun::azure
