// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/secret_string.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kvrun::azure {

// Where a request goes. The host is what `Host`, SNI and the certificate are about, whatever
// address is dialled.
struct Origin {
  bool tls = true;
  std::string host; // lower case; an IPv6 address without brackets
  std::uint16_t port = 443;

  // clang-tidy 14 takes the comparison with 0 in it for a null pointer.
  friend auto operator<=>(const Origin&, const Origin&) = default; // NOLINT(modernize-use-nullptr)
  // "kv1.vault.azure.net", "localhost:8443": the port where it is not the scheme's own.
  [[nodiscard]] std::string authority() const;
};

struct Header {
  std::string name;
  SecretString value;
};

// How a connection is made, where it is not the usual one.
struct Route {
  // Managed-identity endpoints are never reached through a proxy (design.md §5).
  bool direct = false;
  // Trust exactly the certificate with this SHA-1 (lower-case hex), whatever its issuer and names:
  // Service Fabric.
  std::string pinned_sha1;
  // Trust only these roots (PEM), and verify this name: the AKS token proxy. Empty: the usual ones.
  std::string only_roots;
  std::string tls_name;

  friend auto operator<=>(const Route&, const Route&) = default; // NOLINT(modernize-use-nullptr)
};

struct HttpRequest {
  std::string method = "GET";
  Origin origin;
  Route route;
  std::string target;          // path and query, as sent
  std::vector<Header> headers; // besides Host, User-Agent, Accept, Content-Length, Connection
  SecretString body;
  // One attempt to connect takes no longer (identity.md §1.3); 0: the transport's own limit.
  Milliseconds connect_limit{0};
  // The whole exchange takes no longer; 0: only silence is limited.
  Milliseconds limit{0};
  // Silence of this length, at any point from the connection to the last byte, ends the try.
  Milliseconds patience{20'000};
};

struct HttpResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers; // names in lower case
  SecretString body;                                        // at most 1 MiB
  // What no message may repeat of it: redaction.hpp.
  std::vector<SecretString> sent{};

  // The first header of that (lower-case) name; "" when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> all_headers(std::string_view name) const;
};

// No answer came. The message says what was tried and why it failed, with host, address and port;
// no secret.
struct TransportFailure {
  enum class Kind {
    unreachable, // refused, reset, no route, silent, cut short: a later try may succeed
    no_such_host,
    certificate, // not verified: nothing was sent
    tls,         // an alert, or no TLS at all
    protocol,    // no HTTP, or over its bound
    proxy,       // the proxy refused
    local,       // lack of descriptors or memory
  };
  Kind kind = Kind::unreachable;
  std::string message;
  std::string hint;
  bool refused_connection = false; // an RST to the SYN: nobody listens there
  bool connected = false;          // the peer took a connection: somebody listens there

  [[nodiscard]] bool retryable() const noexcept { return kind == Kind::unreachable; }
  // As an Error: unreachable is `unavailable`, local is `usage`, the others are `refused` (rules
  // A3).
  [[nodiscard]] Error error() const;
};

using HttpResult = std::variant<HttpResponse, TransportFailure>;
using ExchangeId = std::uint64_t;

struct Completion {
  ExchangeId id = 0;
  HttpResult result;
};

// Sends requests and waits for answers. One thread: whatever was started goes on while anything is
// waited for. It follows no redirect and retries nothing, but for one GET on a connection that the
// peer had closed while idle.
class HttpTransport {
public:
  HttpTransport() = default;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;
  virtual ~HttpTransport() = default;

  [[nodiscard]] virtual TimePoint now() const = 0;

  // Sets up TCP and TLS for requests to come, at most `connections` of them. Never fails: the
  // request will.
  virtual void prepare(const Origin& origin, unsigned connections) = 0;

  virtual ExchangeId start(HttpRequest request) = 0;
  // An exchange that was started and is not wanted any more.
  virtual void cancel(ExchangeId id) = 0;

  // The next exchange to end, or nothing when `until` comes first.
  virtual std::optional<Completion> next(TimePoint until) = 0;
  // This exchange, or nothing when `until` comes first; others that end meanwhile are kept for
  // next().
  virtual std::optional<Completion> next_of(ExchangeId id, TimePoint until) = 0;
  // Lets everything go on until `until`, or until the descriptor can be read (-1: none), which is
  // of that program. Returns whether it can be read.
  bool wait(TimePoint until, int descriptor, const std::string& program = {}) {
    return wait_for(until, descriptor, program);
  }

  // Starts and waits. A deadline that passes is TransportFailure::unreachable that says so.
  HttpResult send(HttpRequest request, const Deadline& deadline);

private:
  virtual bool wait_for(TimePoint until, int descriptor, const std::string& program) = 0;
};

} // namespace kvrun::azure
