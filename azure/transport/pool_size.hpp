// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"

#include <cstddef>
#include <optional>

namespace kvrun::azure {

// How many connections to a host pay: as many as its round trip makes worth their handshakes.
class PoolSize {
public:
  // What a connection's set-up took so far, and whether it is ready.
  void measure(Microseconds tcp, Microseconds tls, bool ready);

  // Connections for so many requests: 1 at least, and never more than one each. The first set-up
  // has waited for its peer for as long as `silence`.
  [[nodiscard]] std::size_t connections(std::size_t requests, Microseconds silence) const;
  // How long a silence calls for more connections than there are; null where none does.
  [[nodiscard]] std::optional<Microseconds> patience(std::size_t connections,
                                                     std::size_t requests) const;

  // As far as it is known.
  [[nodiscard]] Microseconds round_trip() const noexcept { return round_trip_; }

private:
  Microseconds round_trip_{0};
  bool measured_ = false; // by a handshake
};

} // namespace kvrun::azure
