// SPDX-License-Identifier: MIT
// The server on loopback: what only a socket can show.
#include "emulator/http_server.hpp"
#include "support.hpp"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace kvrun::emulator {
namespace {

constexpr const char* k_vault = "kv1.vault.azure.net";

// A server with one vault, and a TLS client for it.
class HttpServerTest : public testing::Test {
protected:
  void start(std::string_view faults, Opening opening = Opening::tls) {
    service_ =
        std::make_unique<Service>(seed_of(fmt::format("vaults: {{ kv1: {{ a: x }} }}\n{}", faults)),
                                  HostKind::none,
                                  Credentials{},
                                  [] { return std::chrono::system_clock::now(); });
    server_ = std::make_unique<HttpServer>(*service_, authority_, nullptr);
    port_ = server_->listen("127.0.0.1", 0, opening);
    server_->start();
  }

  [[nodiscard]] Poco::Net::StreamSocket connect() const {
    Poco::Net::StreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", port_));
    socket.setReceiveTimeout(Poco::Timespan(20, 0));
    return socket;
  }

  // The alert that the handshake under this name ends with; 0 when it succeeds.
  int shake_hands(Poco::Net::StreamSocket& socket, const char* name) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), authority_.certificate());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    tls_.reset(SSL_new(context_.get()));
    SSL_set_fd(tls_.get(), socket.impl()->sockfd());
    std::string copy(name); // what SSL_set_tlsext_host_name() does, without its C cast
    SSL_ctrl(tls_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, copy.data());
    SSL_set1_host(tls_.get(), name);
    ERR_clear_error();
    const bool good = SSL_connect(tls_.get()) == 1;
    const unsigned long error = ERR_get_error();
    return good ? 0 : ERR_GET_REASON(error);
  }

  void send(std::string_view text) {
    ASSERT_EQ(SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())),
              static_cast<int>(text.size()));
  }
  void get(std::string_view path) {
    const std::string token = service_->issuer().access_token("https://vault.azure.net", 60);
    send(fmt::format(
        "GET {}?api-version=7.4 HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        path,
        k_vault,
        token));
  }
  // One read; "" at the end.
  std::string read() {
    std::string buffer(65536, '\0');
    const int count = SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()));
    buffer.resize(static_cast<std::size_t>(std::max(0, count)));
    return buffer;
  }
  std::string read_all() {
    std::string all;
    for (std::string piece = read(); !piece.empty(); piece = read()) {
      all += piece;
    }
    return all;
  }

  // NOLINTBEGIN(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  CertificateAuthority authority_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
  TlsContextPtr context_;
  TlsPtr tls_;
  // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(HttpServerTest, AnswersOneRequestAfterTheOtherInOnePieceEach) {
  start("");
  Poco::Net::StreamSocket socket = connect();
  ASSERT_EQ(shake_hands(socket, k_vault), 0);
  for (int i = 0; i < 3; ++i) {
    get("/secrets/a");
    const std::string answer = read();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(answer.ends_with("\"recoverableDays\":90}}")) << answer;
  }
}

TEST_F(HttpServerTest, KnowsNoVaultThatIsNotInTheSeed) {
  start("");
  Poco::Net::StreamSocket socket = connect();
  EXPECT_EQ(shake_hands(socket, "kv2.vault.azure.net"), SSL_R_TLSV1_UNRECOGNIZED_NAME);
}

TEST_F(HttpServerTest, ClosesATruncatedAnswer) {
  start("faults: [{ host: kv1, truncate: 5 }]");
  Poco::Net::StreamSocket socket = connect();
  ASSERT_EQ(shake_hands(socket, k_vault), 0);
  get("/secrets/a");
  const std::string answer = read_all();
  EXPECT_TRUE(answer.ends_with("\r\n\r\n{\"val")) << answer;
  EXPECT_EQ(answer.find("Content-Length: 5\r\n"), std::string::npos);
}

TEST_F(HttpServerTest, SendsChunks) {
  start("faults: [{ host: kv1, status: 200, body: '0123456789', chunked: 7 }]");
  Poco::Net::StreamSocket socket = connect();
  ASSERT_EQ(shake_hands(socket, k_vault), 0);
  get("/secrets/a");
  const std::string answer = read();
  EXPECT_TRUE(answer.ends_with("\r\n\r\n7\r\n0123456\r\n3\r\n789\r\n0\r\n\r\n")) << answer;
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("Content-Length"), std::string::npos);
}

TEST_F(HttpServerTest, ResetsAConnection) {
  start("faults: [{ host: kv1, reset: true }]");
  Poco::Net::StreamSocket socket = connect();
  ASSERT_EQ(shake_hands(socket, k_vault), 0);
  get("/secrets/a");
  ERR_clear_error();
  char byte = 0;
  EXPECT_LE(SSL_read(tls_.get(), &byte, 1), 0);
  EXPECT_EQ(SSL_get_error(tls_.get(), -1), SSL_ERROR_SYSCALL);
  EXPECT_EQ(errno, ECONNRESET);
}

TEST_F(HttpServerTest, DripsTheBody) {
  start("faults: [{ host: kv1, status: 200, body: '0123456789', drip: 1000 }]");
  Poco::Net::StreamSocket socket = connect();
  ASSERT_EQ(shake_hands(socket, k_vault), 0);
  get("/secrets/a");
  const std::string head = read();
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  EXPECT_EQ(read(), "0123456789");
}

TEST_F(HttpServerTest, RefusesWhatIsNoHttpAndCloses) {
  start("");
  Poco::Net::StreamSocket socket = connect();
  ASSERT_EQ(shake_hands(socket, k_vault), 0);
  send("nonsense\r\n\r\n");
  EXPECT_TRUE(read_all().starts_with("HTTP/1.1 400 Bad Request\r\n"));
}

TEST_F(HttpServerTest, TunnelsToEveryHostButAnUnknownVault) {
  start("", Opening::proxy);
  const auto connect_to = [&](Poco::Net::StreamSocket& socket, std::string_view host) {
    const std::string line =
        fmt::format("CONNECT {}:443 HTTP/1.1\r\nHost: {}:443\r\n\r\n", host, host);
    socket.sendBytes(line.data(), static_cast<int>(line.size()));
    std::string answer(1024, '\0');
    answer.resize(static_cast<std::size_t>(
        std::max(0, socket.receiveBytes(answer.data(), static_cast<int>(answer.size())))));
    return answer.substr(0, 12);
  };
  for (const char* host : {k_vault, "login.microsoftonline.com", "other.example"}) {
    Poco::Net::StreamSocket socket = connect();
    EXPECT_EQ(connect_to(socket, host), "HTTP/1.1 200") << host;
    EXPECT_EQ(shake_hands(socket, host), 0) << host;
  }
  Poco::Net::StreamSocket socket = connect();
  EXPECT_EQ(connect_to(socket, "kv2.vault.azure.net"), "HTTP/1.1 502");
}

TEST_F(HttpServerTest, EndsWithConnectionsOpen) {
  start("faults: [{ host: kv1, delay: 1h }]");
  Poco::Net::StreamSocket idle = connect();
  Poco::Net::StreamSocket waiting = connect();
  ASSERT_EQ(shake_hands(waiting, k_vault), 0);
  get("/secrets/a");
  server_->stop();
  EXPECT_EQ(read(), "");
}

} // namespace
} // namespace kvrun::emulator
