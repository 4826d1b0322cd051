// SPDX-License-Identifier: MIT
#pragma once

#include "base/unique_fd.hpp"

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace kvrun::azure {

// One address to dial.
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] std::string text() const; // "127.0.0.1:443", "[::1]:443"
};

// What a name stands for, in the resolver's order (RFC 6724).
struct Resolution {
  enum class Status { found, no_such_name, try_again, no_descriptor, failed };
  Status status = Status::failed;
  std::vector<Address> addresses;
  std::string reason; // the system's words
};

// A look-up that is under way. getaddrinfo has no timeout (unix.md U25), so it has a thread of its
// own, which nobody waits for: exec ends it. An address, and `localhost`, is not looked up and
// needs no thread.
class Lookup {
public:
  Lookup(const std::string& host, std::uint16_t port);
  // Readable once it is done, from then on; -1 when it needed no waiting. It may be done at any
  // moment, so who waits for it alone must not ask done() first.
  [[nodiscard]] int descriptor() const noexcept;
  [[nodiscard]] bool done() const;
  // Once done.
  [[nodiscard]] const Resolution& result() const;

private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

} // namespace kvrun::azure
