// SPDX-License-Identifier: MIT
#include "azure/transport/pool_size.hpp"

#include <algorithm>
#include <cmath>

namespace kvrun::azure {

namespace {

// What a TLS handshake costs the two sides in time to compute, against which a round trip saved is
// weighed: 50 secrets over loopback take 32 ms on one connection and 105 ms on 90; at 20 ms one
// takes 1,085 ms and eight 260 ms.
constexpr Microseconds k_handshake{2000};
// A peer nearby has answered by then. One that has not is guessed to be so much farther away than
// its silence tells: what is opened before the answer need not wait for it.
constexpr Microseconds k_nearby{2000};
constexpr Microseconds k_farther{10'000};
// A silence of more than that may be of a peer that is not there.
constexpr Microseconds k_farthest{40'000};

std::size_t paying(std::size_t requests, Microseconds round_trip) {
  const double count = std::sqrt(static_cast<double>(requests) *
                                 static_cast<double>(round_trip.count()) / k_handshake.count());
  return std::clamp<std::size_t>(static_cast<std::size_t>(std::lround(count)), 1, requests);
}

} // namespace

// The fastest handshake tells it: where the machines are busy, those that are made together wait
// for each other, and each would seem to call for more of them. TCP may end at a proxy nearby, so
// it tells only as long as no handshake does.
void PoolSize::measure(Microseconds tcp, Microseconds tls, bool ready) {
  const Microseconds seen = std::max(tcp, tls - k_handshake);
  if (ready) {
    round_trip_ = measured_ ? std::min(round_trip_, seen) : seen;
    measured_ = true;
  } else if (!measured_) {
    round_trip_ = std::max(round_trip_, seen);
  }
}

std::size_t PoolSize::connections(std::size_t requests, Microseconds silence) const {
  const Microseconds late = silence - round_trip_; // TCP told that much
  const bool far = !measured_ && late >= k_nearby;
  const Microseconds guess = far ? std::min(late + k_farther, k_farthest) : Microseconds(0);
  return paying(requests, std::max(round_trip_, guess));
}

std::optional<Microseconds> PoolSize::patience(std::size_t connections,
                                               std::size_t requests) const {
  const double more = static_cast<double>(connections) + 0.5; // paying() rounds
  const Microseconds pays(
      static_cast<std::int64_t>(more * more * k_handshake.count() / static_cast<double>(requests)) +
      1);
  if (measured_ || connections >= requests || pays > k_farthest) {
    return std::nullopt;
  }
  return round_trip_ + std::max(pays - k_farther, k_nearby);
}

} // namespace kvrun::azure
