// SPDX-License-Identifier: MIT
#include "azure/transport/exchange.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kvrun::azure {

using Kind = TransportFailure::Kind;

TransportFailure silence(const Origin& origin, Milliseconds limit, std::string_view when) {
  return {Kind::unreachable,
          fmt::format("{}: silent for {} {}", origin.authority(), in_seconds(limit), when),
          {},
          false,
          false};
}

OpenExchange::OpenExchange(Exchange exchange,
                           const std::string& user_agent,
                           bool was_idle,
                           TimePoint now)
    : exchange_(std::move(exchange)), out_(write_request(exchange_.request, user_agent)),
      reader_(exchange_.request.method), was_idle_(was_idle), last_progress_(now) {}

std::optional<HttpResult> OpenExchange::step(Connection& connection, TimePoint now) {
  if (sent_ < out_.size()) {
    const std::size_t went = connection.write(out_.reveal().substr(sent_));
    sent_ += went;
    if (went > 0) {
      last_progress_ = now;
    }
    if (connection.state() == Connection::State::failed) {
      return connection.failure();
    }
  }
  try {
    for (;;) {
      const Connection::Read got = connection.read(reader_);
      if (got == Connection::Read::nothing_yet) {
        return std::nullopt;
      }
      if (got == Connection::Read::some) {
        last_progress_ = now;
        if (reader_.done()) {
          return reader_.release();
        }
      } else if (got == Connection::Read::closed && reader_.close()) {
        return reader_.release();
      } else {
        return cut_off(got, connection);
      }
    }
  } catch (const MessageError& e) {
    return TransportFailure{Kind::protocol,
                            fmt::format("{}: the answer cannot be read: {}",
                                        exchange_.request.origin.authority(),
                                        e.what()),
                            "something other than the service may have answered",
                            false,
                            true};
  }
}

TransportFailure OpenExchange::cut_off(Connection::Read how, const Connection& connection) const {
  if (how == Connection::Read::closed) {
    return {Kind::unreachable,
            fmt::format("{}: the connection was closed {}",
                        exchange_.request.origin.authority(),
                        reader_.progress()),
            {},
            false,
            true};
  }
  TransportFailure failure = connection.failure();
  failure.message = fmt::format("{} {}", failure.message, reader_.progress());
  return failure;
}

bool OpenExchange::leaves_usable(const HttpResult& result) const {
  return std::holds_alternative<HttpResponse>(result) && reader_.reusable() && sent_ == out_.size();
}

bool OpenExchange::may_repeat(const HttpResult& result) const {
  const auto* failure = std::get_if<TransportFailure>(&result);
  return failure != nullptr && failure->kind == Kind::unreachable && was_idle_ &&
         exchange_.request.method == "GET" && !exchange_.again && !reader_.begun();
}

TimePoint OpenExchange::limit() const {
  const HttpRequest& request = exchange_.request;
  const TimePoint quiet = last_progress_ + request.patience;
  return request.limit.count() > 0 ? std::min(quiet, exchange_.started + request.limit) : quiet;
}

TransportFailure OpenExchange::late(TimePoint now) const {
  const HttpRequest& request = exchange_.request;
  if (request.limit.count() > 0 && now >= exchange_.started + request.limit) {
    return {Kind::unreachable,
            fmt::format(
                "{}: not done within {}", request.origin.authority(), in_seconds(request.limit)),
            {},
            false,
            true};
  }
  TransportFailure failure = silence(request.origin, request.patience, reader_.progress());
  failure.connected = true;
  return failure;
}

} // namespace kvrun::azure
