// SPDX-License-Identifier: MIT
#include "azure/transport/resolver.hpp"

#include "base/error.hpp"
#include "base/file.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

namespace kvrun::azure {

struct Lookup::Shared {
  std::string host;
  std::string port;
  UniqueFd ready;
  std::atomic<bool> done = false;
  Resolution result;
};

namespace {

Resolution resolve(const std::string& host, const std::string& port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
  const int system_error = errno;
  Resolution resolution;
  if (error == 0) {
    resolution.status = Resolution::Status::found;
    for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
      Address address;
      std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
      address.length = one->ai_addrlen;
      resolution.addresses.push_back(address);
    }
    ::freeaddrinfo(list);
    return resolution;
  }
  // Without a descriptor for its files and sockets, the resolver says that there is no such name.
  if (no_descriptor_left()) {
    resolution.status = Resolution::Status::no_descriptor;
    resolution.reason = system_reason(EMFILE);
    return resolution;
  }
  resolution.reason = error == EAI_SYSTEM ? system_reason(system_error) : ::gai_strerror(error);
  switch (error) {
  case EAI_NONAME:
  case EAI_NODATA: // no address of any family: the name is there, but leads nowhere
  case EAI_FAIL:
    resolution.status = Resolution::Status::no_such_name;
    break;
  case EAI_AGAIN:
    resolution.status = Resolution::Status::try_again;
    break;
  default:
    resolution.status = Resolution::Status::failed;
  }
  return resolution;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bits{};
  return ::inet_pton(AF_INET, host.c_str(), bits.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bits.data()) == 1;
}

} // namespace

std::string Address::text() const {
  std::array<char, INET6_ADDRSTRLEN> name{};
  if (storage.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &in.sin_addr, name.data(), name.size());
    return fmt::format("{}:{}", name.data(), ntohs(in.sin_port));
  }
  const auto& in6 = reinterpret_cast<const sockaddr_in6&>(storage);
  ::inet_ntop(AF_INET6, &in6.sin6_addr, name.data(), name.size());
  return fmt::format("[{}]:{}", name.data(), ntohs(in6.sin6_port));
}

Lookup::Lookup(const std::string& host, std::uint16_t port) : shared_(std::make_shared<Shared>()) {
  shared_->host = host;
  shared_->port = std::to_string(port);
  if (host ==
      "localhost") { // an entry in a hosts file must not move what is meant for this machine
    shared_->result = resolve("127.0.0.1", shared_->port, AI_NUMERICHOST);
    const Resolution six = resolve("::1", shared_->port, AI_NUMERICHOST);
    shared_->result.addresses.insert(
        shared_->result.addresses.end(), six.addresses.begin(), six.addresses.end());
    shared_->done = true;
    return;
  }
  if (is_address(host)) {
    shared_->result = resolve(host, shared_->port, AI_NUMERICHOST);
    shared_->done = true;
    return;
  }
  const auto work = [shared = shared_] {
    shared->result = resolve(shared->host, shared->port, 0);
    shared->done = true;
    const std::uint64_t one = 1;
    if (shared->ready) {
      [[maybe_unused]] const auto written = ::write(shared->ready.get(), &one, sizeof one);
    }
  };
  shared_->ready = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  try {
    if (shared_->ready) {
      std::thread(work).detach();
      return;
    }
  } catch (const std::system_error&) {
    // No thread may be started here (unix.md U24): the look-up is done by this one.
  }
  work();
}

int Lookup::descriptor() const noexcept {
  return shared_->ready.get();
}

bool Lookup::done() const {
  return shared_->done;
}

const Resolution& Lookup::result() const {
  return shared_->result;
}

} // namespace kvrun::azure
