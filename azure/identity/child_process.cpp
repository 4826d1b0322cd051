// SPDX-License-Identifier: MIT
#include "azure/identity/child_process.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <utility>

namespace kvrun::azure {

namespace {

constexpr std::size_t k_largest_output = std::size_t{1024} * 1024;
constexpr std::size_t k_largest_complaint = std::size_t{16} * 1024;
constexpr int k_cannot_run = 127;
// How often a kernel without pidfd_open (before 5.3) is asked whether the child has ended.
constexpr Milliseconds k_glance{20};

[[noreturn]] void fail(std::string_view what, int reason) {
  throw Error(ErrorKind::usage, fmt::format("cannot {}: {}", what, system_reason(reason)));
}

// An inherited SIGCHLD=SIG_IGN would make the kernel reap the child itself (unix.md U12).
class DefaultSigchld {
public:
  DefaultSigchld() {
    struct sigaction usual {};
    usual.sa_handler = SIG_DFL;
    ::sigaction(SIGCHLD, &usual, &before_);
  }
  DefaultSigchld(const DefaultSigchld&) = delete;
  DefaultSigchld& operator=(const DefaultSigchld&) = delete;
  ~DefaultSigchld() { ::sigaction(SIGCHLD, &before_, nullptr); }

private:
  struct sigaction before_ {};
};

struct Pipe {
  UniqueFd read;
  UniqueFd write;

  Pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
      fail("make a pipe", errno);
    }
    read.reset(ends[0]);
    write.reset(ends[1]);
    ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  }
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a signal handler has no other
volatile std::sig_atomic_t group_to_end = 0;

extern "C" void end_with_group(int signal) {
  ::kill(-group_to_end, SIGKILL);
  ::signal(signal, SIG_DFL); // NOLINT(cert-err33-c): there is nobody to tell
  ::raise(signal);           // NOLINT(cert-err33-c)
}

// While it lives, a signal that ends this process ends the child's group first: PR_SET_PDEATHSIG
// reaches the child alone, and the children of a wrapper script would stay (unix.md U13).
class GroupGoesToo {
public:
  explicit GroupGoesToo(pid_t group) {
    group_to_end = group;
    for (const int signal : k_ending) {
      struct sigaction now {};
      ::sigaction(signal, nullptr, &now);
      if (now.sa_handler == SIG_DFL) { // one that is ignored, or PID 1's, stays as it is
        now.sa_handler = &end_with_group;
        ::sigaction(signal, &now, nullptr);
        taken_.push_back(signal);
      }
    }
  }
  GroupGoesToo(const GroupGoesToo&) = delete;
  GroupGoesToo& operator=(const GroupGoesToo&) = delete;
  ~GroupGoesToo() {
    for (const int signal : taken_) {
      struct sigaction usual {};
      usual.sa_handler = SIG_DFL;
      ::sigaction(signal, &usual, nullptr);
    }
  }

private:
  static constexpr std::array k_ending{SIGTERM, SIGINT, SIGHUP, SIGQUIT};
  std::vector<int> taken_;
};

// A started process, which is not left behind: its group is killed, and it is reaped.
class Child {
public:
  explicit Child(pid_t pid) : pid_(pid), goes_too_(std::in_place, pid) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    if (pid_ > 0) {
      (void)reap();
    }
  }

  [[nodiscard]] pid_t pid() const { return pid_; }

  [[nodiscard]] bool ended() const {
    siginfo_t info{};
    const auto id = static_cast<id_t>(pid_);
    return ::waitid(P_PID, id, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid_;
  }

  // The group goes while the process, ended or not, still holds its number.
  int reap() {
    ::kill(-pid_, SIGKILL);
    goes_too_.reset();
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

private:
  pid_t pid_;
  std::optional<GroupGoesToo> goes_too_;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    all.push_back(const_cast<char*>(text.c_str())); // execve takes char* and changes nothing
  }
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_with(const std::vector<std::string>& more) {
  std::vector<std::string> all = more;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('=') + 1);
    const bool replaced = std::any_of(
        more.begin(), more.end(), [&](const std::string& one) { return one.starts_with(name); });
    if (!replaced) {
      all.emplace_back(text);
    }
  }
  return all;
}

// In the child, between fork and exec: only what is safe when the parent has threads.
[[noreturn]] void become(const char* path,
                         char* const* argv,
                         char* const* envp,
                         int in,
                         int out,
                         int err,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) { // it died before prctl
    ::_exit(k_cannot_run);
  }
  struct sigaction usual {};
  usual.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) {
    ::sigaction(number, &usual, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::dup2(in, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
      ::dup2(err, STDERR_FILENO) < 0) {
    ::_exit(k_cannot_run);
  }
  // What kvrun inherited is the command's. A kernel before 5.9 leaves it open.
  ::syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, 0);
  ::execve(path, argv, envp);
  ::_exit(k_cannot_run);
}

// Numbers from 3 up, so that dup2 to 0, 1 and 2 overwrites none of them and clears close-on-exec.
UniqueFd above_standard(UniqueFd fd) {
  if (fd.get() > STDERR_FILENO) {
    return fd;
  }
  UniqueFd moved(::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved) {
    fail("duplicate a descriptor", errno);
  }
  return moved;
}

pid_t start(const ChildProgram& program, int out, int err) {
  std::vector<std::string> words{program.path};
  words.insert(words.end(), program.arguments.begin(), program.arguments.end());
  const std::vector<std::string> variables = environment_with(program.variables);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);
  UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null) {
    fail("open '/dev/null'", errno);
  }
  null = above_standard(std::move(null));
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(program.path.c_str(), argv.data(), envp.data(), null.get(), out, err, parent);
  }
  if (pid < 0) {
    fail(fmt::format("start '{}'", program.path), errno);
  }
  ::setpgid(pid, pid); // whichever of the two comes first
  return pid;
}

// Takes what there is; false when the writers are gone.
template <typename Take> bool drain(int fd, const Take& take) {
  std::array<char, 4096> buffer{};
  for (;;) {
    const ::ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count > 0) {
      take(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
      ::explicit_bzero(buffer.data(), static_cast<std::size_t>(count));
    } else if (count == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

// One descriptor that is readable when any of several is.
class Watch {
public:
  Watch() : set_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (!set_) {
      fail("make an epoll descriptor", errno);
    }
  }
  void add(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(set_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
      fail("watch a descriptor", errno);
    }
  }
  void remove(int fd) { ::epoll_ctl(set_.get(), EPOLL_CTL_DEL, fd, nullptr); }
  [[nodiscard]] int descriptor() const { return set_.get(); }

private:
  UniqueFd set_;
};

UniqueFd open_pidfd(pid_t pid) {
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  return fd;
}

class Collector {
public:
  explicit Collector(const ChildProgram& program) : program_(program) {}

  void out(std::string_view text) {
    if (output.out.size() + text.size() > k_largest_output) {
      throw Error(ErrorKind::refused,
                  fmt::format("'{}' printed more than {} bytes", program_.path, k_largest_output));
    }
    output.out.append(text);
  }
  void err(std::string_view text) {
    output.err.append(text.substr(0, k_largest_complaint - output.err.size()));
  }

  ChildOutput output;

private:
  const ChildProgram& program_;
};

} // namespace

std::string find_program(std::string_view name, std::string_view path) {
  for (const std::string_view folder : split(path, ':')) {
    if (!folder.starts_with('/')) {
      continue;
    }
    std::string candidate = fmt::format("{}/{}", folder, name);
    struct stat status {};
    if (::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
        ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return {};
}

std::optional<ChildOutput>
run_child(const ChildProgram& program, HttpTransport& transport, const Deadline& deadline) {
  const DefaultSigchld sigchld;
  Pipe out;
  Pipe err;
  out.write = above_standard(std::move(out.write));
  err.write = above_standard(std::move(err.write));
  Child child(start(program, out.write.get(), err.write.get()));
  out.write.reset();
  err.write.reset();

  Watch watch;
  const UniqueFd pidfd = open_pidfd(child.pid());
  if (pidfd) {
    watch.add(pidfd.get());
  }
  watch.add(out.read.get());
  watch.add(err.read.get());
  Collector collector(program);
  const auto take = [&](UniqueFd& fd, const auto& into) {
    if (fd && !drain(fd.get(), into)) {
      watch.remove(fd.get());
      fd.reset();
    }
  };
  for (;;) {
    const TimePoint now = transport.now();
    if (deadline.over(now)) {
      return std::nullopt;
    }
    transport.wait(
        pidfd ? deadline.end() : deadline.cut(now, k_glance), watch.descriptor(), program.path);
    // Asked before the last reading: a descendant may hold the pipes open for ever.
    const bool over = child.ended();
    take(out.read, [&](std::string_view text) { collector.out(text); });
    take(err.read, [&](std::string_view text) { collector.err(text); });
    if (over) {
      collector.output.status = child.reap();
      return std::move(collector.output);
    }
  }
}

} // namespace kvrun::azure
