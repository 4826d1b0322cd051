// SPDX-License-Identifier: MIT
#include "launcher/connect_to.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace kvrun::launcher {

namespace {

[[noreturn]] void refuse() {
  throw Error(ErrorKind::usage, "not HOST:PORT:ADDRESS:PORT", "for example ':443:127.0.0.1:8443'");
}

// Up to the next ':'; a name, an address, or an IPv6 address in brackets.
std::string take_host(std::string_view& rest) {
  std::string_view host;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) {
      refuse();
    }
    host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  } else {
    host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(host.size());
  }
  const bool good = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == ':' || c == '_';
  });
  if (!good) {
    refuse();
  }
  return lower(host);
}

void take_colon(std::string_view& rest) {
  if (!rest.starts_with(':')) {
    refuse();
  }
  rest.remove_prefix(1);
}

std::uint16_t take_port(std::string_view& rest) {
  const std::string_view digits = rest.substr(0, rest.find(':'));
  rest.remove_prefix(digits.size());
  if (digits.empty()) {
    return 0;
  }
  unsigned port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size() || port == 0 || port > 65535) {
    refuse();
  }
  return static_cast<std::uint16_t>(port);
}

} // namespace

azure::ConnectTo parse_connect_to(std::string_view text) {
  azure::ConnectTo entry;
  entry.host = take_host(text);
  take_colon(text);
  entry.port = take_port(text);
  take_colon(text);
  entry.address = take_host(text);
  take_colon(text);
  entry.address_port = take_port(text);
  if (!text.empty()) {
    refuse();
  }
  return entry;
}

} // namespace kvrun::launcher
