// SPDX-License-Identifier: MIT
#include "emulator/http_server.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "emulator/clouds.hpp"
#include "emulator/request_reader.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>

#include <csignal>
#include <exception>

namespace kvrun::emulator {
namespace {

constexpr std::size_t k_most_connections = 1024;
constexpr int k_backlog = 1024;
constexpr int k_idle_seconds = 300;

// Poco opens its sockets without close-on-exec.
void close_on_exec(const Poco::Net::Socket& socket) {
  ::fcntl(socket.impl()->sockfd(), F_SETFD, FD_CLOEXEC);
}

// No thread but the main one may take a signal.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

std::string connect_host(const Request& request) {
  const auto colon = request.target.rfind(':');
  return lower(std::string_view(request.target).substr(0, colon));
}

} // namespace

HttpServer::HttpServer(Service& service,
                       const CertificateAuthority& authority,
                       const KeyedCertificate* fabric)
    : service_(service),
      tls_(authority, [&service](std::string_view host) { return service.exists(host); }),
      proxy_tls_(authority,
                 [&service](std::string_view host) {
                   return !below_a_vault_suffix(host) || service.exists(host);
                 }),
      fabric_tls_(fabric == nullptr ? nullptr : std::make_unique<SingleTlsServer>(*fabric)) {}

HttpServer::~HttpServer() {
  stop();
}

std::uint16_t HttpServer::listen(const std::string& address, std::uint16_t port, Opening opening) {
  auto listener = std::make_unique<Listener>();
  try {
    listener->socket.bind(Poco::Net::SocketAddress(address, port), true);
    listener->socket.listen(k_backlog);
  } catch (const Poco::Exception& error) {
    throw Error(ErrorKind::usage,
                fmt::format("cannot listen on {}:{}: {}", address, port, error.displayText()),
                port == 0 ? "the loopback interface has to be up" : "end what listens there");
  }
  close_on_exec(listener->socket);
  listener->opening = opening;
  listeners_.push_back(std::move(listener));
  return listeners_.back()->socket.address().port();
}

void HttpServer::start() {
  for (const auto& listener : listeners_) {
    listener->thread = std::thread([this, &listener = *listener] {
      block_signals();
      accept_all(listener);
    });
  }
}

void HttpServer::stop() {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) {
      return;
    }
    stopping_ = true;
  }
  changed_.notify_all();
  for (const auto& listener : listeners_) {
    // Wakes accept(2); closing alone would not.
    ::shutdown(listener->socket.impl()->sockfd(), SHUT_RDWR);
    if (listener->thread.joinable()) {
      listener->thread.join();
    }
  }
  std::unique_lock lock(mutex_);
  for (auto& [number, connection] : connections_) {
    ::shutdown(connection.socket.impl()->sockfd(), SHUT_RDWR);
  }
  changed_.wait(lock, [&] { return ended_.size() == connections_.size(); });
  lock.unlock();
  reap();
}

void HttpServer::accept_all(Listener& listener) {
  while (true) {
    reap();
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] {
        return stopping_ || connections_.size() < k_most_connections || !ended_.empty();
      });
      if (stopping_) {
        return;
      }
    }
    try {
      Poco::Net::StreamSocket socket = listener.socket.acceptConnection();
      close_on_exec(socket);
      socket.setNoDelay(true);
      socket.setReceiveTimeout(Poco::Timespan(k_idle_seconds, 0));
      add_connection(socket, listener.opening);
    } catch (const std::exception&) {
      pause(Milliseconds(10)); // stopped, or out of descriptors or threads for a moment
    }
  }
}

void HttpServer::add_connection(const Poco::Net::StreamSocket& socket, Opening opening) {
  const std::scoped_lock lock(mutex_);
  if (stopping_) {
    return;
  }
  const std::uint64_t number = next_++;
  std::thread thread([this, number, socket, opening] { run_connection(number, socket, opening); });
  connections_.emplace(number, Connection{socket, std::move(thread)});
}

void HttpServer::run_connection(std::uint64_t number,
                                const Poco::Net::StreamSocket& socket,
                                Opening opening) {
  block_signals();
  try {
    Talk begun = open(socket, opening);
    talk(begun);
  } catch (const std::exception&) {
    // The peer went away, or no handshake came about: there is nobody to tell.
    ERR_clear_error();
  }
  const std::scoped_lock lock(mutex_);
  Poco::Net::StreamSocket(socket).close(); // under the lock: stop() looks at the descriptor
  ended_.push_back(number);
  changed_.notify_all();
}

void HttpServer::reap() {
  std::vector<std::thread> threads;
  {
    const std::scoped_lock lock(mutex_);
    for (const std::uint64_t number : ended_) {
      const auto found = connections_.find(number);
      threads.push_back(std::move(found->second.thread));
      connections_.erase(found);
    }
    ended_.clear();
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

HttpServer::Talk HttpServer::open(const Poco::Net::StreamSocket& socket, Opening opening) {
  Talk talk;
  switch (opening) {
  case Opening::tls: {
    try {
      TlsServer::Session session = tls_.accept(socket, {});
      talk.stream = std::move(session.stream);
      talk.name = std::move(session.name);
    } catch (const Closed&) {
      service_.counts().connection("refused");
      throw;
    }
    break;
  }
  case Opening::proxy:
    return open_tunnel(socket);
  case Opening::fabric:
    talk.stream = fabric_tls_->accept(socket);
    talk.entrance = Entrance::identity;
    break;
  case Opening::identity:
  case Opening::metadata:
    talk.stream = std::make_unique<Stream>(socket);
    talk.entrance = opening == Opening::identity ? Entrance::identity : Entrance::metadata;
    break;
  }
  service_.counts().connection(service_.endpoint_name(talk.entrance, talk.name));
  return talk;
}

HttpServer::Talk HttpServer::open_tunnel(const Poco::Net::StreamSocket& socket) {
  Talk talk;
  Stream plain(socket);
  const std::optional<Request> request = read_request(plain, talk.buffer);
  if (!request || request->method != "CONNECT") {
    plain.write(serialize({.status = 405, .headers = {}, .body = {}, .reason = {}, .close = true}));
    throw Closed("no CONNECT");
  }
  const std::string host = connect_host(*request);
  if (below_a_vault_suffix(host) && !service_.exists(host)) {
    service_.counts().request("proxy", "CONNECT", "502");
    plain.write(serialize({.status = 502, .headers = {}, .body = {}, .reason = {}, .close = true}));
    plain.end();
    throw Closed("no such vault");
  }
  service_.counts().request("proxy", "CONNECT", "200");
  plain.write("HTTP/1.1 200 Connection established\r\n\r\n");
  TlsServer::Session session = proxy_tls_.accept(socket, host);
  talk.stream = std::move(session.stream);
  talk.name = std::move(session.name);
  talk.buffer.clear();
  service_.counts().connection(service_.endpoint_name(talk.entrance, talk.name));
  return talk;
}

void HttpServer::talk(Talk& talk) {
  Next next = Next::request;
  while (next == Next::request) {
    std::optional<Request> request;
    try {
      request = read_request(*talk.stream, talk.buffer);
    } catch (const BadRequest&) {
      talk.stream->write(
          serialize({.status = 400, .headers = {}, .body = {}, .reason = {}, .close = true}));
      break;
    }
    if (!request) {
      break;
    }
    next = deliver(*talk.stream, answer(*request, talk), request->method != "HEAD");
  }
  if (next != Next::silence) {
    talk.stream->end();
  }
}

Answer HttpServer::answer(const Request& request, const Talk& talk) {
  Answer answer;
  try {
    answer = service_.answer(request, talk.entrance, talk.name);
  } catch (const std::exception&) {
    answer = {.status = 500, .headers = {}, .body = {}, .reason = {}, .close = true};
  }
  const std::string* connection = request.header("Connection");
  if (connection != nullptr && equal_without_case(*connection, "close")) {
    answer.close = true;
  }
  return answer;
}

bool HttpServer::pause(Milliseconds wait) {
  if (wait <= Milliseconds::zero()) {
    return true;
  }
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, wait, [&] { return stopping_; });
}

} // namespace kvrun::emulator
