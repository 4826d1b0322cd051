// SPDX-License-Identifier: MIT
#include "tests/fakes/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace kvrun::fakes {

Terminal::Terminal() : screen_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
  std::array<char, 64> name{};
  if (!screen_ || ::grantpt(screen_.get()) != 0 || ::unlockpt(screen_.get()) != 0 ||
      ::ptsname_r(screen_.get(), name.data(), name.size()) != 0) {
    throw std::runtime_error("no terminal");
  }
  side_.reset(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ::fcntl(screen_.get(), F_SETFL, O_NONBLOCK);
}

std::string Terminal::shown() const {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::read(screen_.get(), bytes.data(), bytes.size());
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

bool Terminal::shows(std::string_view text) const {
  constexpr int patience = 120'000;
  std::string all;
  while ((all += shown()).find(text) == std::string::npos) {
    pollfd ready{screen_.get(), POLLIN, 0};
    if (::poll(&ready, 1, patience) <= 0) {
      return false;
    }
  }
  return true;
}

StderrIs::StderrIs(int fd) : before_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
  ::dup2(fd, STDERR_FILENO);
}

StderrIs::~StderrIs() {
  ::dup2(before_.get(), STDERR_FILENO);
}

} // namespace kvrun::fakes
