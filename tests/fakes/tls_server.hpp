// SPDX-License-Identifier: MIT
#pragma once

#include "base/unique_fd.hpp"
#include "tests/fakes/certificates.hpp"

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace kvrun::fakes {

// Something that one thread says and others wait for.
class Event {
public:
  Event();
  void set() const;
  [[nodiscard]] bool is_set() const;
  [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }

private:
  UniqueFd fd_;
};

struct TlsSettings {
  std::optional<KeyedCertificate> identity; // none: plain TCP only
  int most_version = TLS1_3_VERSION;
  std::string ciphers; // of TLS 1.2 and older; "" for OpenSSL's own
};

class ScriptedServer;

// One connection as its script sees it. Every wait ends when the peer hangs up or the server stops.
class Peer {
public:
  Peer(ScriptedServer& server, UniqueFd fd, std::size_t number);

  // TLS from here on; false when it came to nothing.
  bool shake_hands();
  // The server name that the client sent; "" for none.
  [[nodiscard]] std::string server_name() const;

  // The next request: its head, and the body that it announces; "" when the peer hung up.
  std::string read_request();
  // Up to the blank line, byte by byte, before TLS.
  std::string read_head();
  void send(std::string_view bytes);
  // As they lie on the wire, whatever TLS there is.
  void send_raw(std::string_view bytes);
  // A byte at a time, until all are sent or the peer hangs up.
  void drip(std::string_view bytes);

  void wait_for(const Event& event);
  void wait_for_hangup();
  // close_notify, then FIN.
  void close();
  // FIN without close_notify.
  void cut();
  void reset();

  // The connection's number, from 0.
  [[nodiscard]] std::size_t number() const noexcept { return number_; }

private:
  bool wait(int fd, short events) const;
  // Appends what comes; false when nothing more will.
  bool read_more();

  ScriptedServer& server_;
  UniqueFd fd_;
  std::size_t number_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, SSL_free};
  std::string buffer_;
};

// A server on loopback that does to each connection what its script says: the n-th connection has
// the n-th script, further ones the last. Each runs on a thread of its own.
class ScriptedServer {
public:
  using Script = std::function<void(Peer&)>;
  ScriptedServer(TlsSettings settings, std::vector<Script> scripts);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // How many were accepted.
  [[nodiscard]] std::size_t connections() const;
  // Every request that was read, in order.
  [[nodiscard]] std::vector<std::string> requests() const;

private:
  friend class Peer;
  void accept_all();
  void note_request(std::string request);

  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{nullptr, SSL_CTX_free};
  std::vector<Script> scripts_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  Event stop_;
  mutable std::mutex mutex_;
  std::size_t accepted_ = 0;
  std::vector<std::string> requests_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// A port of loopback on which nobody listens.
[[nodiscard]] std::uint16_t closed_port();

// An address that takes no connection and refuses none: its queue is full, so that a SYN stays
// without an answer.
class SilentAddress {
public:
  SilentAddress();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
  std::uint16_t port_ = 0; // before what fills it in
  UniqueFd listener_;
  std::vector<UniqueFd> waiting_;
};

// "HTTP/1.1 200 OK" with its length.
[[nodiscard]] std::string answer(std::string_view body, std::string_view headers = "");

} // namespace kvrun::fakes
