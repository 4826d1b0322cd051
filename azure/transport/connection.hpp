// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "azure/transport/http_message.hpp"
#include "azure/transport/proxy.hpp"
#include "azure/transport/resolver.hpp"
#include "azure/transport/tls_context.hpp"

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::azure {

// What a connection is made to.
struct Target {
  Origin origin;
  std::vector<Address> addresses; // of the proxy, where there is one
  const Proxy* proxy = nullptr;
  TlsContext* tls = nullptr; // null for plain HTTP
};

// One connection: TCP to the first address that answers, CONNECT where there is a proxy, TLS. It
// never blocks: step() goes as far as it can and watch() says what it waits for. Poco's sockets
// stop at connection.cpp.
class Connection {
public:
  Connection(Target target, TimePoint now);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  enum class State { dialing, tunnelling, handshaking, ready, failed };
  [[nodiscard]] State state() const noexcept { return state_; }
  // Once failed.
  [[nodiscard]] const TransportFailure& failure() const noexcept { return failure_; }

  // Adds the descriptors it waits for.
  void watch(std::vector<pollfd>& descriptors) const;
  // When it wants to be stepped even if nothing happens.
  [[nodiscard]] std::optional<TimePoint> due() const;
  // Sets up further; after it the state tells.
  void step(TimePoint now);

  // Once ready: as many bytes as go at once. A failure sets the state.
  std::size_t write(std::string_view bytes);
  enum class Read { some, nothing_yet, closed, failed };
  // Hands what there is to the reader. Throws its MessageError.
  Read read(ResponseReader& reader);
  // Once ready and idle: whether the peer has closed it or sent something unasked.
  [[nodiscard]] bool stale();

  // How long TCP and TLS took: the round trip is in both.
  [[nodiscard]] Microseconds tcp_time() const noexcept { return tcp_time_; }
  [[nodiscard]] Microseconds tls_time() const noexcept { return tls_time_; }
  // "TLSv1.3", the address: for `-v` and `doctor`.
  [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

private:
  struct Sockets;
  void dial_next(TimePoint now);
  void dial(TimePoint now);
  void connected(TimePoint now);
  void tunnel(TimePoint now);
  void begin_tls(TimePoint now);
  void shake_hands(TimePoint now);
  void fail(TransportFailure::Kind kind, std::string message, std::string hint = {});
  template <typename Step> void guard(Step step);

  Target target_;
  State state_ = State::dialing;
  TransportFailure failure_;
  std::unique_ptr<Sockets> sockets_;
  std::size_t next_address_ = 0;
  std::vector<std::string> tried_; // addresses that failed, and why
  TimePoint begun_;
  TimePoint next_dial_;
  TimePoint tls_begun_;
  Microseconds tcp_time_{0};
  Microseconds tls_time_{0};
  std::string peer_;
  SecretString tunnel_out_;
  std::size_t tunnel_sent_ = 0;
  std::optional<ResponseReader> tunnel_in_;
  bool wants_write_ = false;
};

} // namespace kvrun::azure
