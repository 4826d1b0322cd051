// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "azure/transport/connection_facts.hpp"
#include "azure/transport/pool.hpp"
#include "azure/transport/proxy.hpp"
#include "azure/transport/trust_store.hpp"
#include "base/log.hpp"
#include "base/trace.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kvrun::azure {

// --connect-to: for hosts reached by TLS, dial there instead; everything else keeps the real name.
struct ConnectTo {
  std::string host;       // "" for every vault
  std::uint16_t port = 0; // 0 for every port
  std::string address;
  std::uint16_t address_port = 0; // 0 for the same one
};

// What goes on at each host, by its authority, or with a program, by its name.
struct Activity {
  unsigned pending = 0;    // requests without an answer yet
  std::string last_answer; // "429", where the last one was no success; "" else
  TimePoint since;         // the first of these requests went out
};
using Activities = std::map<std::string, Activity>;

struct TransportOptions {
  std::vector<ConnectTo> connect_to;
  std::vector<Origin> trusted_hosts; // vaults outside the table, for an empty ConnectTo::host
  TrustedRoots roots;
  ProxySettings proxies;
  unsigned parallel = 1; // connections to one host
  std::string user_agent;
  const Log* log = nullptr;
  Trace* trace = nullptr;
  // Called whenever the loop turns; says when it wants to be called at the latest.
  std::function<std::optional<TimePoint>(TimePoint, const Activities&)> on_turn;
};

// The one transport: every byte to and from a service passes here. One thread and one poll(); only
// name look-ups have threads of their own.
class PocoTransport final : public HttpTransport {
public:
  explicit PocoTransport(TransportOptions options);
  PocoTransport(const PocoTransport&) = delete;
  PocoTransport& operator=(const PocoTransport&) = delete;
  ~PocoTransport() override;

  [[nodiscard]] TimePoint now() const override;
  void prepare(const Origin& origin, unsigned connections) override;
  ExchangeId start(HttpRequest request) override;
  void cancel(ExchangeId id) override;
  std::optional<Completion> next(TimePoint until) override;
  std::optional<Completion> next_of(ExchangeId id, TimePoint until) override;

  // What is known of the way to a host: where it leads before a request, all of it after one.
  [[nodiscard]] ConnectionFacts describe(const Origin& origin) const;

private:
  bool wait_for(TimePoint until, int descriptor, const std::string& program) override;
  // One poll(): returns whether `descriptor` can be read.
  bool turn(TimePoint until, int descriptor);
  Pool& pool_of(const Origin& origin, const Route& route);
  void note_ended(std::size_t from);
  PoolPlan plan(const Origin& origin, const Route& route) const;

  TransportOptions options_;
  ExchangeId last_id_ = 0;
  std::map<std::pair<Origin, Route>, std::unique_ptr<Pool>> pools_;
  std::deque<Completion> completions_;
  Activities activities_;
  std::map<ExchangeId, std::string> hosts_; // of what is under way
};

} // namespace kvrun::azure
