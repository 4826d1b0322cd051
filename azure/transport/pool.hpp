// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "azure/transport/connection.hpp"
#include "azure/transport/connection_facts.hpp"
#include "azure/transport/exchange.hpp"
#include "azure/transport/pool_size.hpp"
#include "azure/transport/proxy.hpp"
#include "azure/transport/resolver.hpp"
#include "azure/transport/tls_context.hpp"
#include "base/trace.hpp"

#include <poll.h>

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace kvrun::azure {

// How the connections of a pool are made, decided once by the transport.
struct PoolPlan {
  Origin origin;
  Route route;
  std::string dial_host; // what is looked up: the host, the proxy's, or --connect-to's
  std::uint16_t dial_port = 0;
  const Proxy* proxy = nullptr;
  TrustedRoots roots;
  unsigned limit = 1; // connections
  std::string user_agent;
  Trace* trace = nullptr;
};

// The connections to one host, kept alive and shared by the requests to it.
class Pool {
public:
  explicit Pool(PoolPlan plan);

  // So many requests are about to come: set up what they will need.
  void expect(unsigned requests, TimePoint now);
  void start(ExchangeId id, HttpRequest request, TimePoint now);
  bool cancel(ExchangeId id);

  void watch(std::vector<pollfd>& descriptors) const;
  [[nodiscard]] std::optional<TimePoint> due() const;
  // Of the last connection that came so far.
  [[nodiscard]] ConnectionFacts facts() const;
  // Goes as far as it can; what ended is appended.
  void step(TimePoint now, std::deque<Completion>& ended);

private:
  struct Slot {
    std::unique_ptr<Connection> connection;
    TimePoint last_progress; // of its set-up, or when it was last used
    TimePoint begun;
    Connection::State seen = Connection::State::dialing;
    bool gone = false;     // no further use
    bool was_idle = false; // before its exchange: the peer may have closed it meanwhile
    std::optional<OpenExchange> exchange;
  };
  using Slots = std::list<Slot>;

  void look_up(TimePoint now);
  void grow(TimePoint now);
  void open(TimePoint now);
  void note_facts(const Connection& connection);
  Slots::iterator
  lose(Slots::iterator slot, const TransportFailure& failure, std::deque<Completion>& ended);
  void drop_failed(std::deque<Completion>& ended);
  void step_slot(Slot& slot, TimePoint now, std::deque<Completion>& ended);
  void serve(Slot& slot, TimePoint now, std::deque<Completion>& ended);
  void step_exchange(Slot& slot, TimePoint now, std::deque<Completion>& ended);
  void fail_queue(const TransportFailure& failure, std::deque<Completion>& ended);
  void check_limits(TimePoint now, std::deque<Completion>& ended);
  [[nodiscard]] std::optional<TimePoint> limit_of(const Slot& slot) const;
  [[nodiscard]] std::size_t demand() const;
  [[nodiscard]] std::size_t most() const;
  [[nodiscard]] bool setting_up() const;
  [[nodiscard]] Microseconds growth_patience() const;
  [[nodiscard]] std::optional<TimePoint> silent_since() const;

  PoolPlan plan_;
  std::unique_ptr<TlsContext> tls_;
  ConnectionFacts facts_;
  std::optional<Lookup> lookup_;
  TimePoint lookup_begun_;
  bool lookup_seen_ = false; // step() knows that it is done
  Slots slots_;
  std::deque<Exchange> queue_;
  unsigned expected_ = 0;
  unsigned limit_;
  std::size_t reached_ = 0; // connections at once: those that the peer closes are replaced
  bool tunnelled_ = false;  // the proxy, if there is one, has let a connection through
  PoolSize size_;
  TimePoint moved_; // when an exchange last ended or the pool last grew
};

} // namespace kvrun::azure
