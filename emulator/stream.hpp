// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/openssl.hpp"

#include <Poco/Net/StreamSocket.h>

#include <string>
#include <string_view>

namespace kvrun::emulator {

// The peer went away, or would not go on.
class Closed : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// Bytes to and from a peer, with or without TLS, on a blocking socket. Every call may throw Closed.
class Stream {
public:
  explicit Stream(const Poco::Net::StreamSocket& socket) : socket_(socket) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  Stream(Stream&&) = delete;
  Stream& operator=(Stream&&) = delete;
  virtual ~Stream() = default;

  // Appends what is there to `buffer`, waiting for at least one byte.
  virtual void read(std::string& buffer);
  // All of it, in one call to the system where it takes it.
  virtual void write(std::string_view bytes);
  // Says goodbye; whoever owns the socket closes it.
  virtual void end();
  // Lets the peer see a reset when the socket is closed.
  void reset();

  [[nodiscard]] Poco::Net::StreamSocket& socket() noexcept { return socket_; }

private:
  Poco::Net::StreamSocket socket_;
};

class TlsStream final : public Stream {
public:
  // Shakes hands as the server. `tls` is a connection of the context wanted.
  TlsStream(const Poco::Net::StreamSocket& socket, TlsPtr tls);

  void read(std::string& buffer) override;
  void write(std::string_view bytes) override;
  void end() override;

private:
  TlsPtr tls_;
};

} // namespace kvrun::emulator
