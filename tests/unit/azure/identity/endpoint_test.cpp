// SPDX-License-Identifier: MIT
#include "azure/identity/endpoint.hpp"

#include <gtest/gtest.h>

namespace kvrun::azure {
namespace {

Endpoint local(std::string_view url) {
  return parse_endpoint("IDENTITY_ENDPOINT", url, Scheme::https_or_local_http);
}

// What the refusal of a URL says; "" when it is taken.
std::string refusal(std::string_view url, Scheme scheme = Scheme::https_or_local_http) {
  try {
    (void)parse_endpoint("IDENTITY_ENDPOINT", url, scheme);
    return {};
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.message() + ' ' + e.hint();
  }
}

TEST(Endpoint, HasThePartsOfItsUrl) {
  const Endpoint endpoint = local("http://LOCALHOST:42356/msi/token?a=b");
  EXPECT_FALSE(endpoint.origin.tls);
  EXPECT_EQ(endpoint.origin.host, "localhost");
  EXPECT_EQ(endpoint.origin.port, 42356);
  EXPECT_EQ(endpoint.path, "/msi/token");
  EXPECT_EQ(endpoint.query, "a=b");
}

TEST(Endpoint, HasTheSchemesOwnPort) {
  EXPECT_EQ(local("http://127.0.0.1/").origin.port, 80);
  EXPECT_EQ(local("https://host.example/").origin.port, 443);
}

TEST(Endpoint, HasARootWhereThereIsNoPath) {
  EXPECT_EQ(local("http://127.0.0.1").path, "/");
  EXPECT_EQ(local("http://127.0.0.1?x=1").target({{"y", "2"}}), "/?x=1&y=2");
}

TEST(Endpoint, AppendsToAQueryAndEncodes) {
  EXPECT_EQ(local("http://127.0.0.1/t").target({{"resource", "https://vault.azure.net"}}),
            "/t?resource=https%3A%2F%2Fvault.azure.net");
  EXPECT_EQ(local("http://127.0.0.1/t?x=1&").target({{"y", "2"}}), "/t?x=1&y=2");
}

TEST(Endpoint, TakesHttpToThisMachineAndItsNetwork) {
  for (const char* url : {"http://localhost:50342/oauth2/token",
                          "http://127.0.0.1:1/",
                          "http://127.9.9.9/",
                          "http://169.254.169.254/",
                          "http://169.254.130.1:8081/msi/token",
                          "http://10.0.0.1/",
                          "http://172.16.0.1/",
                          "http://172.31.255.255/",
                          "http://192.168.1.1/",
                          "http://[::1]:80/",
                          "http://[fe80::1]/",
                          "http://[fd00:ec2::254]/"}) {
    EXPECT_EQ(refusal(url), "") << url;
  }
}

TEST(Endpoint, RefusesHttpToAnywhereElse) {
  for (const char* url : {"http://evil.example/msi/token",
                          "http://203.0.113.9/msi/token",
                          "http://[2001:db8::1]/msi/token",
                          "http://172.32.0.1/",
                          "http://11.0.0.1/",
                          "http://localhost.evil.example/",
                          "http://0.0.0.0/",
                          "http://[::]/"}) {
    EXPECT_NE(refusal(url), "") << url;
  }
}

TEST(Endpoint, RefusesAddressesInUnusualForms) {
  for (const char* url : {"http://3405803785/msi/token",
                          "http://2130706433/",
                          "http://127.1/",
                          "http://0x7f.0.0.1/",
                          "http://0x7f000001/",
                          "http://127.0.0.01/",
                          "http://[::ffff:203.0.113.9]/",
                          "http://[::ffff:127.0.0.1]/",
                          "http://[::127.0.0.1]/",
                          "http://[fe80::1%25eth0]/",
                          "http://localhost./",
                          "https://2130706433/"}) {
    EXPECT_NE(refusal(url), "") << url;
  }
}

TEST(Endpoint, RefusesWhatIsNoPlainUrl) {
  for (const char* url : {"",
                          "localhost:50342",
                          "file:///etc/passwd",
                          "ftp://127.0.0.1/",
                          "http://",
                          "http:///path",
                          "http://127.0.0.1:INVALID/",
                          "http://127.0.0.1:65536/",
                          "http://127.0.0.1:0/",
                          "http://127.0.0.1:/",
                          "http://127.0.0.1:-1/",
                          "http://[::1/",
                          "http://[::1]x/",
                          "http://127.0.0.1@evil.example/",
                          "http://user:pw@127.0.0.1/",
                          "http://127.0.0.1/#x",
                          "http://127.0.0.1\\@evil.example/",
                          "http://127.0.0.1/a b",
                          "http://127.0.0.1/\r\nX: y",
                          "http://a..b/",
                          "http://\xc3\xa4/"}) {
    EXPECT_NE(refusal(url), "") << url;
  }
}

TEST(Endpoint, MayHaveToBeHttps) {
  EXPECT_NE(refusal("http://127.0.0.1/", Scheme::https_only), "");
  EXPECT_EQ(refusal("https://127.0.0.1:2377/", Scheme::https_only), "");
}

TEST(Endpoint, NamesTheVariableAndNeverItsValue) {
  const std::string text = refusal("ftp://user:hunter2hunter2@h/");
  EXPECT_NE(text.find("IDENTITY_ENDPOINT"), std::string::npos);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
}

} // namespace
} // namespace kvrun::azure
