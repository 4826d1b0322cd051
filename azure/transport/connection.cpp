// SPDX-License-Identifier: MIT
#include "azure/transport/connection.hpp"

#include "azure/transport/tls_library.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>

#include <fcntl.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace kvrun::azure {

using Poco::Net::SecureStreamSocket;
using Poco::Net::StreamSocket;

namespace {

// A second address is dialled beside the first after this long (RFC 8305 §5).
constexpr Milliseconds k_next_address{250};

struct Dial {
  StreamSocket socket;
  std::string address;
};

int descriptor_of(const StreamSocket& socket) {
  return socket.impl()->sockfd();
}

// "error:0A000086:SSL routines::certificate verify failed" → "certificate verify failed".
std::string tls_reason(const std::string& text) {
  const std::size_t colons = text.rfind("::");
  return colons == std::string::npos ? text : text.substr(colons + 2);
}

bool out_of_descriptors(const Poco::Exception& e) {
  return e.code() == EMFILE || e.code() == ENFILE || e.code() == ENOBUFS || e.code() == ENOMEM;
}

} // namespace

struct Connection::Sockets {
  std::vector<Dial> dials;
  StreamSocket stream; // the one that is used; TLS once that has begun
  bool connected = false;
};

Connection::Connection(Target target, TimePoint now)
    : target_(std::move(target)), sockets_(std::make_unique<Sockets>()), begun_(now),
      next_dial_(now) {
  step(now);
}

Connection::~Connection() {
  try {
    sockets_.reset();
  } catch (...) { // a socket that is broken already
    failure_.message.clear();
  }
}

void Connection::fail(TransportFailure::Kind kind, std::string message, std::string hint) {
  const std::string who = target_.proxy != nullptr && state_ < State::handshaking
                              ? fmt::format("proxy {}", target_.proxy->label)
                              : target_.origin.authority();
  failure_.kind = kind;
  failure_.message = fmt::format("{}: {}", who, message);
  failure_.hint = std::move(hint);
  state_ = State::failed;
}

// Poco's and OpenSSL's exceptions stop here. what() is only the class name (poco.md P10), and
// OpenSSL's queue of errors is the thread's: what one connection left there must not be taken for
// another one's.
template <typename Step> void Connection::guard(Step step) {
  using Kind = TransportFailure::Kind;
  ERR_clear_error();
  try {
    step();
  } catch (const Poco::Net::ConnectionRefusedException&) {
    fail(Kind::unreachable, "connection refused");
    failure_.refused_connection = true;
  } catch (const Poco::Net::SSLConnectionUnexpectedlyClosedException&) {
    fail(Kind::unreachable, "the connection was closed");
  } catch (const Poco::Net::SSLException& e) {
    const std::string reason = tls_reason(e.message());
    const std::string refusal = target_.tls != nullptr ? target_.tls->refusal() : std::string();
    const bool unknown_root = refusal.find("local issuer") != std::string::npos ||
                              refusal.find("self-signed") != std::string::npos ||
                              refusal.find("self signed") != std::string::npos;
    if (unknown_root && no_descriptor_left()) { // the roots may be there and could not be opened
      fail(Kind::local, "no descriptor to read the roots with", "raise the limit 'ulimit -n'");
    } else if (!refusal.empty()) {
      fail(Kind::certificate,
           fmt::format("its certificate was refused: {}", refusal),
           unknown_root
               ? "if a private authority signed it, name its certificate with --ca-file; in an "
                 "image, install "
                 "'ca-certificates'"
               : "check the host name, the clock and what stands between kvrun and the vault");
    } else if (reason.find("unexpected eof") != std::string::npos) {
      fail(Kind::unreachable, "the connection was closed");
    } else if (state_ == State::ready && reason.find("alert") == std::string::npos) {
      fail(Kind::unreachable, fmt::format("TLS failed: {}", reason));
    } else if (reason.find("unrecognized name") != std::string::npos) {
      fail(Kind::tls,
           fmt::format("TLS failed: {}", reason),
           "what answers at that address knows no such host: check the name");
    } else {
      fail(Kind::tls,
           fmt::format("TLS failed: {}", reason),
           "it must speak TLS 1.2 or 1.3; look for what stands between kvrun and the vault");
    }
  } catch (const Poco::Exception& e) {
    if (out_of_descriptors(e)) {
      fail(Kind::local,
           fmt::format("no socket: {}", system_reason(e.code())),
           "raise the limit 'ulimit -n'");
    } else {
      const std::string reason = e.code() != 0 ? system_reason(e.code()) : e.displayText();
      fail(Kind::unreachable, reason);
    }
  }
}

void Connection::watch(std::vector<pollfd>& descriptors) const {
  if (state_ == State::dialing) {
    for (const Dial& dial : sockets_->dials) {
      descriptors.push_back({descriptor_of(dial.socket), POLLOUT, 0});
    }
  } else if (state_ != State::failed) {
    const short events = wants_write_ ? POLLOUT : POLLIN;
    descriptors.push_back({descriptor_of(sockets_->stream), events, 0});
  }
}

std::optional<TimePoint> Connection::due() const {
  if (state_ == State::dialing && next_address_ < target_.addresses.size()) {
    return next_dial_;
  }
  return std::nullopt;
}

void Connection::step(TimePoint now) {
  if (state_ == State::dialing) {
    dial(now);
  }
  if (state_ == State::tunnelling) {
    guard([&] { tunnel(now); });
  }
  if (state_ == State::handshaking) {
    guard([&] { shake_hands(now); });
  }
}

void Connection::dial_next(TimePoint now) {
  const Address& address = target_.addresses[next_address_++];
  next_dial_ = now + k_next_address;
  Dial dial{StreamSocket(), address.text()};
  try {
    dial.socket.connectNB(Poco::Net::SocketAddress(
        reinterpret_cast<const sockaddr*>(&address.storage), address.length));
  } catch (const Poco::Exception& e) {
    if (out_of_descriptors(e)) {
      fail(TransportFailure::Kind::local,
           fmt::format("no socket: {}", system_reason(e.code())),
           "raise the limit 'ulimit -n'");
      return;
    }
    tried_.push_back(fmt::format(
        "{}: {}", dial.address, e.code() != 0 ? system_reason(e.code()) : e.displayText()));
    next_dial_ = now;
    return;
  }
  // Poco 1.11 opens sockets without it, and the command would inherit them (poco.md P6).
  ::fcntl(descriptor_of(dial.socket), F_SETFD, FD_CLOEXEC);
  sockets_->dials.push_back(std::move(dial));
}

void Connection::dial(TimePoint now) {
  bool all_refused = true;
  for (auto dial = sockets_->dials.begin(); dial != sockets_->dials.end();) {
    pollfd ready{descriptor_of(dial->socket), POLLOUT, 0};
    if (::poll(&ready, 1, 0) != 1) {
      ++dial;
      continue;
    }
    const int error = dial->socket.impl()->socketError();
    if (error == 0) {
      peer_ = dial->address;
      sockets_->stream = dial->socket;
      sockets_->dials.clear();
      guard([&] { connected(now); });
      return;
    }
    all_refused = all_refused && error == ECONNREFUSED;
    failure_.refused_connection = all_refused;
    // Linux has ECONNREFUSED for an RST to the SYN; these two come after a connection was made
    // (tcp_reset() in net/ipv4/tcp_input.c).
    if (target_.proxy == nullptr && (error == ECONNRESET || error == EPIPE)) {
      failure_.connected = true;
    }
    tried_.push_back(fmt::format("{}: {}", dial->address, system_reason(error)));
    dial = sockets_->dials.erase(dial);
    next_dial_ = now;
  }
  while (state_ == State::dialing && next_address_ < target_.addresses.size() &&
         (now >= next_dial_ || sockets_->dials.empty())) {
    dial_next(now);
  }
  if (state_ == State::dialing && sockets_->dials.empty()) {
    const bool refused = failure_.refused_connection;
    fail(TransportFailure::Kind::unreachable,
         tried_.empty() ? "it has no address"
                        : fmt::format("cannot connect: {}", fmt::join(tried_, ", ")));
    failure_.refused_connection = refused;
  }
}

void Connection::connected(TimePoint now) {
  tcp_time_ = std::chrono::duration_cast<Microseconds>(now - begun_);
  sockets_->stream.setNoDelay(true);
  if (target_.proxy == nullptr) {
    begin_tls(now);
    return;
  }
  state_ = State::tunnelling;
  const std::string host = target_.origin.host.find(':') == std::string::npos
                               ? target_.origin.host
                               : fmt::format("[{}]", target_.origin.host);
  tunnel_out_.append(
      fmt::format("CONNECT {0}:{1} HTTP/1.1\r\nHost: {0}:{1}\r\n", host, target_.origin.port));
  if (!target_.proxy->authorization.empty()) {
    tunnel_out_.append("Proxy-Authorization: ");
    tunnel_out_.append(target_.proxy->authorization.reveal());
    tunnel_out_.append("\r\n");
  }
  tunnel_out_.append("\r\n");
  tunnel_in_.emplace("HEAD"); // an answer to CONNECT has no body that we want
  wants_write_ = true;
}

void Connection::tunnel(TimePoint now) {
  if (tunnel_sent_ < tunnel_out_.size()) {
    tunnel_sent_ += write(tunnel_out_.reveal().substr(tunnel_sent_));
    wants_write_ = tunnel_sent_ < tunnel_out_.size();
    if (wants_write_ || state_ == State::failed) {
      return;
    }
  }
  // Byte by byte up to the end of its header: what comes behind it is TLS.
  while (!tunnel_in_->done()) {
    char byte = 0;
    const int got = sockets_->stream.receiveBytes(&byte, 1);
    if (got < 0) {
      return;
    }
    if (got == 0) {
      fail(TransportFailure::Kind::unreachable, "the proxy closed the connection");
      return;
    }
    try {
      tunnel_in_->take({&byte, 1});
    } catch (const MessageError& e) {
      fail(TransportFailure::Kind::protocol, fmt::format("the answer is no HTTP: {}", e.what()));
      return;
    }
  }
  const int status = tunnel_in_->release().status;
  if (status >= 200 && status < 300) {
    begin_tls(now);
  } else if (status == 408 || status == 429 || status >= 500) {
    fail(TransportFailure::Kind::unreachable,
         fmt::format("the proxy answered {} to CONNECT {}", status, target_.origin.authority()));
  } else {
    fail(TransportFailure::Kind::proxy,
         fmt::format("the proxy answered {} to CONNECT {}", status, target_.origin.authority()),
         status == 407 ? "give the proxy's user name and password in its URL"
                       : "allow the host at the proxy, or name it in no_proxy");
  }
}

void Connection::begin_tls(TimePoint now) {
  failure_.connected = true; // to the origin itself, a proxy's tunnel included
  if (target_.tls == nullptr) {
    state_ = State::ready;
    return;
  }
  state_ = State::handshaking;
  tls_begun_ = now;
  target_.tls->forget_refusal();
  sockets_->stream = SecureStreamSocket::attach(
      sockets_->stream, target_.tls->server_name(), target_.tls->library().context);
  shake_hands(now);
}

void Connection::shake_hands(TimePoint now) {
  target_.tls->forget_refusal();
  SecureStreamSocket secure(sockets_->stream);
  const int done = secure.completeHandshake();
  if (done == 1) {
    tls_time_ = std::chrono::duration_cast<Microseconds>(now - tls_begun_);
    state_ = State::ready;
    wants_write_ = false;
  } else if (done == 0) {
    fail(TransportFailure::Kind::unreachable, "the connection was closed");
  } else {
    wants_write_ = done == SecureStreamSocket::ERR_SSL_WANT_WRITE;
  }
}

std::size_t Connection::write(std::string_view bytes) {
  std::size_t written = 0;
  guard([&] {
    while (written < bytes.size()) {
      int sent = 0;
      try {
        sent = sockets_->stream.sendBytes(bytes.data() + written,
                                          static_cast<int>(bytes.size() - written));
      } catch (const Poco::TimeoutException&) { // what a plain socket throws for EAGAIN
        sent = -1;
      }
      if (sent <= 0) {
        break;
      }
      written += static_cast<std::size_t>(sent);
    }
  });
  wants_write_ = written < bytes.size();
  return written;
}

Connection::Read Connection::read(ResponseReader& reader) {
  std::array<char, 16384>
      buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
  Read outcome = Read::nothing_yet;
  std::size_t filled = 0;
  guard([&] {
    const int got = sockets_->stream.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
    if (got > 0) {
      filled = static_cast<std::size_t>(got);
      outcome = Read::some;
    } else if (got == 0) {
      outcome = Read::closed;
    }
  });
  if (state_ == State::failed) {
    return Read::failed;
  }
  struct Wipe { // NOLINT(cppcoreguidelines-special-member-functions): made once, below
    std::array<char, 16384>& bytes;
    std::size_t count;
    ~Wipe() { ::explicit_bzero(bytes.data(), count); }
  } const wipe{buffer, filled};
  if (filled > 0) {
    reader.take({buffer.data(), filled});
  }
  return outcome;
}

bool Connection::stale() {
  char byte = 0;
  bool quiet = false;
  guard([&] { quiet = sockets_->stream.receiveBytes(&byte, 1) < 0; });
  return !quiet || state_ == State::failed;
}

} // namespace kvrun::azure
