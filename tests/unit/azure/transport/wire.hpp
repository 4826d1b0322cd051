// SPDX-License-Identifier: MIT
#pragma once

#include "azure/transport/poco_transport.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/fakes/expectations.hpp"
#include "tests/fakes/tls_server.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::azure {

inline constexpr std::string_view k_host = "kv1.vault.azure.net";
// Far more than anything on loopback takes, and what a broken test costs.
inline constexpr std::chrono::seconds k_long{30};
// Where silence itself is tested.
inline constexpr Milliseconds k_short{300};

// A transport whose vaults are a scripted server, over real sockets.
class Wire {
public:
  explicit Wire(std::vector<fakes::ScriptedServer::Script> scripts)
      : Wire(std::move(scripts), fakes::TlsSettings()) {}
  Wire(std::vector<fakes::ScriptedServer::Script> scripts, fakes::TlsSettings tls)
      : server(with_identity(std::move(tls), authority), std::move(scripts)) {
    options.roots.pem = authority.pem();
    options.user_agent = "kvrun/test";
    options.parallel = 16;
    options.connect_to = {{"", 0, "127.0.0.1", server.port()}};
  }

  PocoTransport& transport() {
    if (!transport_) {
      transport_ = std::make_unique<PocoTransport>(std::move(options));
    }
    return *transport_;
  }
  [[nodiscard]] static HttpRequest get(std::string target = "/secrets/a",
                                       std::string_view host = k_host) {
    HttpRequest request;
    request.origin.host = host;
    request.target = std::move(target);
    request.headers.push_back({"Authorization", SecretString("Bearer t0ken")});
    return request;
  }
  HttpResult fetch(HttpRequest request = get()) {
    PocoTransport& wire = transport();
    return wire.send(std::move(request), Deadline::after(wire.now(), k_long));
  }
  // So many requests at once, and what comes of each.
  std::vector<HttpResult> fetch_all(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      transport().start(get());
    }
    return results(count);
  }
  // Of requests that were started.
  std::vector<HttpResult> results(std::size_t count) {
    std::vector<HttpResult> all;
    while (all.size() < count) {
      auto done = transport().next(transport().now() + k_long);
      if (!done) {
        ADD_FAILURE() << all.size() << " of " << count << " came";
        break;
      }
      all.push_back(std::move(done->result));
    }
    return all;
  }
  // The answer's body; a failure's message fails the test.
  std::string body(HttpRequest request = get()) {
    const HttpResult result = fetch(std::move(request));
    if (const auto* failure = std::get_if<TransportFailure>(&result)) {
      ADD_FAILURE() << failure->message;
      return {};
    }
    return std::string(std::get<HttpResponse>(result).body.reveal());
  }
  TransportFailure failure(HttpRequest request = get()) {
    const HttpResult result = fetch(std::move(request));
    if (const auto* failure = std::get_if<TransportFailure>(&result)) {
      return *failure;
    }
    ADD_FAILURE() << "there was an answer";
    return {};
  }
  // Lets everything go on until that is so; fails the test when it never is.
  template <typename Condition> void turn_until(const Condition& so) {
    PocoTransport& wire = transport();
    const TimePoint end = wire.now() + k_long;
    while (!so()) {
      ASSERT_LT(wire.now(), end) << "it never came";
      wire.wait(wire.now() + Milliseconds(5), -1);
    }
  }
  [[nodiscard]] std::size_t requests() const { return server.requests().size(); }

  fakes::Authority authority;
  TransportOptions options; // until the first use of transport()
  fakes::ScriptedServer server;

private:
  static fakes::TlsSettings with_identity(fakes::TlsSettings tls,
                                          const fakes::Authority& authority) {
    if (!tls.identity) {
      tls.identity = authority.issue("DNS:*.vault.azure.net");
    }
    return tls;
  }
  std::unique_ptr<PocoTransport> transport_;
};

inline void stays(fakes::Peer& peer) {
  peer.wait_for_hangup();
}

// Answers every request of its connection with that.
inline fakes::ScriptedServer::Script answers(std::string bytes) {
  return [bytes = std::move(bytes)](fakes::Peer& peer) {
    if (peer.shake_hands()) {
      while (!peer.read_request().empty()) {
        peer.send(bytes);
      }
    }
  };
}

// Reads one request and answers it with those bytes, then ends the connection.
inline fakes::ScriptedServer::Script answers_once(std::string bytes) {
  return [bytes = std::move(bytes)](fakes::Peer& peer) {
    if (peer.shake_hands() && !peer.read_request().empty()) {
      peer.send(bytes);
      peer.close();
    }
  };
}

using fakes::expect_holds;
using fakes::expect_lacks;

} // namespace kvrun::azure
