// SPDX-License-Identifier: MIT
#include "emulator/stream.hpp"

#include <Poco/Exception.h>

#include <array>

namespace kvrun::emulator {
namespace {

constexpr int k_piece = 16 * 1024;

} // namespace

void Stream::read(std::string& buffer) {
  std::array<char, k_piece> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): is read into
  try {
    const int count = socket_.receiveBytes(piece.data(), k_piece);
    if (count <= 0) {
      throw Closed("end of input");
    }
    buffer.append(piece.data(), static_cast<std::size_t>(count));
  } catch (const Poco::Exception& error) {
    throw Closed(error.displayText());
  }
}

void Stream::write(std::string_view bytes) {
  try {
    while (!bytes.empty()) {
      const int count = socket_.sendBytes(bytes.data(), static_cast<int>(bytes.size()));
      if (count <= 0) {
        throw Closed("the peer takes nothing");
      }
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  } catch (const Poco::Exception& error) {
    throw Closed(error.displayText());
  }
}

void Stream::end() {
  try {
    socket_.shutdownSend();
  } catch (const Poco::Exception& error) {
    throw Closed(error.displayText());
  }
}

void Stream::reset() {
  try {
    socket_.setLinger(true, 0);
  } catch (const Poco::Exception& error) {
    throw Closed(error.displayText());
  }
}

TlsStream::TlsStream(const Poco::Net::StreamSocket& socket, TlsPtr tls)
    : Stream(socket), tls_(std::move(tls)) {
  SSL_set_fd(tls_.get(), this->socket().impl()->sockfd());
  ERR_clear_error();
  if (SSL_accept(tls_.get()) != 1) {
    ERR_clear_error();
    throw Closed("no TLS");
  }
}

void TlsStream::read(std::string& buffer) {
  std::array<char, k_piece> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): is read into
  ERR_clear_error();
  const int count = SSL_read(tls_.get(), piece.data(), k_piece);
  if (count <= 0) {
    ERR_clear_error();
    throw Closed("end of TLS");
  }
  buffer.append(piece.data(), static_cast<std::size_t>(count));
}

void TlsStream::write(std::string_view bytes) {
  ERR_clear_error();
  if (!bytes.empty() && SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0) {
    ERR_clear_error();
    throw Closed("end of TLS");
  }
}

void TlsStream::end() {
  ERR_clear_error();
  SSL_shutdown(tls_.get());
  ERR_clear_error();
  Stream::end();
}

} // namespace kvrun::emulator
