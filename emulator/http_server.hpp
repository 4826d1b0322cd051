// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/service.hpp"
#include "emulator/tls.hpp"

#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace kvrun::emulator {

// How a connection begins.
enum class Opening {
  tls,      // TLS under a name that exists
  proxy,    // CONNECT, then TLS under any name that is no unknown vault's
  identity, // plain HTTP
  fabric,   // TLS with one certificate
  metadata, // plain HTTP at 169.254.169.254
};

// HTTP/1.1 for the services: a thread a connection, at most `k_most_connections` of them, and one
// write an answer. Listens as soon as it is told to, serves from start() to stop().
class HttpServer {
public:
  // `fabric` is for Opening::fabric; may be null.
  HttpServer(Service& service,
             const CertificateAuthority& authority,
             const KeyedCertificate* fabric);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  HttpServer(HttpServer&&) = delete;
  HttpServer& operator=(HttpServer&&) = delete;
  ~HttpServer();

  // The port that was taken; 0 asks for a free one. Throws Error(usage).
  std::uint16_t listen(const std::string& address, std::uint16_t port, Opening opening);
  void start();
  // Ends every connection and waits for the threads.
  void stop();

private:
  struct Listener {
    Poco::Net::ServerSocket socket;
    Opening opening;
    std::thread thread;
  };
  struct Connection {
    Poco::Net::StreamSocket socket;
    std::thread thread;
  };
  // A conversation: what is said on a connection once it is open.
  struct Talk {
    std::unique_ptr<Stream> stream;
    Entrance entrance = Entrance::named;
    std::string name;
    std::string buffer; // what was read and is not used yet
  };

  void accept_all(Listener& listener);
  void add_connection(const Poco::Net::StreamSocket& socket, Opening opening);
  void run_connection(std::uint64_t number, const Poco::Net::StreamSocket& socket, Opening opening);
  // Joins the threads of the connections that ended.
  void reap();
  // Throws Closed.
  [[nodiscard]] Talk open(const Poco::Net::StreamSocket& socket, Opening opening);
  [[nodiscard]] Talk open_tunnel(const Poco::Net::StreamSocket& socket);
  void talk(Talk& talk);
  [[nodiscard]] Answer answer(const Request& request, const Talk& talk);
  enum class Next { request, goodbye, silence };
  // Sends the answer; what comes after it.
  [[nodiscard]] Next deliver(Stream& stream, const Answer& answer, bool with_body);
  void deliver_slowly(Stream& stream, std::string_view body, std::size_t bytes_a_second);
  // Whether the time passed without the server being stopped.
  bool pause(Milliseconds wait);

  Service& service_;
  TlsServer tls_;
  TlsServer proxy_tls_;
  std::unique_ptr<SingleTlsServer> fabric_tls_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::uint64_t, Connection> connections_;
  std::vector<std::uint64_t> ended_;
  std::uint64_t next_ = 0;
  bool stopping_ = false;
};

} // namespace kvrun::emulator
