// SPDX-License-Identifier: MIT
// relay MICROSECONDS (ADDRESS:PORT ADDRESS:PORT)...: passes bytes from each first to its second and
// back, each that much later: half a round trip. TCP itself is answered at once, so a connection
// costs what TLS and the request make of it. Prints "ready" and stays until it is killed.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <list>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Piece {
  Clock::time_point due;
  std::string bytes; // empty: the end
};

// One direction of a connection.
struct Flow {
  int from = -1;
  int to = -1;
  std::deque<Piece> pieces;
  bool read_all = false;
  bool over = false;
};

struct Link {
  Flow there;
  Flow back;
};

struct Door {
  int listener = -1;
  sockaddr_in target{};
};

sockaddr_in address(const std::string& text) {
  const auto colon = text.find(':');
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<std::uint16_t>(std::stoi(text.substr(colon + 1))));
  if (inet_pton(AF_INET, text.substr(0, colon).c_str(), &result.sin_addr) != 1) {
    std::exit(2);
  }
  return result;
}

int socket_for(const sockaddr_in& where, bool listening) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  const auto* raw = reinterpret_cast<const sockaddr*>(&where);
  if (listening ? bind(fd, raw, sizeof where) != 0 || listen(fd, 128) != 0
                : connect(fd, raw, sizeof where) != 0) {
    std::perror("relay");
    std::exit(1);
  }
  return fd;
}

void take(Flow& flow, Clock::time_point due) {
  std::array<char, 65536> buffer{};
  const ssize_t size = read(flow.from, buffer.data(), buffer.size());
  flow.read_all = size <= 0;
  flow.pieces.push_back({due, std::string(buffer.data(), size > 0 ? std::size_t(size) : 0)});
}

void pass(Flow& flow, Clock::time_point now) {
  for (; !flow.pieces.empty() && flow.pieces.front().due <= now; flow.pieces.pop_front()) {
    const std::string& bytes = flow.pieces.front().bytes;
    // a piece is small enough for the socket's buffer, and the peer reads
    if (bytes.empty() || write(flow.to, bytes.data(), bytes.size()) < 0) {
      shutdown(flow.to, SHUT_WR);
      flow.over = true;
    }
  }
}

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const std::chrono::microseconds delay(argc > 1 ? std::stol(argv[1]) : 0);
  std::vector<Door> doors;
  for (int i = 2; i + 1 < argc; i += 2) {
    doors.push_back({socket_for(address(argv[i]), true), address(argv[i + 1])});
  }
  std::puts("ready");
  std::fflush(stdout);
  std::list<Link> links;
  while (true) {
    std::vector<pollfd> watched;
    Clock::time_point next = Clock::time_point::max();
    for (const Door& door : doors) {
      watched.push_back({door.listener, POLLIN, 0});
    }
    std::vector<Flow*> readers;
    for (Link& link : links) {
      for (Flow* flow : {&link.there, &link.back}) {
        if (!flow->read_all) {
          watched.push_back({flow->from, POLLIN, 0});
          readers.push_back(flow);
        }
        if (!flow->pieces.empty()) {
          next = std::min(next, flow->pieces.front().due);
        }
      }
    }
    timespec wait{};
    if (next != Clock::time_point::max()) {
      const auto left = std::max(Clock::duration::zero(), next - Clock::now());
      wait.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(left).count();
      wait.tv_nsec = (left % std::chrono::seconds(1)).count();
    }
    ppoll(watched.data(),
          watched.size(),
          next == Clock::time_point::max() ? nullptr : &wait,
          nullptr);
    const Clock::time_point now = Clock::now();
    for (std::size_t i = 0; i < readers.size(); ++i) {
      if (watched[doors.size() + i].revents != 0) {
        take(*readers[i], now + delay);
      }
    }
    for (std::size_t i = 0; i < doors.size(); ++i) {
      if (watched[i].revents != 0) {
        const int client = accept4(doors[i].listener, nullptr, nullptr, SOCK_CLOEXEC);
        const int one = 1;
        setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        const int server = socket_for(doors[i].target, false);
        links.push_back({{client, server, {}, false, false}, {server, client, {}, false, false}});
      }
    }
    for (auto link = links.begin(); link != links.end();) {
      pass(link->there, now);
      pass(link->back, now);
      if (link->there.over && link->back.over) {
        close(link->there.from);
        close(link->back.from);
        link = links.erase(link);
      } else {
        ++link;
      }
    }
  }
}
