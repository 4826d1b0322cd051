// SPDX-License-Identifier: MIT
#include "azure/transport/poco_transport.hpp"

#include "azure/cloud.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <ctime>
#include <utility>

namespace kvrun::azure {

PocoTransport::PocoTransport(TransportOptions options) : options_(std::move(options)) {}

PocoTransport::~PocoTransport() = default;

TimePoint PocoTransport::now() const {
  return std::chrono::steady_clock::now();
}

PoolPlan PocoTransport::plan(const Origin& origin, const Route& route) const {
  PoolPlan plan;
  plan.origin = origin;
  plan.route = route;
  plan.dial_host = origin.host;
  plan.dial_port = origin.port;
  plan.roots = options_.roots;
  plan.limit = options_.parallel;
  plan.user_agent = options_.user_agent;
  plan.trace = options_.trace;
  if (!origin.tls) {
    return plan; // neither --connect-to nor a proxy is for plain HTTP
  }
  const auto is_vault = [&] {
    return cloud_of_vault(origin.host) != nullptr ||
           std::any_of(options_.trusted_hosts.begin(),
                       options_.trusted_hosts.end(),
                       [&](const Origin& trusted) {
                         return trusted.host == origin.host && trusted.port == origin.port;
                       });
  };
  const auto found = std::find_if(
      options_.connect_to.begin(), options_.connect_to.end(), [&](const ConnectTo& entry) {
        return (entry.host.empty() ? is_vault() : entry.host == origin.host) &&
               (entry.port == 0 || entry.port == origin.port);
      });
  if (found != options_.connect_to.end()) {
    plan.dial_host = found->address.empty() ? origin.host : found->address;
    plan.dial_port = found->address_port == 0 ? origin.port : found->address_port;
    return plan; // the caller named the address to dial: a proxy would dial another one
  }
  if (!route.direct) {
    plan.proxy = options_.proxies.for_host(origin.host, origin.port);
  }
  if (plan.proxy != nullptr) {
    plan.dial_host = plan.proxy->host;
    plan.dial_port = plan.proxy->port;
  }
  return plan;
}

ConnectionFacts PocoTransport::describe(const Origin& origin) const {
  const auto pool = pools_.find({origin, Route()});
  ConnectionFacts facts = pool == pools_.end() ? ConnectionFacts() : pool->second->facts();
  const PoolPlan made = plan(origin, {});
  facts.dial_host = made.dial_host;
  facts.dial_port = made.dial_port;
  facts.proxy = made.proxy != nullptr ? made.proxy->label : std::string();
  facts.redirected =
      made.proxy == nullptr && (made.dial_host != origin.host || made.dial_port != origin.port);
  return facts;
}

Pool& PocoTransport::pool_of(const Origin& origin, const Route& route) {
  auto& pool = pools_[{origin, route}];
  if (!pool) {
    pool = std::make_unique<Pool>(plan(origin, route));
  }
  return *pool;
}

void PocoTransport::prepare(const Origin& origin, unsigned connections) {
  pool_of(origin, {}).expect(connections, now());
}

ExchangeId PocoTransport::start(HttpRequest request) {
  const ExchangeId id = ++last_id_;
  Pool& pool = pool_of(request.origin, request.route);
  const std::string host = request.origin.authority();
  Activity& activity = activities_[host];
  if (activity.pending++ == 0 && activity.last_answer.empty()) {
    activity.since = now();
  }
  hosts_.emplace(id, host);
  pool.start(id, std::move(request), now());
  return id;
}

void PocoTransport::cancel(ExchangeId id) {
  if (const auto host = hosts_.find(id); host != hosts_.end()) {
    --activities_[host->second].pending;
    hosts_.erase(host);
  }
  std::erase_if(completions_, [&](const Completion& one) { return one.id == id; });
  for (auto& [key, pool] : pools_) {
    if (pool->cancel(id)) {
      return;
    }
  }
}

std::optional<Completion> PocoTransport::next(TimePoint until) {
  while (completions_.empty()) {
    if (now() >= until) {
      return std::nullopt;
    }
    turn(until, -1);
  }
  Completion first = std::move(completions_.front());
  completions_.pop_front();
  return first;
}

std::optional<Completion> PocoTransport::next_of(ExchangeId id, TimePoint until) {
  for (;;) {
    const auto found = std::find_if(completions_.begin(),
                                    completions_.end(),
                                    [&](const Completion& one) { return one.id == id; });
    if (found != completions_.end()) {
      Completion one = std::move(*found);
      completions_.erase(found);
      return one;
    }
    if (now() >= until) {
      return std::nullopt;
    }
    turn(until, -1);
  }
}

bool PocoTransport::wait_for(TimePoint until, int descriptor, const std::string& program) {
  Activity* activity = nullptr;
  if (!program.empty()) { // it is waited for again and again: `since` is the first time
    activity = &activities_.try_emplace(program, Activity{0, {}, now()}).first->second;
    activity->pending = 1;
  }
  bool ready = false;
  do {
    ready = turn(until, descriptor);
  } while (!ready && now() < until);
  if (activity != nullptr) {
    activity->pending = 0;
  }
  return ready;
}

// Keeps the activity of the hosts true for completions from that index on.
void PocoTransport::note_ended(std::size_t from) {
  for (std::size_t i = from; i < completions_.size(); ++i) {
    const auto host = hosts_.find(completions_[i].id);
    if (host == hosts_.end()) {
      continue;
    }
    Activity& activity = activities_[host->second];
    --activity.pending;
    if (const auto* response = std::get_if<HttpResponse>(&completions_[i].result)) {
      activity.last_answer =
          response->status < 300 ? std::string() : std::to_string(response->status);
    } else {
      activity.last_answer = std::get<TransportFailure>(completions_[i].result).message;
    }
    hosts_.erase(host);
  }
}

bool PocoTransport::turn(TimePoint until, int descriptor) {
  TimePoint at = now();
  const std::size_t before = completions_.size();
  for (auto& [key, pool] : pools_) {
    pool->step(at, completions_);
  }
  note_ended(before);
  if (options_.on_turn) {
    until = std::min(until, options_.on_turn(at, activities_).value_or(until));
  }
  if (completions_.size() > before && descriptor < 0) {
    return false;
  }
  std::vector<pollfd> descriptors;
  if (descriptor >= 0) {
    descriptors.push_back({descriptor, POLLIN, 0});
  }
  for (auto& [key, pool] : pools_) {
    pool->watch(descriptors);
    until = std::min(until, pool->due().value_or(until));
  }
  const auto wait =
      std::max(std::chrono::nanoseconds::zero(), std::chrono::nanoseconds(until - at));
  const timespec timeout{wait.count() / 1'000'000'000, wait.count() % 1'000'000'000};
  const int ready = ::ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
  at = now();
  const std::size_t known = completions_.size();
  for (auto& [key, pool] : pools_) {
    pool->step(at, completions_);
  }
  note_ended(known);
  return ready > 0 && descriptor >= 0 && descriptors.front().revents != 0;
}

} // namespace kvrun::azure
