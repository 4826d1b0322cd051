// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace kvrun::azure {

// What a handshake showed, whether or not the certificate was accepted. The names are the peer's
// text: whoever prints them makes them safe.
struct TlsFacts {
  std::string version;               // "TLSv1.3"
  std::string subject;               // of the certificate
  std::string issuer;                // of the certificate
  std::string root;                  // that the chain ends in; "" when it was refused
  std::optional<std::int64_t> until; // Unix seconds
};

// What is known of the way to a host, for `doctor`.
struct ConnectionFacts {
  std::string dial_host; // what is looked up: the host, the proxy's, or --connect-to's
  std::uint16_t dial_port = 0;
  bool redirected = false; // by --connect-to
  std::string proxy;       // "127.0.0.1:3128 (https_proxy)"; "" for none
  std::string address;     // that took a connection; "" before
  Microseconds tcp_time{0};
  std::optional<Microseconds> tls_time; // nothing before TLS was set up
  TlsFacts tls;
};

} // namespace kvrun::azure
