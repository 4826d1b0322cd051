// SPDX-License-Identifier: MIT
#include "azure/fetch.hpp"

#include "azure/service_error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace kvrun::azure {

namespace {

// What is under way when something is refused gets this long (design.md §4).
constexpr Milliseconds k_after_refusal{5000};
// A try that is met with silence is given up after this long, and the next one after twice that: a
// service that is only slow is bounded by the deadline alone.
constexpr Milliseconds k_first_patience{10'000};
// What is under way when a token is refused may be refused too: it gets this long before the fresh
// one is asked for, which holds up everything else.
constexpr Milliseconds k_before_fresh_token{1000};
constexpr int k_throttled = 429;

Error not_tried_again(const Error& error) {
  return {error.kind(), fmt::format("{}; not tried again", error.message()), error.hint()};
}

// Whether an answer may be the one for a secret, as far as its id tells: names and versions compare
// without case.
bool may_be(const SecretBundle& bundle, const SecretIdentifier& secret) {
  const auto agree = [](std::string_view said, std::string_view asked) {
    return said.empty() || asked.empty() || equal_without_case(said, asked);
  };
  return agree(bundle.name, secret.name) && agree(bundle.version, secret.version);
}

} // namespace

Fetch::Fetch(HttpTransport& transport,
             AccessTokens& tokens,
             const SecretClientOptions& options,
             std::span<const SecretRead> secrets,
             const Deadline& deadline)
    : transport_(transport), tokens_(tokens), options_(options), deadline_(deadline) {
  fetched_.results.resize(secrets.size());
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    Job job;
    job.secret = &secrets[i].secret;
    job.may_be_absent = secrets[i].may_be_absent;
    job.result = &fetched_.results[i];
    job.backoff.emplace(options.random);
    job.throttle = &throttles_.try_emplace(job.secret->vault, options.random).first->second;
    jobs_.push_back(std::move(job));
  }
}

Fetched Fetch::run() {
  prepare_vaults();
  std::set<std::string> audiences;
  for (const Job& job : jobs_) {
    audiences.insert(job.secret->audience);
  }
  const std::set<std::string> late = get_tokens(audiences, true);
  complete();
  get_tokens(late, false);
  complete();
  return std::move(fetched_);
}

// Until every secret for which there is a token has come to an end.
void Fetch::complete() {
  const auto open = [](const Job& job) { return job.open(); };
  while (std::any_of(jobs_.begin(), jobs_.end(), open)) {
    renew_tokens();
    start_due();
    if (auto completion = transport_.next(next_event())) {
      take(std::move(*completion));
    }
    end_what_is_late();
  }
}

void Fetch::prepare_vaults() {
  std::map<Origin, unsigned> requests;
  for (const Job& job : jobs_) {
    ++requests[job.secret->vault];
  }
  for (const auto& [vault, count] : requests) {
    transport_.prepare(vault, count);
  }
}

// One after the other. With `shared` each of several has its share of the time only, and one is
// left for the secrets: an identity that is slow for one cloud hides nothing that is wrong with
// another's. Returns those for which that was too short.
std::set<std::string> Fetch::get_tokens(const std::set<std::string>& audiences, bool shared) {
  std::set<std::string> late;
  const bool in_part = shared && audiences.size() > 1;
  std::size_t rest = audiences.size() + 1;
  for (const std::string& audience : audiences) {
    const TimePoint now = transport_.now();
    Milliseconds limit = deadline_.left(now);
    if (in_part) {
      limit /= static_cast<std::int64_t>(rest--);
    }
    if (refused_at_) {
      limit = std::min(limit, k_after_refusal);
    }
    try {
      tokens_.get(audience, in_part || refused_at_ ? Deadline::after(now, limit) : deadline_);
      for (Job& job : jobs_) {
        if (job.secret->audience == audience) {
          job.due = transport_.now();
        }
      }
    } catch (const Error& error) {
      if (in_part && error.kind() == ErrorKind::unavailable) {
        late.insert(audience);
        continue;
      }
      fetched_.token_errors.push_back(error);
      if (error.kind() != ErrorKind::unavailable) {
        note_refusal();
      }
    }
  }
  return late;
}

void Fetch::start_due() {
  const TimePoint now = transport_.now();
  std::vector<Job*> waiting;
  for (Job& job : jobs_) {
    if (job.due) {
      waiting.push_back(&job);
    }
  }
  // Whoever has asked least goes first: a secret that is refused for ever must not be the only one
  // that asks.
  std::stable_sort(waiting.begin(), waiting.end(), [](const Job* a, const Job* b) {
    return a->tries < b->tries;
  });
  for (Job* job : waiting) {
    if (job->throttle->opens(*job->due) <= now && !deadline_.over(now)) {
      send(*job);
    }
  }
}

void Fetch::send(Job& job) {
  const AccessTokens::Held& held = tokens_.get(job.secret->audience, deadline_);
  HttpRequest request = secret_request(*job.secret, held.token.token.reveal(), make_uuid());
  request.patience = k_first_patience * (1 << std::min(job.tries, 6U));
  job.generation = held.generation;
  job.due.reset();
  job.begun = transport_.now();
  ++job.tries;
  job.exchange = transport_.start(std::move(request));
  job.throttle->sent(job.exchange);
}

TimePoint Fetch::next_event() const {
  TimePoint until = deadline_.end();
  for (const Job& job : jobs_) {
    if (job.due) {
      until = std::min(until, job.throttle->opens(*job.due));
    }
  }
  if (renew_at_) {
    until = std::min(until, *renew_at_);
  }
  return refused_at_ ? std::min(until, *refused_at_ + k_after_refusal) : until;
}

void Fetch::take(Completion completion) {
  const auto job = std::find_if(
      jobs_.begin(), jobs_.end(), [&](const Job& one) { return one.exchange == completion.id; });
  if (job == jobs_.end()) {
    return;
  }
  const ExchangeId exchange = std::exchange(job->exchange, 0);
  job->answer.reset();
  if (options_.trace != nullptr) {
    options_.trace->add(
        fmt::format("fetch {}", job->secret->label()), job->begun, transport_.now());
  }
  auto* response = std::get_if<HttpResponse>(&completion.result);
  if (response == nullptr || response->status != k_throttled) {
    job->throttle->ended(exchange);
  }
  if (response != nullptr) {
    answered(*job, std::move(*response), exchange);
    return;
  }
  const auto& failure = std::get<TransportFailure>(completion.result);
  if (options_.log != nullptr) {
    options_.log->very_verbose(fmt::format("GET {}: {}", job->secret->label(), failure.message));
  }
  const Error error = failure.error().within(job->secret->label());
  if (failure.retryable()) {
    again(*job, error, next_try(*job, std::nullopt));
  } else {
    finish(*job, {error, false});
  }
}

void Fetch::answered(Job& job, HttpResponse response, ExchangeId exchange) {
  if (options_.log != nullptr) {
    options_.log->very_verbose(fmt::format("GET {}: {}", job.secret->label(), response.status));
  }
  if (response.status == 200) {
    read_bundle(job, response);
    return;
  }
  const AccessToken& token = tokens_.get(job.secret->audience, deadline_).token;
  response.sent.push_back(token.token.clone());
  const ServiceError& service = job.answer.emplace(parse_service_error(response));
  const Error error = explain(service, *job.secret, token.claims());
  switch (verdict_of(service)) {
  case Verdict::retry: {
    const auto wish = retry_after(response, options_.unix_time());
    again(job,
          error,
          response.status == k_throttled
              ? job.throttle->refused(exchange, wish, transport_.now(), deadline_)
              : next_try(job, wish));
    return;
  }
  case Verdict::fresh_token:
    ask_for_fresh_token(job, error);
    return;
  case Verdict::absent:
    finish(job, {error, true});
    return;
  case Verdict::access:
    if (options_.wait_for_access) {
      again(job, error, next_try(job, std::nullopt));
      return;
    }
    break;
  case Verdict::final:
    break;
  }
  finish(job, {error, false});
}

void Fetch::read_bundle(Job& job, const HttpResponse& response) {
  const std::string label = job.secret->label();
  try {
    SecretBundle bundle = parse_secret_bundle(response.body.reveal());
    if (!may_be(bundle, *job.secret)) {
      throw std::runtime_error("the answer holds another secret or version");
    }
    *job.result = std::move(bundle);
  } catch (const json::ParseError& e) {
    const Error error(
        ErrorKind::refused,
        fmt::format("{}: 200, but the answer is not Key Vault's: {}", label, e.what()),
        "a proxy or something else between kvrun and the vault answered");
    if (job.unreadable_once || refused_at_) {
      finish(job, {error, false});
    } else { // once, for it may have been cut by something on the way (reference/key-vault.md §3.7)
      job.unreadable_once = true;
      again(job, error, next_try(job, std::nullopt));
    }
  } catch (const std::runtime_error& e) {
    finish(job,
           {Error(ErrorKind::refused, fmt::format("{}: 200, but {}", label, e.what())), false});
  }
}

// A 401 that a new token may cure.
void Fetch::ask_for_fresh_token(Job& job, Error error) {
  constexpr unsigned most = 2;
  if (refused_at_ || job.generation >= most) {
    finish(
        job,
        {refused_at_ && job.generation < most ? not_tried_again(error) : std::move(error), false});
    return;
  }
  job.last = std::move(error);
  job.stale = true;
  renew_at_ = renew_at_.value_or(transport_.now() + k_before_fresh_token);
}

// One for all that were refused with the old one.
void Fetch::renew_tokens() {
  const bool under_way =
      std::any_of(jobs_.begin(), jobs_.end(), [](const Job& job) { return job.exchange != 0; });
  if (!renew_at_ || (under_way && transport_.now() < *renew_at_)) {
    return;
  }
  renew_at_.reset();
  for (Job& job : jobs_) {
    if (!std::exchange(job.stale, false)) {
      continue;
    }
    try {
      tokens_.fresh(job.secret->audience, job.generation, deadline_);
      job.due = transport_.now();
    } catch (const Error& error) {
      finish(job, {error.within(job.secret->label()), false});
    }
  }
}

NextTry Fetch::next_try(Job& job, std::optional<Milliseconds> wish) const {
  return plan_next_try(*job.backoff, wish, transport_.now(), deadline_);
}

void Fetch::again(Job& job, Error error, const NextTry& next) {
  if (refused_at_) {
    finish(job, {not_tried_again(error), false});
    return;
  }
  if (!next.why_not.empty()) {
    finish(job,
           {Error(error.kind(), fmt::format("{}; {}", error.message(), next.why_not), error.hint()),
            false});
    return;
  }
  if (options_.log != nullptr) {
    const auto wait = std::chrono::ceil<Milliseconds>(next.at - transport_.now());
    options_.log->verbose(fmt::format("{}; trying again in {}", error.message(), in_seconds(wait)));
  }
  job.last = std::move(error);
  job.due = next.at;
}

void Fetch::finish(Job& job, FetchFailure failure) {
  const bool refusal =
      failure.error.kind() != ErrorKind::unavailable && !(failure.absent && job.may_be_absent);
  failure.answer = std::move(job.answer);
  *job.result = std::move(failure);
  job.due.reset();
  job.stale = false;
  job.exchange = 0;
  if (refusal) {
    note_refusal();
  }
}

// From now on nothing is tried again: waiting does not help, and all problems are told in one run.
void Fetch::note_refusal() {
  if (refused_at_) {
    return;
  }
  refused_at_ = transport_.now();
  for (Job& job : jobs_) {
    if ((job.due || job.stale) && job.tries > 0 && job.last) {
      finish(job, {not_tried_again(*job.last), false});
    }
  }
}

void Fetch::end_what_is_late() {
  const TimePoint now = transport_.now();
  const bool out_of_time = deadline_.over(now);
  const bool refused = refused_at_ && now >= *refused_at_ + k_after_refusal;
  if (!out_of_time && !refused) {
    return;
  }
  refused_at_ = refused_at_.value_or(now); // one that ends refused has nothing left to call off
  for (Job& job : jobs_) {
    if (!job.open() || (!out_of_time && job.exchange == 0)) {
      continue;
    }
    if (job.exchange != 0) {
      transport_.cancel(job.exchange);
    }
    const std::string limit =
        out_of_time ? fmt::format("out of time after {}", in_seconds(deadline_.budget()))
                    : fmt::format("no answer {} after another secret was refused",
                                  in_seconds(k_after_refusal));
    const std::string message = job.last ? fmt::format("{}; {}", job.last->message(), limit)
                                         : fmt::format("{}: no answer from {}; {}",
                                                       job.secret->label(),
                                                       job.secret->vault.authority(),
                                                       limit);
    const ErrorKind kind = job.last ? job.last->kind() : ErrorKind::unavailable;
    finish(job, {Error(kind, message, job.last ? job.last->hint() : std::string()), false});
  }
}

} // namespace kvrun::azure
