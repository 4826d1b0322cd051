// SPDX-License-Identifier: MIT
#include "azure/transport/pool.hpp"

#include "azure/cloud.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kvrun::azure {

namespace {

// Requests that wait this long for a connection get more of them, however short the round trip
// seemed: the service is slow.
constexpr Milliseconds k_growth{10};
constexpr Milliseconds k_setup_patience{20'000};
// A connection that was idle for longer is asked whether the peer has closed it before it is used.
constexpr Milliseconds k_idle{100};

using Kind = TransportFailure::Kind;

TransportFailure look_up_failure(const PoolPlan& plan, const Resolution& resolution) {
  const std::string name =
      plan.proxy != nullptr ? fmt::format("proxy {}", plan.proxy->label) : plan.dial_host;
  const std::string message =
      fmt::format("{}: the name does not resolve: {}", name, resolution.reason);
  if (resolution.status == Resolution::Status::no_such_name) {
    return {Kind::no_such_host,
            message,
            cloud_of_vault(plan.dial_host) != nullptr
                ? "check the vault name; with a private endpoint, its DNS zone must be linked to "
                  "this network"
                : "check the name and the DNS settings of this host",
            false};
  }
  if (resolution.status == Resolution::Status::no_descriptor) {
    return {Kind::local, message, "raise the limit 'ulimit -n'", false};
  }
  return {Kind::unreachable, message, {}, false};
}

bool has_come_to(Connection::State state, const Connection& connection) {
  return connection.state() >= state && connection.state() != Connection::State::failed;
}

} // namespace

Pool::Pool(PoolPlan plan) : plan_(std::move(plan)), limit_(plan_.limit) {
  if (plan_.origin.tls) {
    tls_ = std::make_unique<TlsContext>(plan_.origin.host, plan_.route, plan_.roots);
  }
}

void Pool::expect(unsigned requests, TimePoint now) {
  expected_ += requests;
  moved_ = now;
  grow(now);
}

void Pool::start(ExchangeId id, HttpRequest request, TimePoint now) {
  if (queue_.empty()) {
    moved_ = now;
  }
  expected_ -= expected_ > 0 ? 1 : 0;
  queue_.push_back({id, std::move(request), now, false});
  grow(now);
}

bool Pool::cancel(ExchangeId id) {
  if (std::erase_if(queue_, [&](const Exchange& one) { return one.id == id; }) > 0) {
    return true;
  }
  return std::erase_if(slots_, [&](const Slot& slot) {
           return slot.exchange && slot.exchange->id() == id;
         }) > 0;
}

std::size_t Pool::demand() const {
  const auto busy = std::count_if(
      slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.exchange.has_value(); });
  return queue_.size() + expected_ + static_cast<std::size_t>(busy);
}

// Connections there may be now. Credentials that a proxy has not accepted go to it once: it may
// count those that are wrong.
std::size_t Pool::most() const {
  const bool untried = plan_.proxy != nullptr && !plan_.proxy->authorization.empty() && !tunnelled_;
  return std::min<std::size_t>(demand(), untried ? 1 : limit_);
}

bool Pool::setting_up() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) {
    return slot.connection->state() < Connection::State::ready;
  });
}

void Pool::look_up(TimePoint now) {
  if (!lookup_) {
    lookup_begun_ = now;
    lookup_.emplace(plan_.dial_host, plan_.dial_port);
    // An address is found at once; whatever else comes of it is step()'s to see.
    lookup_seen_ = lookup_->done() && lookup_->result().status == Resolution::Status::found;
    lookup_begun_ = lookup_seen_ ? TimePoint() : lookup_begun_; // nothing to trace
  }
}

// Since when the first set-up waits for its peer; a proxy's silence says nothing of the vault.
std::optional<TimePoint> Pool::silent_since() const {
  if (slots_.empty() || !setting_up() ||
      slots_.front().connection->state() == Connection::State::tunnelling) {
    return std::nullopt;
  }
  return slots_.front().last_progress;
}

// A new connection is of use after two round trips.
Microseconds Pool::growth_patience() const {
  return k_growth + 2 * size_.round_trip();
}

// As many connections as pay: one first, which tells the round trip.
void Pool::grow(TimePoint now) {
  const std::size_t wanted = most();
  if (wanted == 0) {
    return;
  }
  look_up(now);
  if (!lookup_->done() || lookup_->result().status != Resolution::Status::found) {
    return;
  }
  const auto silence = std::chrono::duration_cast<Microseconds>(now - silent_since().value_or(now));
  std::size_t target = std::min(wanted, std::max(reached_, size_.connections(demand(), silence)));
  if (!queue_.empty() && !slots_.empty() && !setting_up() && now - moved_ >= growth_patience()) {
    target = std::max(target, std::min(wanted, slots_.size() * 2));
    moved_ = now;
  }
  while (slots_.size() < target) {
    open(now);
  }
  reached_ = std::max(reached_, target);
}

void Pool::open(TimePoint now) {
  Slot slot;
  slot.begun = now;
  slot.last_progress = now;
  slot.connection = std::make_unique<Connection>(
      Target{plan_.origin, lookup_->result().addresses, plan_.proxy, tls_.get()}, now);
  slots_.push_back(std::move(slot));
}

void Pool::watch(std::vector<pollfd>& descriptors) const {
  if (lookup_ && !lookup_seen_) { // it may be done since step() looked, and waits to be looked at
    descriptors.push_back({lookup_->descriptor(), POLLIN, 0});
  }
  for (const Slot& slot : slots_) { // one that is idle is looked at when it is used
    if (slot.exchange || slot.connection->state() < Connection::State::ready) {
      slot.connection->watch(descriptors);
    }
  }
}

std::optional<TimePoint> Pool::limit_of(const Slot& slot) const {
  if (slot.exchange) {
    return slot.exchange->limit();
  }
  if (slot.connection->state() < Connection::State::ready) {
    return slot.last_progress +
           (queue_.empty() ? k_setup_patience : queue_.front().request.patience);
  }
  return std::nullopt;
}

std::optional<TimePoint> Pool::due() const {
  std::optional<TimePoint> due;
  const auto earlier = [&](std::optional<TimePoint> other) {
    if (other && (!due || *other < *due)) {
      due = other;
    }
  };
  if (lookup_ && !lookup_seen_ && lookup_->descriptor() < 0) {
    earlier(lookup_begun_); // it failed at once
  }
  for (const Slot& slot : slots_) {
    if (slot.connection->state() == Connection::State::failed) {
      earlier(slot.begun); // at once: step() tells of it
    }
    earlier(slot.connection->due());
    earlier(limit_of(slot));
  }
  for (const Exchange& waiting : queue_) {
    const HttpRequest& request = waiting.request;
    if (request.connect_limit.count() > 0) {
      earlier(waiting.started + request.connect_limit);
    }
    if (request.limit.count() > 0) {
      earlier(waiting.started + request.limit);
    }
  }
  if (!slots_.empty() && slots_.size() < most()) {
    const auto patience = size_.patience(slots_.size(), demand());
    if (!setting_up()) {
      earlier(queue_.empty() ? std::nullopt : std::optional(moved_ + growth_patience()));
    } else if (const auto since = silent_since(); since && patience) {
      earlier(*since + *patience);
    }
  }
  return due;
}

void Pool::step(TimePoint now, std::deque<Completion>& ended) {
  lookup_seen_ = lookup_ && lookup_->done();
  if (lookup_seen_ && lookup_->result().status != Resolution::Status::found) {
    const TransportFailure failure = look_up_failure(plan_, lookup_->result());
    lookup_.reset(); // a later request asks again
    expected_ = 0;
    fail_queue(failure, ended);
  } else if (lookup_seen_ && slots_.empty() && plan_.trace != nullptr &&
             lookup_begun_ != TimePoint()) {
    plan_.trace->add(fmt::format("resolve {}", plan_.dial_host), lookup_begun_, now);
    lookup_begun_ = TimePoint();
  }
  for (Slot& slot : slots_) {
    step_slot(slot, now, ended);
    serve(slot, now, ended); // before the next one's handshake is computed
  }
  slots_.remove_if([](const Slot& slot) { return slot.gone; });
  drop_failed(ended);
  check_limits(now, ended);
  for (Slot& slot : slots_) { // what a slot gave back
    serve(slot, now, ended);
  }
  slots_.remove_if([](const Slot& slot) { return slot.gone; });
  grow(now);
}

void Pool::note_facts(const Connection& connection) {
  if (!connection.peer().empty()) {
    facts_.address = connection.peer();
    facts_.tcp_time = connection.tcp_time();
  }
  if (connection.state() == Connection::State::ready && tls_) {
    facts_.tls_time = connection.tls_time();
  }
}

ConnectionFacts Pool::facts() const {
  ConnectionFacts facts = facts_;
  if (tls_) {
    facts.tls = tls_->facts();
  }
  return facts;
}

// What failed while it was set up: others may do, as many as there are. If none is left its reason
// is everyone's; so it is where it was refused, and none has come farther. Returns the next slot.
Pool::Slots::iterator
Pool::lose(Slots::iterator slot, const TransportFailure& failure, std::deque<Completion>& ended) {
  const auto next = slots_.erase(slot);
  const auto farther =
      failure.kind == Kind::proxy ? Connection::State::handshaking : Connection::State::ready;
  const bool refused = !failure.retryable() && failure.kind != Kind::local;
  if (refused && std::none_of(slots_.begin(), slots_.end(), [&](const Slot& other) {
        return has_come_to(farther, *other.connection);
      })) {
    slots_.clear();
  }
  reached_ = std::min(reached_, slots_.size());
  if (!slots_.empty()) {
    limit_ = static_cast<unsigned>(slots_.size());
    return next;
  }
  limit_ = plan_.limit;
  lookup_.reset();
  expected_ = 0;
  fail_queue(failure, ended);
  return slots_.end();
}

void Pool::drop_failed(std::deque<Completion>& ended) {
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    if (slot->connection->state() != Connection::State::failed) {
      ++slot;
      continue;
    }
    const TransportFailure failure = slot->connection->failure();
    note_facts(*slot->connection);
    slot = lose(slot, failure, ended);
  }
}

void Pool::step_slot(Slot& slot, TimePoint now, std::deque<Completion>& ended) {
  Connection& connection = *slot.connection;
  if (connection.state() < Connection::State::ready) {
    connection.step(now);
    if (connection.state() != slot.seen) {
      slot.last_progress = now;
      tunnelled_ = tunnelled_ || has_come_to(Connection::State::handshaking, connection);
      note_facts(connection);
      size_.measure(connection.tcp_time(),
                    connection.tls_time(),
                    connection.state() == Connection::State::ready);
      if (plan_.trace != nullptr && slot.seen == Connection::State::dialing &&
          connection.state() != Connection::State::failed) {
        plan_.trace->add(fmt::format("connect {}", plan_.origin.authority()), slot.begun, now);
      }
      if (plan_.trace != nullptr && connection.state() == Connection::State::ready && tls_) {
        plan_.trace->add(
            fmt::format("tls {}", plan_.origin.authority()), now - connection.tls_time(), now);
      }
      slot.seen = connection.state();
    }
    return;
  }
  if (slot.exchange) {
    step_exchange(slot, now, ended);
  } else {
    slot.was_idle = true;
  }
}

void Pool::step_exchange(Slot& slot, TimePoint now, std::deque<Completion>& ended) {
  std::optional<HttpResult> result = slot.exchange->step(*slot.connection, now);
  if (!result) {
    return;
  }
  if (slot.exchange->may_repeat(*result)) {
    queue_.push_front(slot.exchange->release());
    queue_.front().again = true;
    slot.gone = true;
  } else {
    slot.gone = !slot.exchange->leaves_usable(*result);
    if (std::holds_alternative<HttpResponse>(*result)) { // what was lost may be tried again
      limit_ = std::min(limit_ * 2, plan_.limit);
    }
    ended.push_back({slot.exchange->id(), std::move(*result)});
    moved_ = now;
  }
  slot.exchange.reset();
  slot.was_idle = true;
  slot.last_progress = now;
}

void Pool::fail_queue(const TransportFailure& failure, std::deque<Completion>& ended) {
  for (const Exchange& waiting : queue_) {
    ended.push_back({waiting.id, failure});
  }
  queue_.clear();
}

void Pool::check_limits(TimePoint now, std::deque<Completion>& ended) {
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    const auto limit = limit_of(*slot);
    if (!limit || now < *limit) {
      ++slot;
      continue;
    }
    if (slot->exchange) {
      ended.push_back({slot->exchange->id(), slot->exchange->late(now)});
      slot = slots_.erase(slot);
      continue;
    }
    const Milliseconds patience =
        queue_.empty() ? k_setup_patience : queue_.front().request.patience;
    const bool connected = slot->connection->state() == Connection::State::handshaking;
    TransportFailure failure =
        silence(plan_.origin, patience, connected ? "in the TLS handshake" : "while connecting");
    failure.connected = connected;
    slot = lose(slot, failure, ended);
  }
  std::erase_if(queue_, [&](const Exchange& waiting) {
    const HttpRequest& request = waiting.request;
    const Milliseconds limit =
        request.connect_limit.count() > 0 ? request.connect_limit : request.limit;
    if (limit.count() == 0 || now < waiting.started + limit) {
      return false;
    }
    ended.push_back({waiting.id,
                     TransportFailure{Kind::unreachable,
                                      fmt::format("{}: no connection within {}",
                                                  plan_.origin.authority(),
                                                  in_seconds(limit)),
                                      {},
                                      false}});
    return true;
  });
}

void Pool::serve(Slot& slot, TimePoint now, std::deque<Completion>& ended) {
  if (queue_.empty() || slot.gone || slot.exchange ||
      slot.connection->state() != Connection::State::ready) {
    return;
  }
  if (slot.was_idle && queue_.front().again) { // only on one that cannot be stale
    slot.gone = true;
    return;
  }
  if (slot.was_idle && now - slot.last_progress > k_idle && slot.connection->stale()) {
    slot.gone = true;
    return;
  }
  slot.exchange.emplace(std::move(queue_.front()), plan_.user_agent, slot.was_idle, now);
  queue_.pop_front();
  step_exchange(slot, now, ended);
}

} // namespace kvrun::azure
