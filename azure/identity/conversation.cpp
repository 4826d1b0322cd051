// SPDX-License-Identifier: MIT
#include "azure/identity/conversation.hpp"

#include "azure/identity/hints.hpp"
#include "azure/redaction.hpp"
#include "azure/retry.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

namespace kvrun::azure {

namespace {

// A local endpoint that starts needs seconds, not the sixteen that a throttled service may.
constexpr BackoffLimits k_limits{Milliseconds(500), Milliseconds(8000)};
constexpr Milliseconds k_try_limit{30000}; // identity.md §15

std::string outcome_of(const HttpResult& result) {
  const auto* response = std::get_if<HttpResponse>(&result);
  return response != nullptr ? std::to_string(response->status)
                             : std::get<TransportFailure>(result).message;
}

Error out_of_time(const Peer& peer,
                  const Deadline& deadline,
                  const std::string& last,
                  std::string_view why,
                  std::string hint) {
  std::string message =
      fmt::format("{}: no token within {}", peer.label(), in_seconds(deadline.budget()));
  if (!last.empty()) {
    message += ": " + last;
  }
  if (!why.empty()) {
    message += fmt::format(": {}", why);
  }
  return {ErrorKind::unavailable, std::move(message), std::move(hint)};
}

} // namespace

bool Peer::may_succeed_later(const IdentityAnswer& answer) {
  return is_transient_status(answer.status);
}

std::string Peer::label() const {
  return fmt::format("identity '{}' at {}", kind, authority);
}

HttpResponse ask(const Peer& peer,
                 const IdentityContext& context,
                 const std::function<HttpRequest()>& request,
                 const Deadline& deadline) {
  Backoff backoff(context.random, k_limits);
  std::string last;
  std::string hint;
  for (;;) {
    HttpRequest made = request();
    made.limit = k_try_limit;
    made.patience = k_try_limit; // a cold endpoint is silent until it has the token
    const std::string method = made.method;
    std::vector<SecretString> sent = secrets_of(made);
    HttpResult result = context.transport.send(std::move(made), deadline);
    context.log.very_verbose(fmt::format("{} {}: {}", method, peer.label(), outcome_of(result)));
    const TimePoint now = context.transport.now();
    std::optional<Milliseconds> asked;
    if (auto* response = std::get_if<HttpResponse>(&result); response != nullptr) {
      response->sent = std::move(sent);
      const IdentityAnswer answer = parse_answer(*response);
      if (!peer.transient(answer)) {
        return std::move(*response);
      }
      last = answer.summary();
      hint = hint_for(peer.kind, answer);
      asked = retry_after(*response, context.unix_time());
    } else {
      const auto& failure = std::get<TransportFailure>(result);
      if (!failure.retryable()) {
        throw failure.error().within(peer.label());
      }
      if (!deadline.over(now) || last.empty()) { // else the last answer says more
        last = failure.message;
        hint =
            failure.hint.empty() ? std::string(hint_for_silence(peer.kind, failure)) : failure.hint;
      }
      if (!deadline.over(now)) {
        peer.unanswered(failure);
      }
    }
    if (deadline.over(now)) {
      throw out_of_time(peer, deadline, last, {}, std::move(hint));
    }
    const NextTry next = plan_next_try(backoff, asked, now, deadline);
    if (!next.why_not.empty()) {
      throw out_of_time(peer, deadline, last, next.why_not, std::move(hint));
    }
    context.log.verbose(fmt::format("{}: {}: next try in {}",
                                    peer.label(),
                                    last,
                                    in_seconds(std::chrono::ceil<Milliseconds>(next.at - now))));
    context.transport.wait(next.at, -1);
    if (deadline.over(context.transport.now())) {
      throw out_of_time(peer, deadline, last, {}, std::move(hint));
    }
  }
}

TokenAnswer
expect_token(const Peer& peer, const IdentityContext& context, const HttpResponse& response) {
  if (response.status != 200) {
    throw refusal(peer, parse_answer(response));
  }
  try {
    return parse_token_answer(response, context.unix_time());
  } catch (const NoToken& e) {
    throw Error(ErrorKind::refused, fmt::format("{}: {}", peer.label(), e.what()), peer.hint);
  }
}

Error refusal(const Peer& peer, const IdentityAnswer& answer) {
  return {ErrorKind::refused,
          fmt::format("{}: {}", peer.label(), answer.summary()),
          peer.hint.empty() ? hint_for(peer.kind, answer) : peer.hint};
}

HttpRequest local_request(const Endpoint& endpoint, std::string target) {
  HttpRequest request;
  request.origin = endpoint.origin;
  request.route.direct = true;
  request.target = std::move(target);
  return request;
}

Header secret_header(std::string_view name, std::string_view variable, std::string_view value) {
  if (!std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c < 0x7f; })) {
    throw Error(ErrorKind::usage,
                fmt::format("the variable '{}' has a character that no header can hold", variable),
                "a line end may have been added when it was set");
  }
  return {std::string(name), SecretString(value)};
}

void add_field(SecretString& form, std::string_view name, std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  if (!form.empty()) {
    form.append("&");
  }
  form.append(name);
  form.append("=");
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      form.append({&c, 1});
    } else {
      const auto byte = static_cast<unsigned char>(c);
      form.append("%");
      form.append(digits.substr(byte >> 4U, 1));
      form.append(digits.substr(byte & 15U, 1));
    }
  }
}

} // namespace kvrun::azure
