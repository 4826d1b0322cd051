// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "azure/transport/connection.hpp"
#include "azure/transport/http_message.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kvrun::azure {

// A request that waits for a connection.
struct Exchange {
  ExchangeId id = 0;
  HttpRequest request;
  TimePoint started;
  bool again = false; // on a second connection, for the first had been closed while idle
};

// One that has a connection: its request is being written, its answer read.
class OpenExchange {
public:
  // `was_idle`: the connection waited before, so the peer may have closed it meanwhile.
  OpenExchange(Exchange exchange, const std::string& user_agent, bool was_idle, TimePoint now);

  // Goes as far as it can. What it came to, once it has ended.
  [[nodiscard]] std::optional<HttpResult> step(Connection& connection, TimePoint now);
  // Whether its connection can serve another one after that result.
  [[nodiscard]] bool leaves_usable(const HttpResult& result) const;
  // Whether that result says nothing about the request, which is then sent once more on a fresh
  // connection (poco.md P9).
  [[nodiscard]] bool may_repeat(const HttpResult& result) const;

  // When it is late, and what is said then.
  [[nodiscard]] TimePoint limit() const;
  [[nodiscard]] TransportFailure late(TimePoint now) const;

  [[nodiscard]] ExchangeId id() const noexcept { return exchange_.id; }
  [[nodiscard]] Exchange release() { return std::move(exchange_); }

private:
  [[nodiscard]] TransportFailure cut_off(Connection::Read how, const Connection& connection) const;

  Exchange exchange_;
  SecretString out_;
  std::size_t sent_ = 0;
  ResponseReader reader_;
  bool was_idle_;
  TimePoint last_progress_;
};

// A peer that said nothing for so long.
[[nodiscard]] TransportFailure
silence(const Origin& origin, Milliseconds limit, std::string_view when);

} // namespace kvrun::azure
