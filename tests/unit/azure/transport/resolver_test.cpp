// SPDX-License-Identifier: MIT
#include "azure/transport/resolver.hpp"

#include <gtest/gtest.h>

#include <poll.h>

#include <string>
#include <vector>

namespace kvrun::azure {
namespace {

std::vector<std::string> addresses_of(const std::string& host) {
  const Lookup lookup(host, 8443);
  EXPECT_TRUE(lookup.done()) << host << " was looked up";
  EXPECT_EQ(lookup.descriptor(), -1);
  EXPECT_EQ(lookup.result().status, Resolution::Status::found);
  std::vector<std::string> texts;
  for (const Address& address : lookup.result().addresses) {
    texts.push_back(address.text());
  }
  return texts;
}

// An entry in a hosts file must not move what is meant for this machine.
TEST(Lookup, OfLocalhostAsksNobody) {
  EXPECT_EQ(addresses_of("localhost"), (std::vector<std::string>{"127.0.0.1:8443", "[::1]:8443"}));
}

TEST(Lookup, OfAnAddressAsksNobody) {
  EXPECT_EQ(addresses_of("169.254.169.254"), std::vector<std::string>{"169.254.169.254:8443"});
  EXPECT_EQ(addresses_of("fd00::1"), std::vector<std::string>{"[fd00::1]:8443"});
}

TEST(Lookup, OfANameEndsAndSaysSo) {
  const Lookup lookup("no..such.example", 443); // with an empty label, no name server is asked
  while (!lookup.done()) {
    pollfd done{lookup.descriptor(), POLLIN, 0};
    ASSERT_EQ(::poll(&done, 1, 30'000), 1);
  }
  pollfd still{lookup.descriptor(), POLLIN, 0};
  EXPECT_EQ(::poll(&still, 1, 0), 1) << "who looks at it later would wait for ever";
  EXPECT_NE(lookup.result().status, Resolution::Status::found);
  EXPECT_NE(lookup.result().reason, "");
  EXPECT_TRUE(lookup.result().addresses.empty());
}

} // namespace
} // namespace kvrun::azure
