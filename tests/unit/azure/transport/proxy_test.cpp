// SPDX-License-Identifier: MIT
// poco.md P14
#include "tests/unit/azure/transport/wire.hpp"

#include <fmt/format.h>

#include <array>
#include <map>

namespace kvrun::azure {
namespace {

using fakes::Peer;
using Kind = TransportFailure::Kind;
using Variables = std::map<std::string, std::string, std::less<>>;

ProxySettings settings(const Variables& variables) {
  return ProxySettings([&](std::string_view name) -> std::string_view {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string_view() : std::string_view(found->second);
  });
}

std::string proxy_of(const Variables& variables, std::string_view host = "kv1.vault.azure.net") {
  const ProxySettings proxies = settings(variables);
  const Proxy* proxy = proxies.for_host(host, 443);
  return proxy == nullptr ? "none" : proxy->label;
}

TEST(ProxySettings, TakeTheStrongestVariable) {
  Variables variables;
  EXPECT_EQ(proxy_of(variables), "none");
  variables["ALL_PROXY"] = "http://d:4";
  EXPECT_EQ(proxy_of(variables), "d:4 (ALL_PROXY)");
  variables["all_proxy"] = "http://c:3";
  EXPECT_EQ(proxy_of(variables), "c:3 (all_proxy)");
  variables["HTTPS_PROXY"] = "http://b:2";
  EXPECT_EQ(proxy_of(variables), "b:2 (HTTPS_PROXY)");
  variables["https_proxy"] = "http://a:1";
  EXPECT_EQ(proxy_of(variables), "a:1 (https_proxy)");
  variables["https_proxy"] = "";
  EXPECT_EQ(proxy_of(variables), "b:2 (HTTPS_PROXY)");
  variables["http_proxy"] = "http://e:5";
  EXPECT_EQ(proxy_of(variables), "b:2 (HTTPS_PROXY)");
}

TEST(ProxySettings, ReadTheFormsOfAUrl) {
  const std::map<std::string, std::string> forms{
      {"http://p", "p:80"},
      {"HTTP://P:3128/", "p:3128"},
      {"p:3128", "p:3128"},
      {"http://[::1]:3128", "::1:3128"},
      {"http://u:secret@p:3128", "p:3128"},
      {" http://p:1 ", "p:1"},
  };
  for (const auto& [url, label] : forms) {
    EXPECT_EQ(proxy_of({{"https_proxy", url}}), label + " (https_proxy)") << url;
  }
}

TEST(ProxySettings, RefuseWhatIsNoHttpProxyAndNameTheVariable) {
  for (const char* url : {"https://p:1",
                          "socks5://p:1",
                          "http://",
                          "http://p:0",
                          "http://p:65536",
                          "http://p:x",
                          "http://a b",
                          "http://u:%zz@p"}) {
    try {
      static_cast<void>(settings({{"HTTPS_PROXY", url}}));
      ADD_FAILURE() << url << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage) << url;
      EXPECT_TRUE(error.message().starts_with("HTTPS_PROXY: ")) << error.message();
    }
  }
}

TEST(ProxySettings, NeverShowThePassword) {
  for (const char* url :
       {"socks5://user:hunter2@p:1", "http://user:hunter2@p:x", "http://hunter2%@p"}) {
    try {
      static_cast<void>(settings({{"https_proxy", url}}));
      ADD_FAILURE() << url << " was taken";
    } catch (const Error& error) {
      expect_lacks(error.message() + error.hint(), "hunter2");
    }
  }
  const ProxySettings proxies = settings({{"https_proxy", "http://user:hunter2@p:1"}});
  expect_lacks(proxies.for_host("a", 443)->label, "hunter2");
}

TEST(ProxySettings, DecodeUserAndPassword) {
  const ProxySettings proxies = settings({{"https_proxy", "http://u%40x:p%3Aw@p:1"}});
  EXPECT_EQ(proxies.for_host("a", 443)->authorization.reveal(), "Basic dUB4OnA6dw=="); // u@x:p:w
  const ProxySettings nobody = settings({{"https_proxy", "http://p:1"}});
  EXPECT_TRUE(nobody.for_host("a", 443)->authorization.empty());
}

struct Exception {
  const char* no_proxy;
  const char* host;
  bool direct;
};

TEST(NoProxy, KnowsHostsDomainsAddressesAndNetworks) {
  constexpr std::array cases{
      Exception{"kv1.vault.azure.net", "kv1.vault.azure.net", true},
      Exception{"KV1.Vault.Azure.NET", "kv1.vault.azure.net", true},
      Exception{"kv1.vault.azure.net", "kv2.vault.azure.net", false},
      Exception{"vault.azure.net", "kv1.vault.azure.net", true},
      Exception{".vault.azure.net", "kv1.vault.azure.net", true},
      Exception{"*.vault.azure.net", "kv1.vault.azure.net", true},
      Exception{"ault.azure.net", "kv1.vault.azure.net", false},
      Exception{"vault.azure.net", "evilvault.azure.net", false},
      Exception{"vault.azure.net.example", "kv1.vault.azure.net", false},
      Exception{"a, vault.azure.net ,b", "kv1.vault.azure.net", true},
      Exception{"a,,b", "kv1.vault.azure.net", false},
      Exception{"*", "kv1.vault.azure.net", true},
      Exception{"vault.azure.net:443", "kv1.vault.azure.net", true},
      Exception{"vault.azure.net:8443", "kv1.vault.azure.net", false},
      Exception{"10.0.0.0/8", "10.255.1.2", true},
      Exception{"10.0.0.0/8", "11.0.0.1", false},
      Exception{"10.1.2.128/25", "10.1.2.127", false},
      Exception{"10.1.2.128/25", "10.1.2.200", true},
      Exception{"0.0.0.0/0", "192.0.2.1", true},
      Exception{"10.0.0.0/33", "10.0.0.1", false},
      Exception{"10.0.0.0/x", "10.0.0.1", false},
      Exception{"10.0.0.0/8", "kv1.vault.azure.net", false},
      Exception{"192.0.2.1", "192.0.2.1", true},
      Exception{"192.0.2.1", "192.0.2.10", false},
      Exception{"fd00::/8", "fd12::1", true},
      Exception{"fd00::/8", "fe80::1", false},
      Exception{"::1", "::1", true},
      Exception{"[::1]", "::1", true},
      Exception{"[::1]:443", "::1", true},
      Exception{"[::1]:8443", "::1", false},
      Exception{"::ffff:0:0/96", "10.0.0.1", false},
  };
  for (const Exception& one : cases) {
    const Variables variables{{"https_proxy", "http://p:1"}, {"no_proxy", one.no_proxy}};
    EXPECT_EQ(proxy_of(variables, one.host) == "none", one.direct)
        << one.no_proxy << " for " << one.host;
  }
}

TEST(NoProxy, InLowerCaseWins) {
  EXPECT_EQ(proxy_of({{"https_proxy", "p:1"}, {"no_proxy", "other"}, {"NO_PROXY", "*"}}),
            "p:1 (https_proxy)");
  EXPECT_EQ(proxy_of({{"https_proxy", "p:1"}, {"no_proxy", ""}, {"NO_PROXY", "*"}}), "none");
}

// ---- the tunnel

// A proxy that answers CONNECT so, and after a 200 is the vault itself.
fakes::ScriptedServer::Script tunnels(std::string answer, std::string* head = nullptr) {
  return [answer = std::move(answer), head](Peer& peer) {
    const std::string request = peer.read_head();
    if (head != nullptr) {
      *head = request;
    }
    peer.send_raw(answer);
    if (answer.find(" 200") != std::string::npos && peer.shake_hands()) {
      while (!peer.read_request().empty()) {
        peer.send(fakes::answer("tunnelled"));
      }
    }
  };
}

class Tunnel : public testing::Test {
protected:
  // A transport that goes through that proxy.
  static void use(Wire& wire, const std::string& no_proxy = "", std::uint16_t port = 0) {
    wire.options.connect_to.clear();
    wire.options.proxies = settings(
        {{"https_proxy",
          fmt::format("http://user:hunter2@127.0.0.1:{}", port == 0 ? wire.server.port() : port)},
         {"no_proxy", no_proxy}});
  }
};

TEST_F(Tunnel, IsAskedForByTheNameAndVerifiedLikeAnyOther) {
  std::string head;
  Wire wire({tunnels("HTTP/1.1 200 Connection established\r\nVia: p\r\n\r\n", &head)});
  use(wire);
  EXPECT_EQ(wire.body(), "tunnelled");
  EXPECT_EQ(head,
            "CONNECT kv1.vault.azure.net:443 HTTP/1.1\r\nHost: kv1.vault.azure.net:443\r\n"
            "Proxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n\r\n");
  expect_lacks(wire.server.requests().front(), "Proxy-Authorization");
}

TEST_F(Tunnel, DoesNotExcuseACertificateOfAnotherName) {
  Wire wire({tunnels("HTTP/1.1 200 OK\r\n\r\n")});
  use(wire);
  EXPECT_EQ(wire.failure(Wire::get("/", "login.example")).kind, Kind::certificate);
  EXPECT_EQ(wire.requests(), 0U);
}

// key-vault.md K10
TEST_F(Tunnel, RefusedNamesTheProxyAndNotThePassword) {
  for (const int status : {407, 403, 404}) {
    Wire wire({tunnels(fmt::format("HTTP/1.1 {} No\r\nContent-Length: 3\r\n\r\nno\n", status))});
    use(wire);
    const TransportFailure failure = wire.failure();
    EXPECT_EQ(failure.kind, Kind::proxy) << failure.message;
    EXPECT_EQ(failure.error().kind(), ErrorKind::refused);
    expect_holds(failure.message,
                 fmt::format("proxy 127.0.0.1:{} (https_proxy): the proxy answered {} to CONNECT "
                             "kv1.vault.azure.net",
                             wire.server.port(),
                             status));
    EXPECT_NE(failure.hint, "");
    expect_lacks(failure.message + failure.hint, "hunter2");
  }
}

// It may count the wrong ones, and lock the account.
TEST_F(Tunnel, TriesCredentialsOnceHoweverManyConnectionsWouldPay) {
  Wire wire({tunnels("HTTP/1.1 407 No\r\n\r\n")});
  use(wire);
  for (const HttpResult& result : wire.fetch_all(100)) {
    EXPECT_EQ(std::get<TransportFailure>(result).kind, Kind::proxy);
  }
  EXPECT_EQ(wire.server.connections(), 1U);
}

TEST_F(Tunnel, ThatIsOverloadedCanBeTriedAgain) {
  for (const int status : {502, 503, 429}) {
    Wire wire({tunnels(fmt::format("HTTP/1.1 {} No\r\n\r\n", status))});
    use(wire);
    EXPECT_TRUE(wire.failure().retryable()) << status;
  }
}

TEST_F(Tunnel, ToAProxyThatIsDownNamesIt) {
  Wire wire({tunnels("")});
  use(wire, "", fakes::closed_port());
  const TransportFailure failure = wire.failure();
  EXPECT_TRUE(failure.retryable());
  expect_holds(failure.message, "(https_proxy)");
  expect_holds(failure.message, "connection refused");
  expect_lacks(failure.message, "hunter2");
}

TEST_F(Tunnel, ThatTheProxyClosesOrNeverOpensCanBeTriedAgain) {
  for (const bool silent : {false, true}) {
    Wire wire({[&](Peer& peer) {
      static_cast<void>(peer.read_head());
      if (silent) {
        peer.wait_for_hangup();
      }
    }});
    use(wire);
    HttpRequest request = Wire::get();
    request.patience = k_short;
    EXPECT_TRUE(wire.failure(std::move(request)).retryable());
  }
}

TEST_F(Tunnel, AnsweredByWhatIsNoHttpIsRefused) {
  Wire wire({tunnels("220 mail.example ESMTP\r\n\r\n")});
  use(wire);
  EXPECT_EQ(wire.failure().kind, Kind::protocol);
}

TEST_F(Tunnel, IsNotForARouteThatMustBeDirect) {
  Wire wire({answers(fakes::answer("direct"))});
  use(wire, "", fakes::closed_port());
  wire.options.connect_to = {{"", 0, "127.0.0.1", wire.server.port()}};
  EXPECT_EQ(wire.body(), "direct"); // the caller named the address to dial
  HttpRequest plain = Wire::get("/metadata", "127.0.0.1");
  plain.origin.tls = false;
  plain.origin.port = fakes::closed_port();
  expect_lacks(wire.failure(std::move(plain)).message, "proxy");
  HttpRequest direct = Wire::get("/", "localhost");
  direct.origin.port = fakes::closed_port();
  direct.route.direct = true;
  expect_lacks(wire.failure(std::move(direct)).message, "proxy");
}

TEST_F(Tunnel, IsNotForWhatNoProxyNames) {
  Wire wire({answers(fakes::answer("direct"))});
  use(wire, "localhost");
  HttpRequest request = Wire::get("/", "localhost");
  request.origin.port = wire.server.port();
  EXPECT_EQ(wire.failure(std::move(request)).kind, Kind::certificate); // TLS, and no CONNECT
}

} // namespace
} // namespace kvrun::azure
