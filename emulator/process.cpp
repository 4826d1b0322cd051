// SPDX-License-Identifier: MIT
#include "emulator/process.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace kvrun::emulator {
namespace {

constexpr std::array k_passed_on{SIGTERM, SIGINT, SIGHUP, SIGQUIT};

[[noreturn]] void fail(const std::string& name, int error) {
  const ErrorKind kind = error == ENOENT ? ErrorKind::not_found : ErrorKind::not_runnable;
  throw Error(kind, fmt::format("cannot run '{}': {}", name, system_reason(error)));
}

bool is_file(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (const std::string& word : words) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): posix_spawn(3) does not write there
    list.push_back(const_cast<char*>(word.c_str()));
  }
  list.push_back(nullptr);
  return list;
}

int spawn(const std::string& path,
          const std::vector<std::string>& words,
          const std::vector<std::string>& environment,
          const posix_spawnattr_t& attributes,
          pid_t& child) {
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(environment);
  return ::posix_spawn(&child, path.c_str(), nullptr, &attributes, argv.data(), envp.data());
}

} // namespace

Signals::Signals() {
  ::sigprocmask(SIG_SETMASK, nullptr, &before_);
  inherited_ = before_;
  // Poco blocks SIGPIPE before main() (poco.md P5); the command must not inherit that.
  sigdelset(&inherited_, SIGPIPE);
  sigemptyset(&taken_);
  for (const int number : k_passed_on) {
    struct sigaction now {};
    ::sigaction(number, nullptr, &now);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): POSIX has it so
    if (now.sa_handler != SIG_IGN) { // nohup(1) and the like stay in force
      sigaddset(&taken_, number);
    }
  }
  sigaddset(&taken_, SIGCHLD);
  std::signal(SIGCHLD, SIG_DFL); // NOLINT(cert-err33-c): cannot fail for this signal
  ::sigprocmask(SIG_BLOCK, &taken_, nullptr);
}

Signals::~Signals() {
  const timespec at_once{};
  int number = SIGCHLD;
  while (number > 0) {
    number = ::sigtimedwait(&taken_, nullptr, &at_once);
  }
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int Signals::wait_for(pid_t child) const {
  while (true) {
    siginfo_t info{};
    const int number = ::sigwaitinfo(&taken_, &info);
    int status = 0;
    if (number == SIGCHLD || (number < 0 && errno == EINTR)) {
      if (::waitpid(child, &status, WNOHANG) == child) {
        constexpr int base = 128;
        return WIFSIGNALED(status) ? base + WTERMSIG(status) : WEXITSTATUS(status);
      }
    } else if (number > 0 && info.si_code != SI_KERNEL) {
      // One from the terminal has reached the command already: it is in the same process group.
      ::kill(child, number);
    }
  }
}

void Signals::wait_for_end() const {
  int number = SIGCHLD;
  while (number == SIGCHLD || number < 0) {
    number = ::sigwaitinfo(&taken_, nullptr);
  }
}

std::string find_command(const std::string& name) {
  if (name.empty()) {
    fail(name, ENOENT);
  }
  if (name.find('/') != std::string::npos) {
    return name;
  }
  const char* set = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): before any thread
  int error = ENOENT;
  for (const std::string_view folder : split(set == nullptr ? "/bin:/usr/bin" : set, ':')) {
    std::string path = fmt::format("{}/{}", folder.empty() ? "." : folder, name);
    if (is_file(path)) {
      if (::access(path.c_str(), X_OK) == 0) {
        return path;
      }
      error = EACCES;
    }
  }
  fail(name, error);
}

pid_t start_command(const std::string& path,
                    const std::vector<std::string>& words,
                    const std::vector<std::string>& environment,
                    const Signals& signals) {
  posix_spawnattr_t attributes{};
  ::posix_spawnattr_init(&attributes);
  ::posix_spawnattr_setsigmask(&attributes, &signals.inherited());
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t child = -1;
  int error = spawn(path, words, environment, attributes, child);
  if (error == ENOEXEC) { // a file without `#!`, as execvp(3)
    std::vector<std::string> shell{"/bin/sh", path};
    shell.insert(shell.end(), words.begin() + 1, words.end());
    error = spawn("/bin/sh", shell, environment, attributes, child);
  }
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    fail(words.front(), error);
  }
  return child;
}

} // namespace kvrun::emulator
