// SPDX-License-Identifier: MIT
#include "bench/fleet/fleet.hpp"

#include "azure/secret_client.hpp"
#include "bench/fleet/fiber.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <queue>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace kvrun::bench {

namespace {

using azure::Completion;
using azure::ExchangeId;
using azure::HttpResponse;

// As the service sends it (reference/key-vault.md §4.2).
constexpr std::string_view k_throttled =
    R"({"error":{"code":"Throttled","message":"Request was not processed because too many requests )"
    R"(were received. Reason: VaultRequestTypeLimitReached"}})";
constexpr std::string_view k_secret =
    R"({"value":"v",)" // without an id: it is the answer for every secret
    R"("attributes":{"enabled":true}})";

class Launch;

// Virtual time: what happens next, to which launch.
class World {
public:
  explicit World(const Fleet& fleet)
      : fleet_(fleet), now_(std::chrono::hours(1)), start_(now_), limiter_(fleet.limit, now_),
        random_(fleet.seed) {}

  [[nodiscard]] const Fleet& fleet() const noexcept { return fleet_; }
  [[nodiscard]] TimePoint now() const noexcept { return now_; }
  [[nodiscard]] TimePoint start() const noexcept { return start_; }
  [[nodiscard]] double random() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  void at(TimePoint moment, std::function<void()> what) {
    events_.push({std::max(moment, now_), ++sequence_, std::move(what)});
  }
  void run() {
    while (!events_.empty()) {
      // what happens may add events, so it is taken out first
      Event event = std::move(const_cast<Event&>(events_.top())); // NOLINT: popped at once
      events_.pop();
      now_ = event.at;
      event.what();
    }
  }

  // A read that arrives at the vault.
  [[nodiscard]] HttpResponse serve() {
    const bool admitted = limiter_.admit(now_);
    ++outcome.requests;
    outcome.refused += admitted ? 0 : 1;
    return {admitted ? 200 : 429, {}, SecretString(admitted ? k_secret : k_throttled)};
  }

  Outcome outcome;
  std::vector<TimePoint> ends;
  std::vector<std::unique_ptr<std::byte[]>> stacks;

private:
  struct Event {
    TimePoint at;
    std::uint64_t sequence;
    std::function<void()> what;
    bool operator<(const Event& other) const noexcept {
      return std::pair(at, sequence) > std::pair(other.at, other.sequence); // the first is on top
    }
  };
  Fleet fleet_;
  TimePoint now_;
  TimePoint start_;
  Limiter limiter_;
  std::mt19937_64 random_;
  std::priority_queue<Event> events_;
  std::uint64_t sequence_ = 0;
};

// One kvrun: its fiber, its identity and its connections.
class Launch final : public azure::HttpTransport, public azure::TokenCredential {
public:
  explicit Launch(World& world) : world_(world), fiber_([this] { live(); }) {}

  void begin(TimePoint moment) {
    world_.at(moment, [this] { fiber_.resume(world_.stacks); });
  }

  [[nodiscard]] TimePoint now() const override { return world_.now(); }
  void prepare(const azure::Origin& /*origin*/, unsigned /*connections*/) override {}

  ExchangeId start(azure::HttpRequest /*request*/) override {
    waiting_.push_back(++last_id_);
    use_connections();
    return last_id_;
  }

  void cancel(ExchangeId id) override { std::erase(waiting_, id); }

  std::optional<Completion> next(TimePoint until) override {
    sleep(until, [this] { return !ended_.empty(); });
    if (ended_.empty()) {
      return std::nullopt;
    }
    Completion first = std::move(ended_.front());
    ended_.pop_front();
    return first;
  }
  std::optional<Completion> next_of(ExchangeId /*id*/, TimePoint /*until*/) override {
    throw std::logic_error("the model asks for no token by HTTP");
  }
  bool wait_for(TimePoint until, int /*descriptor*/, const std::string& /*program*/) override {
    sleep(until, [] { return false; });
    return false;
  }

  [[nodiscard]] std::string_view kind() const override { return "model"; }
  [[nodiscard]] azure::AccessToken get_token(std::string_view /*audience*/,
                                             const Deadline& /*deadline*/) override {
    wait(now() + world_.fleet().token, -1);
    return {SecretString("token"), 0};
  }

private:
  void live() {
    const Fleet& fleet = world_.fleet();
    std::vector<azure::SecretRead> secrets;
    for (std::size_t i = 0; i < fleet.secrets; ++i) {
      secrets.push_back({{{true, "kv1.vault.azure.net", 443},
                          "kv1",
                          "https://vault.azure.net",
                          fmt::format("s{}", i),
                          {}},
                         false});
    }
    azure::AccessTokens tokens(*this, *this, nullptr);
    azure::SecretClientOptions options;
    options.random = [this] { return world_.random(); };
    options.unix_time = [] { return 0; };
    const azure::Fetched fetched = azure::SecretClient(*this, tokens, std::move(options))
                                       .fetch(secrets, Deadline::after(now(), fleet.timeout));
    const bool all = std::all_of(fetched.results.begin(), fetched.results.end(), [](const auto& r) {
      return r && std::holds_alternative<azure::SecretBundle>(*r);
    });
    world_.outcome.succeeded += all ? 1 : 0;
    world_.ends.push_back(now());
  }

  // Until something is there, or the moment has come.
  template <typename Ready> void sleep(TimePoint until, const Ready& ready) {
    while (!ready() && now() < until) {
      const std::uint64_t mine = ++sleeps_;
      world_.at(until, [this, mine] { wake(mine); });
      fiber_.pause();
    }
  }
  void wake(std::uint64_t sleep) {
    if (sleep == sleeps_ && !fiber_.ended()) {
      ++sleeps_; // what else would have ended this sleep is too late
      fiber_.resume(world_.stacks);
    }
  }

  void use_connections() {
    while (under_way_ < world_.fleet().parallel && !waiting_.empty()) {
      const ExchangeId id = waiting_.front();
      waiting_.pop_front();
      ++under_way_;
      const auto half = world_.fleet().round_trip / 2;
      world_.at(now() + half, [this, id, half] {
        auto answer = std::make_shared<HttpResponse>(world_.serve());
        world_.at(now() + half, [this, id, answer] {
          --under_way_;
          use_connections();
          ended_.push_back({id, std::move(*answer)});
          wake(sleeps_);
        });
      });
    }
  }

  World& world_;
  Fiber fiber_;
  std::uint64_t sleeps_ = 0;
  ExchangeId last_id_ = 0;
  std::size_t under_way_ = 0;
  std::deque<ExchangeId> waiting_;
  std::deque<Completion> ended_;
};

Milliseconds whole(TimePoint::duration duration) {
  return std::chrono::ceil<Milliseconds>(duration);
}

} // namespace

Outcome run_fleet(const Fleet& fleet) {
  World world(fleet);
  std::deque<Launch> launches;
  std::vector<TimePoint> wanted;
  for (std::size_t i = 0; i < fleet.launches; ++i) {
    const double most = static_cast<double>((fleet.start_jitter + fleet.spread).count());
    const TimePoint moment =
        world.start() + Microseconds(static_cast<std::int64_t>(world.random() * most * 1000));
    launches.emplace_back(world).begin(moment);
    wanted.insert(wanted.end(), fleet.secrets, moment + fleet.token + fleet.round_trip / 2);
  }
  world.run();
  std::sort(wanted.begin(), wanted.end());
  std::sort(world.ends.begin(), world.ends.end());
  Outcome outcome = world.outcome;
  outcome.median = whole(world.ends[world.ends.size() / 2] - world.start());
  outcome.last = whole(world.ends.back() - world.start());
  outcome.ideal =
      whole(ideal_end(fleet.limit, world.start(), wanted) + fleet.round_trip / 2 - world.start());
  return outcome;
}

} // namespace kvrun::bench
