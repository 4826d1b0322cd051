// SPDX-License-Identifier: MIT
// Which of several addresses is used; poco.md P13.
#include "tests/unit/azure/transport/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

namespace kvrun::azure {
namespace {

using fakes::Event;
using fakes::Peer;

Address loopback(std::uint16_t port) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(port);
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Address address;
  std::memcpy(&address.storage, &in, sizeof in);
  address.length = sizeof in;
  return address;
}

Target vm_at(std::vector<Address> addresses) {
  Target target;
  target.origin = {false, "vm.example", 80};
  target.addresses = std::move(addresses);
  return target;
}

// A plain connection to the first of these that answers, as far as it comes.
std::unique_ptr<Connection> dial(std::vector<Address> addresses) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  auto connection = std::make_unique<Connection>(vm_at(std::move(addresses)), now());
  const TimePoint end = now() + k_long;
  while (connection->state() < Connection::State::ready && now() < end) {
    std::vector<pollfd> descriptors;
    connection->watch(descriptors);
    ::poll(descriptors.data(), descriptors.size(), 10);
    connection->step(now());
  }
  return connection;
}

TEST(Dialling, GoesOnToTheNextAddressWhenOneRefuses) {
  fakes::ScriptedServer server({}, {stays});
  const auto connection = dial({loopback(fakes::closed_port()), loopback(server.port())});
  EXPECT_EQ(connection->state(), Connection::State::ready);
  EXPECT_EQ(connection->peer(), loopback(server.port()).text());
}

TEST(Dialling, GoesOnToTheNextAddressWhenOneIsSilent) {
  fakes::ScriptedServer server({}, {stays});
  const fakes::SilentAddress silent;
  const auto connection = dial({loopback(silent.port()), loopback(server.port())});
  EXPECT_EQ(connection->state(), Connection::State::ready);
  EXPECT_EQ(connection->peer(), loopback(server.port()).text());
}

TEST(Dialling, TellsOfEveryAddressThatRefused) {
  const Address first = loopback(fakes::closed_port());
  const Address second = loopback(fakes::closed_port());
  const auto connection = dial({first, second});
  ASSERT_EQ(connection->state(), Connection::State::failed);
  EXPECT_TRUE(connection->failure().refused_connection);
  EXPECT_FALSE(connection->failure().connected);
  EXPECT_TRUE(connection->failure().retryable());
  expect_holds(connection->failure().message, first.text() + ": connection refused");
  expect_holds(connection->failure().message, second.text() + ": connection refused");
}

TEST(Dialling, KnowsOneThatWasTakenAndResetAtOnce) {
  const Event reset;
  fakes::ScriptedServer server({}, {[&](Peer& peer) {
                                 peer.reset();
                                 reset.set();
                               }});
  const TimePoint now = std::chrono::steady_clock::now();
  Connection connection(vm_at({loopback(server.port())}), now);
  pollfd ended{reset.descriptor(), POLLIN, 0};
  ASSERT_EQ(::poll(&ended, 1, static_cast<int>(Milliseconds(k_long).count())), 1);
  connection.step(now);
  ASSERT_EQ(connection.state(), Connection::State::failed);
  EXPECT_FALSE(connection.failure().refused_connection);
  EXPECT_TRUE(connection.failure().connected);
}

TEST(Dialling, FailsWithoutAnAddress) {
  const auto connection = dial({});
  ASSERT_EQ(connection->state(), Connection::State::failed);
  EXPECT_FALSE(connection->failure().refused_connection);
}

} // namespace
} // namespace kvrun::azure
