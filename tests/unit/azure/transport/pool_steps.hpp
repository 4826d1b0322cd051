// SPDX-License-Identifier: MIT
#pragma once

#include "azure/transport/pool.hpp"
#include "tests/unit/azure/transport/wire.hpp"

#include <poll.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <vector>

// A pool that is taken through time by hand.
namespace kvrun::azure {

// Goes on until that is so, at a time that stands still, and wakes for the event too.
template <typename Condition>
void turn_until(Pool& pool, TimePoint now, const fakes::Event& event, const Condition& so) {
  std::deque<Completion> ended;
  for (pool.step(now, ended); !so(); pool.step(now, ended)) {
    std::vector<pollfd> descriptors{{event.descriptor(), POLLIN, 0}};
    pool.watch(descriptors);
    ASSERT_GT(::poll(descriptors.data(), descriptors.size(), 30'000), 0) << "it never came";
  }
}

inline PoolPlan plan_to(std::uint16_t port) {
  PoolPlan plan;
  plan.origin.host = k_host;
  plan.dial_host = "127.0.0.1";
  plan.dial_port = port;
  plan.limit = 64;
  return plan;
}

inline PoolPlan tls_plan(const fakes::ScriptedServer& server, const fakes::Authority& authority) {
  PoolPlan plan = plan_to(server.port());
  plan.roots.pem = authority.pem();
  return plan;
}

// Without TLS a moment that is given tells the round trip.
inline PoolPlan plain_plan(const fakes::ScriptedServer& server) {
  PoolPlan plan = plan_to(server.port());
  plan.origin = {false, "vm.example", 80};
  return plan;
}

// Requests 1 to `count`; which host they name is nothing to a pool.
inline void
start_all(Pool& pool, std::size_t count, TimePoint now, Milliseconds patience = k_long) {
  for (ExchangeId id = 1; id <= count; ++id) {
    HttpRequest request = Wire::get();
    request.patience = patience;
    pool.start(id, std::move(request), now);
  }
}

inline std::size_t connections_in_use(const Pool& pool) {
  std::vector<pollfd> descriptors;
  pool.watch(descriptors);
  return descriptors.size();
}

// Steps through time, from one moment when something is due to the next, until all are told.
inline std::vector<Completion> wait_it_out(Pool& pool, TimePoint begin, std::size_t requests) {
  std::deque<Completion> ended;
  TimePoint now = begin;
  const TimePoint end = begin + std::chrono::minutes(2);
  for (pool.step(now, ended); ended.size() < requests && now < end; pool.step(now, ended)) {
    now = std::max(now + Microseconds(1), pool.due().value_or(end));
  }
  return {std::make_move_iterator(ended.begin()), std::make_move_iterator(ended.end())};
}

} // namespace kvrun::azure
