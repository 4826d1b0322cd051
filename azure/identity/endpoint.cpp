// SPDX-License-Identifier: MIT
#include "azure/identity/endpoint.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace kvrun::azure {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_local_ipv4(const in_addr& address) {
  const std::uint32_t bits = ntohl(address.s_addr);
  const auto inside = [&](std::uint32_t network, unsigned length) {
    return (bits >> (32U - length)) == (network >> (32U - length));
  };
  return inside(0x7f000000, 8) || inside(0xa9fe0000, 16) || inside(0x0a000000, 8) ||
         inside(0xac100000, 12) || inside(0xc0a80000, 16);
}

// A mapped IPv4 address is in none of these.
bool is_local_ipv6(const in6_addr& address) {
  return IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_LINKLOCAL(&address) ||
         (address.s6_addr[0] & 0xfeU) == 0xfcU;
}

enum class Place { unusable, name, local, elsewhere };

// What a host text is. Only the usual spellings: getaddrinfo would take "2130706433" and "0x7f.1"
// for addresses, and a check that reads them as names would be passed by.
Place place_of_name(std::string_view host) {
  in_addr v4{};
  if (const std::string text(host); ::inet_pton(AF_INET, text.c_str(), &v4) == 1) {
    return is_local_ipv4(v4) ? Place::local : Place::elsewhere;
  }
  if (host.empty() || host.size() > 253) {
    return Place::unusable;
  }
  const std::vector<std::string_view> labels = split(host, '.');
  for (const std::string_view label : labels) {
    const bool good =
        !label.empty() && label.size() <= 63 && std::all_of(label.begin(), label.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-' || c == '_';
        });
    if (!good) {
      return Place::unusable;
    }
  }
  if (is_digit(labels.back().front())) {
    return Place::unusable;
  }
  return host == "localhost" ? Place::local : Place::name;
}

Place place_of_ipv6(std::string_view host) {
  in6_addr v6{};
  const std::string text(host);
  if (::inet_pton(AF_INET6, text.c_str(), &v6) != 1 || IN6_IS_ADDR_V4MAPPED(&v6) ||
      IN6_IS_ADDR_V4COMPAT(&v6)) {
    // "::1" counts as IPv4-compatible by its bits.
    return IN6_IS_ADDR_LOOPBACK(&v6) ? Place::local : Place::unusable;
  }
  return is_local_ipv6(v6) ? Place::local : Place::elsewhere;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 1 || value > 65535) {
    return std::nullopt;
  }
  return static_cast<std::uint16_t>(value);
}

class Parser {
public:
  Parser(std::string_view variable, Scheme scheme) : variable_(variable), scheme_(scheme) {}

  [[nodiscard]] Endpoint parse(std::string_view url) const {
    const bool plain =
        std::all_of(url.begin(), url.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!plain || url.find_first_of("\\#\"<>^`{|}") != std::string_view::npos) {
      fail("has a character that no URL has");
    }
    Endpoint endpoint;
    const std::string_view rest = take_scheme(url, endpoint.origin);
    const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
    const Place place = take_authority(rest.substr(0, slash), endpoint.origin);
    if (!endpoint.origin.tls && place != Place::local) {
      fail("is http to a host that is not this machine or its own network");
    }
    std::string_view target = rest.substr(slash);
    const std::size_t mark = std::min(target.find('?'), target.size());
    endpoint.path = target.substr(0, mark);
    if (endpoint.path.empty()) {
      endpoint.path = "/";
    }
    endpoint.query = mark < target.size() ? target.substr(mark + 1) : std::string_view();
    return endpoint;
  }

private:
  [[noreturn]] void fail(std::string_view why) const {
    const std::string_view hint =
        scheme_ == Scheme::https_only
            ? "it must be an https URL"
            : "it must be an https URL, or an http URL with a loopback, link-local or private "
              "address";
    throw Error(
        ErrorKind::usage, fmt::format("the variable '{}' {}", variable_, why), std::string(hint));
  }

  std::string_view take_scheme(std::string_view url, Origin& origin) const {
    const std::size_t mark = std::min(url.find("://"), url.size());
    const std::string scheme = lower(url.substr(0, mark));
    origin.tls = scheme == "https";
    origin.port = origin.tls ? 443 : 80;
    if (mark == url.size() || (!origin.tls && scheme != "http")) {
      fail("holds no http or https URL");
    }
    if (!origin.tls && scheme_ == Scheme::https_only) {
      fail("holds no https URL");
    }
    return url.substr(mark + 3);
  }

  Place take_authority(std::string_view authority, Origin& origin) const {
    if (authority.find('@') != std::string_view::npos) {
      fail("holds a URL with a user name");
    }
    std::string_view host = authority;
    std::string_view tail;
    const bool bracketed = authority.starts_with('[');
    if (bracketed) {
      const std::size_t end = authority.find(']');
      if (end == std::string_view::npos) {
        fail("holds a URL without a usable host");
      }
      host = authority.substr(1, end - 1);
      tail = authority.substr(end + 1);
    } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
      host = authority.substr(0, colon);
      tail = authority.substr(colon);
    }
    origin.host = lower(host);
    const Place place = bracketed ? place_of_ipv6(origin.host) : place_of_name(origin.host);
    if (place == Place::unusable) {
      fail("holds a URL without a usable host");
    }
    if (!tail.empty()) {
      const auto port = tail.front() == ':' ? parse_port(tail.substr(1)) : std::nullopt;
      if (!port) {
        fail("holds a URL with a bad port");
      }
      origin.port = *port;
    }
    return place;
  }

  std::string_view variable_;
  Scheme scheme_;
};

} // namespace

std::string
Endpoint::target(const std::vector<std::pair<std::string_view, std::string_view>>& more) const {
  std::string all = query;
  for (const auto& [name, value] : more) {
    all += fmt::format(
        "{}{}={}", all.empty() || all.ends_with('&') ? "" : "&", name, percent_encode(value));
  }
  return all.empty() ? path : fmt::format("{}?{}", path, all);
}

Endpoint parse_endpoint(std::string_view variable, std::string_view url, Scheme scheme) {
  return Parser(variable, scheme).parse(url);
}

} // namespace kvrun::azure
