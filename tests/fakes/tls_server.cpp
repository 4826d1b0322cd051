// SPDX-License-Identifier: MIT
#include "tests/fakes/tls_server.hpp"

#include <fmt/format.h>
#include <openssl/err.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace kvrun::fakes {

namespace {

void require(bool good) {
  if (!good) {
    throw std::runtime_error("no test server");
  }
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd listen_somewhere(int backlog, std::uint16_t& port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  require(fd && ::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0 &&
          ::listen(fd.get(), backlog) == 0 &&
          ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return fd;
}

} // namespace

Event::Event() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  require(static_cast<bool>(fd_));
}

void Event::set() const {
  const std::uint64_t one = 1;
  require(::write(fd_.get(), &one, sizeof one) == sizeof one);
}

bool Event::is_set() const {
  pollfd ready{fd_.get(), POLLIN, 0};
  return ::poll(&ready, 1, 0) == 1;
}

// ---- one connection

Peer::Peer(ScriptedServer& server, UniqueFd fd, std::size_t number)
    : server_(server), fd_(std::move(fd)), number_(number) {}

// Whether `events` came, and not the server's end.
bool Peer::wait(int fd, short events) const {
  std::array<pollfd, 2> descriptors{pollfd{fd, events, 0},
                                    pollfd{server_.stop_.descriptor(), POLLIN, 0}};
  while (::poll(descriptors.data(), descriptors.size(), -1) < 0) {
  }
  return descriptors[1].revents == 0;
}

bool Peer::shake_hands() {
  ssl_.reset(SSL_new(server_.context_.get()));
  SSL_set_fd(ssl_.get(), fd_.get());
  for (;;) {
    ERR_clear_error();
    const int done = SSL_accept(ssl_.get());
    if (done == 1) {
      return true;
    }
    const int error = SSL_get_error(ssl_.get(), done);
    if ((error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) ||
        !wait(fd_.get(), error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT)) {
      return false;
    }
  }
}

std::string Peer::server_name() const {
  const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string() : name;
}

bool Peer::read_more() {
  std::array<char, 4096> bytes{};
  for (;;) {
    ERR_clear_error();
    long got = 0;
    bool again = false;
    if (ssl_) {
      got = SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      again = got <= 0 && SSL_get_error(ssl_.get(), static_cast<int>(got)) == SSL_ERROR_WANT_READ;
    } else {
      got = ::read(fd_.get(), bytes.data(), bytes.size());
      again = got < 0 && errno == EAGAIN;
    }
    if (got > 0) {
      buffer_.append(bytes.data(), static_cast<std::size_t>(got));
      return true;
    }
    if (!again || !wait(fd_.get(), POLLIN)) {
      return false;
    }
  }
}

std::string Peer::read_request() {
  constexpr std::string_view length_name = "\r\nContent-Length: ";
  for (;;) {
    const std::size_t head = buffer_.find("\r\n\r\n");
    if (head != std::string::npos) {
      std::size_t size = head + 4;
      if (const std::size_t at = buffer_.find(length_name); at < head) {
        std::size_t length = 0;
        std::from_chars(buffer_.data() + at + length_name.size(), buffer_.data() + head, length);
        size += length;
      }
      if (buffer_.size() >= size) {
        std::string request = buffer_.substr(0, size);
        buffer_.erase(0, size);
        server_.note_request(request);
        return request;
      }
    }
    if (!read_more()) {
      return {};
    }
  }
}

std::string Peer::read_head() {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char byte = 0;
    const ssize_t got = ::read(fd_.get(), &byte, 1);
    if (got == 1) {
      head += byte;
    } else if (got == 0 || errno != EAGAIN || !wait(fd_.get(), POLLIN)) {
      return {};
    }
  }
  return head;
}

void Peer::send(std::string_view bytes) {
  if (!ssl_) {
    send_raw(bytes);
    return;
  }
  while (!bytes.empty()) {
    ERR_clear_error();
    const int sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (SSL_get_error(ssl_.get(), sent) != SSL_ERROR_WANT_WRITE ||
               !wait(fd_.get(), POLLOUT)) {
      return;
    }
  }
}

void Peer::send_raw(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN || !wait(fd_.get(), POLLOUT)) {
      return;
    }
  }
}

void Peer::drip(std::string_view bytes) {
  constexpr int pace = 20; // ms between two bytes
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    send(bytes.substr(i, 1));
    std::array<pollfd, 2> descriptors{pollfd{fd_.get(), POLLRDHUP, 0},
                                      pollfd{server_.stop_.descriptor(), POLLIN, 0}};
    if (::poll(descriptors.data(), descriptors.size(), pace) != 0) {
      return;
    }
  }
}

void Peer::wait_for(const Event& event) {
  wait(event.descriptor(), POLLIN);
}

void Peer::wait_for_hangup() {
  wait(fd_.get(), POLLRDHUP);
}

void Peer::close() {
  if (ssl_) {
    SSL_shutdown(ssl_.get());
  }
  cut();
}

void Peer::cut() {
  fd_.reset();
}

void Peer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  fd_.reset();
}

// ---- the server

ScriptedServer::ScriptedServer(TlsSettings settings, std::vector<Script> scripts)
    : scripts_(std::move(scripts)) {
  if (settings.identity) {
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX* context = context_.get();
    SSL_CTX_set_security_level(context, 0); // OpenSSL 3 has no TLS 1.1 above it
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    require(SSL_CTX_set_max_proto_version(context, settings.most_version) == 1 &&
            SSL_CTX_use_certificate(context, settings.identity->certificate.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context, settings.identity->key.get()) == 1 &&
            (settings.ciphers.empty() ||
             SSL_CTX_set_cipher_list(context, settings.ciphers.c_str()) == 1));
  }
  constexpr int backlog = 128;
  listener_ = listen_somewhere(backlog, port_);
  acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedServer::~ScriptedServer() {
  stop_.set();
  acceptor_.join();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void ScriptedServer::accept_all() {
  for (;;) {
    std::array<pollfd, 2> descriptors{pollfd{listener_.get(), POLLIN, 0},
                                      pollfd{stop_.descriptor(), POLLIN, 0}};
    while (::poll(descriptors.data(), descriptors.size(), -1) < 0) {
    }
    if (descriptors[1].revents != 0) {
      return;
    }
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!fd) {
      continue;
    }
    const std::scoped_lock lock(mutex_);
    const std::size_t number = accepted_++;
    threads_.emplace_back([this, number, raw = fd.release()] {
      Peer peer(*this, UniqueFd(raw), number);
      scripts_.at(std::min(number, scripts_.size() - 1))(peer);
    });
  }
}

void ScriptedServer::note_request(std::string request) {
  const std::scoped_lock lock(mutex_);
  requests_.push_back(std::move(request));
}

std::size_t ScriptedServer::connections() const {
  const std::scoped_lock lock(mutex_);
  return accepted_;
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

std::uint16_t closed_port() {
  std::uint16_t port = 0;
  listen_somewhere(1, port).reset();
  return port;
}

SilentAddress::SilentAddress() : listener_(listen_somewhere(0, port_)) {
  const sockaddr_in address = loopback(port_);
  constexpr int more_than_fit = 4;
  for (int i = 0; i < more_than_fit; ++i) {
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    waiting_.push_back(std::move(fd));
  }
}

std::string answer(std::string_view body, std::string_view headers) {
  return fmt::format(
      "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{}\r\n{}", body.size(), headers, body);
}

} // namespace kvrun::fakes
