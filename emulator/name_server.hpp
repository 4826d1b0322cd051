// SPDX-License-Identifier: MIT
#pragma once

#include <Poco/Net/DatagramSocket.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace kvrun::emulator {

// The answer to a DNS query: 127.0.0.1 for a host that exists, else that there is none; "" for what
// is no query. /etc/hosts has no wildcards, and without a seed every vault name is a vault.
[[nodiscard]] std::string name_answer(std::string_view query,
                                      const std::function<bool(std::string_view host)>& exists);

// Answers DNS queries at 127.0.0.1:53, by UDP.
class NameServer {
public:
  // Throws Error(usage).
  explicit NameServer(std::function<bool(std::string_view host)> exists);
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  NameServer(NameServer&&) = delete;
  NameServer& operator=(NameServer&&) = delete;
  ~NameServer();

  void start();

private:
  void serve();

  std::function<bool(std::string_view host)> exists_;
  Poco::Net::DatagramSocket socket_;
  std::thread thread_;
};

} // namespace kvrun::emulator
