// SPDX-License-Identifier: MIT
#pragma once

#include "azure/retry.hpp"
#include "azure/secret_client.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace kvrun::azure {

// One run of SecretClient::fetch: every secret's tries, until each has come to an end.
class Fetch {
public:
  Fetch(HttpTransport& transport,
        AccessTokens& tokens,
        const SecretClientOptions& options,
        std::span<const SecretRead> secrets,
        const Deadline& deadline);

  Fetched run();

private:
  struct Job {
    const SecretIdentifier* secret = nullptr;
    std::optional<FetchResult>* result = nullptr;
    Throttle* throttle = nullptr; // of its vault
    bool may_be_absent = false;
    unsigned tries = 0;
    std::optional<Backoff> backoff;
    unsigned generation = 0; // of the token last sent
    bool unreadable_once = false;
    ExchangeId exchange = 0;            // under way; 0: not
    std::optional<TimePoint> due;       // of the next try; nothing: under way or ended
    bool stale = false;                 // waits for a fresh token
    std::optional<Error> last;          // what the last try came to
    std::optional<ServiceError> answer; // of the last try, where it was refused
    TimePoint begun;
    [[nodiscard]] bool open() const {
      return !result->has_value() && (exchange != 0 || due || stale);
    }
  };

  void prepare_vaults();
  void complete();
  std::set<std::string> get_tokens(const std::set<std::string>& audiences, bool shared);
  void start_due();
  void send(Job& job);
  [[nodiscard]] TimePoint next_event() const;
  void take(Completion completion);
  void answered(Job& job, HttpResponse response, ExchangeId exchange);
  void read_bundle(Job& job, const HttpResponse& response);
  void ask_for_fresh_token(Job& job, Error error);
  void renew_tokens();
  [[nodiscard]] NextTry next_try(Job& job, std::optional<Milliseconds> wish) const;
  void again(Job& job, Error error, const NextTry& next);
  void finish(Job& job, FetchFailure failure);
  void note_refusal();
  void end_what_is_late();

  HttpTransport& transport_;
  AccessTokens& tokens_;
  const SecretClientOptions& options_;
  const Deadline& deadline_;
  Fetched fetched_;
  std::map<Origin, Throttle> throttles_;
  std::vector<Job> jobs_;
  std::optional<TimePoint> refused_at_;
  std::optional<TimePoint> renew_at_; // when a fresh token is asked for at the latest
};

} // namespace kvrun::azure
