// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"

#include <fmt/format.h>

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::azure {

// What a FakeTransport does with one request.
struct FakeReply {
  int status = 200; // 0: no answer, but `failure`
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers; // names in lower case
  Milliseconds after{0};                                    // how long the exchange takes
  std::optional<TransportFailure> failure;
  bool silent = false; // never ends

  static FakeReply refused_connection() {
    return failed(TransportFailure::Kind::unreachable, "connection refused", true);
  }
  static FakeReply
  failed(TransportFailure::Kind kind, std::string message, bool refused_connection = false) {
    FakeReply reply;
    reply.failure = TransportFailure{kind, std::move(message), {}, refused_connection};
    return reply;
  }
  static FakeReply broken_connection(std::string message) {
    FakeReply reply = failed(TransportFailure::Kind::unreachable, std::move(message));
    reply.failure->connected = true;
    return reply;
  }
  static FakeReply silence() {
    FakeReply reply;
    reply.silent = true;
    return reply;
  }
};

// A request as a FakeTransport saw it.
struct SeenRequest {
  ExchangeId id = 0;
  TimePoint at;
  std::string method;
  std::string url; // "https://kv1.vault.azure.net/secrets/a?api-version=7.4"
  Origin origin;
  Route route;
  std::string target;
  std::map<std::string, std::string> headers; // names as sent
  std::string body;
  Milliseconds connect_limit{0};
  Milliseconds limit{0};
  Milliseconds patience{0};

  [[nodiscard]] std::string path() const { return target.substr(0, target.find('?')); }
  [[nodiscard]] std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
  }
  // The pairs of the query, decoded; a repeated name throws.
  [[nodiscard]] std::map<std::string, std::string> query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? decltype(query()){} : pairs(target.substr(mark + 1));
  }
  [[nodiscard]] std::map<std::string, std::string> form() const { return pairs(body); }

private:
  static std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '%') {
        out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        out += text[i] == '+' ? ' ' : text[i];
      }
    }
    return out;
  }
  static std::map<std::string, std::string> pairs(std::string_view text) {
    std::map<std::string, std::string> found;
    while (!text.empty()) {
      const std::string_view pair = text.substr(0, text.find('&'));
      text.remove_prefix(std::min(text.size(), pair.size() + 1));
      const auto equals = pair.find('=');
      if (!found
               .emplace(decoded(pair.substr(0, equals)),
                        equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1)))
               .second) {
        throw std::logic_error(fmt::format("'{}' is given twice", pair.substr(0, equals)));
      }
    }
    return found;
  }
};

// Answers from a script, in virtual time: nothing sleeps, and now() moves only when something is
// waited for. A request that no script is for throws std::logic_error.
class FakeTransport final : public HttpTransport {
public:
  using Responder = std::function<FakeReply(const SeenRequest& request)>;

  // The next request whose "METHOD url" holds `where` ("" is any), once; in the order given.
  void reply(std::string_view where, FakeReply reply) {
    script_.push_back({std::string(where), std::move(reply)});
  }
  void reply(int status,
             std::string_view body,
             std::vector<std::pair<std::string, std::string>> headers = {}) {
    reply("", FakeReply{status, std::string(body), std::move(headers), {}, {}, false});
  }
  // Every such request for which nothing is left in the script; the one given last wins.
  void always(std::string_view where, FakeReply reply) {
    always(where, [reply = std::move(reply)](const SeenRequest&) { return reply; });
  }
  void always(std::string_view where, Responder responder) {
    responders_.insert(responders_.begin(), {std::string(where), std::move(responder)});
  }

  [[nodiscard]] TimePoint now() const override { return now_; }
  void advance(Milliseconds by) { now_ += by; }

  void prepare(const Origin& origin, unsigned connections) override {
    prepared.emplace_back(origin, connections);
  }

  ExchangeId start(HttpRequest request) override {
    SeenRequest& saw = seen.emplace_back(record(request));
    saw.id = ++last_id_;
    const FakeReply reply = choose(saw);
    const TimePoint due = reply.silent ? TimePoint::max() : now_ + reply.after;
    pending_.push_back({saw.id, due, reply});
    return last_id_;
  }

  void cancel(ExchangeId id) override {
    cancelled.push_back(id);
    std::erase_if(pending_, [&](const Pending& one) { return one.id == id; });
  }

  std::optional<Completion> next(TimePoint until) override {
    return take(until, [](const Pending&) { return true; });
  }
  std::optional<Completion> next_of(ExchangeId id, TimePoint until) override {
    return take(until, [&](const Pending& one) { return one.id == id; });
  }

  bool wait_for(TimePoint until, int descriptor, const std::string& /*program*/) override {
    waits.push_back(std::chrono::duration_cast<Milliseconds>(until - now_));
    // A child process is real, and so is what it takes; a descriptor that stays silent for long is
    // taken to be silent until `until`.
    pollfd ready{descriptor, POLLIN, 0};
    if (descriptor >= 0 && ::poll(&ready, 1, static_cast<int>(patience.count())) > 0) {
      return true;
    }
    move_to(until);
    return false;
  }

  std::vector<SeenRequest> seen;
  std::vector<ExchangeId> cancelled;
  std::vector<std::pair<Origin, unsigned>> prepared;
  std::vector<Milliseconds> waits; // how long each wait() was allowed to take
  Milliseconds patience{10000};    // real time that wait() gives a descriptor

private:
  struct Scripted {
    std::string where;
    FakeReply reply;
  };
  struct Pending {
    ExchangeId id;
    TimePoint due;
    FakeReply reply;
  };

  static SeenRequest record(const HttpRequest& request) {
    SeenRequest saw;
    saw.method = request.method;
    saw.url = fmt::format("{}://{}{}",
                          request.origin.tls ? "https" : "http",
                          request.origin.authority(),
                          request.target);
    saw.origin = request.origin;
    saw.route = request.route;
    saw.target = request.target;
    for (const Header& header : request.headers) {
      if (!saw.headers.emplace(header.name, header.value.reveal()).second) {
        throw std::logic_error(fmt::format("header '{}' is given twice", header.name));
      }
    }
    saw.body = request.body.reveal();
    saw.connect_limit = request.connect_limit;
    saw.limit = request.limit;
    saw.patience = request.patience;
    return saw;
  }

  FakeReply choose(SeenRequest& saw) {
    saw.at = now_;
    const std::string line = fmt::format("{} {}", saw.method, saw.url);
    const auto fits = [&](const auto& one) { return line.find(one.where) != std::string::npos; };
    if (const auto next = std::find_if(script_.begin(), script_.end(), fits);
        next != script_.end()) {
      FakeReply reply = std::move(next->reply);
      script_.erase(next);
      return reply;
    }
    const auto responder = std::find_if(responders_.begin(), responders_.end(), fits);
    if (responder == responders_.end()) {
      throw std::logic_error("nothing is scripted for " + line);
    }
    return responder->respond(saw);
  }

  void move_to(TimePoint moment) {
    if (moment == TimePoint::max()) {
      throw std::logic_error("waits for ever");
    }
    now_ = std::max(now_, moment);
  }

  template <typename Wanted> std::optional<Completion> take(TimePoint until, const Wanted& wanted) {
    auto first = pending_.end();
    for (auto one = pending_.begin(); one != pending_.end(); ++one) {
      if (wanted(*one) && one->due != TimePoint::max() &&
          (first == pending_.end() || one->due < first->due)) {
        first = one;
      }
    }
    if (first == pending_.end() || first->due > until) {
      move_to(until);
      return std::nullopt;
    }
    move_to(first->due);
    Completion done{first->id, result(first->reply)};
    pending_.erase(first);
    return done;
  }

  static HttpResult result(const FakeReply& reply) {
    if (reply.failure) {
      return *reply.failure;
    }
    HttpResponse response;
    response.status = reply.status;
    response.headers = reply.headers;
    response.body = SecretString(reply.body);
    return response;
  }

  struct Standing {
    std::string where;
    Responder respond;
  };
  TimePoint now_{std::chrono::hours(1000)};
  ExchangeId last_id_ = 0;
  std::deque<Scripted> script_;
  std::vector<Standing> responders_;
  std::vector<Pending> pending_;
};

} // namespace kvrun::azure
