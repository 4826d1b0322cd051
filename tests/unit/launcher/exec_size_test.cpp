// SPDX-License-Identifier: MIT
// What exec takes, to the byte: unix.md U17, rules A51.
#include "launcher/exec_size.hpp"
#include "tests/unit/launcher/call.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace kvrun::launcher {
namespace {

// The soft limit of the stack, for as long as it lives.
class StackLimit {
public:
  explicit StackLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_STACK, &before_);
    rlimit changed = before_;
    changed.rlim_cur = bytes;
    EXPECT_EQ(::setrlimit(RLIMIT_STACK, &changed), 0);
  }
  StackLimit(const StackLimit&) = delete;
  StackLimit& operator=(const StackLimit&) = delete;
  ~StackLimit() { ::setrlimit(RLIMIT_STACK, &before_); }

private:
  rlimit before_{};
};

std::vector<Error> check(const Texts& entries, const Command& command = {{"true"}, "/bin/true"}) {
  return check_exec_size(command, environment_of(entries), [](std::string_view name) {
    return name.starts_with("SECRET");
  });
}

// Whether the system runs a command with that environment.
bool runs(const Texts& entries) {
  Environment environment = environment_of(entries);
  const std::vector<char*> envp = environment.envp();
  const pid_t child = ::fork();
  if (child == 0) {
    const std::array<char*, 2> argv{const_cast<char*>("true"), nullptr};
    ::execve("/bin/true", argv.data(), envp.data());
    ::_exit(errno == E2BIG ? 99 : 98);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 99));
  return WEXITSTATUS(status) == 0;
}

std::string sized(const std::string& name, std::size_t size) {
  return name + '=' + std::string(size - name.size() - 2, 'x'); // its NUL is counted
}

TEST(ExecSize, OfOneStringIsThirtyTwoPages) {
  const std::size_t most = 32 * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_TRUE(check({sized("A", most)}).empty());
  EXPECT_TRUE(runs({sized("A", most)}));
  EXPECT_FALSE(runs({sized("A", most + 1)}));
  const std::vector<Error> errors = check({sized("SECRET", most + 1), sized("PLAIN", most + 1)});
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].kind(), ErrorKind::refused);
  EXPECT_TRUE(errors[0].message().starts_with("SECRET: too long"));
  expect_holds(errors[0].hint(), "files:");
  EXPECT_EQ(errors[1].kind(), ErrorKind::not_runnable);
}

// What is let through runs, and what is refused is no further than the spare 4 KiB from not
// running.
TEST(ExecSize, OfAllTogetherFollowsTheStackLimit) {
  for (const rlim_t stack : {rlim_t{8} << 20U, rlim_t{1} << 20U, rlim_t{256} << 10U}) {
    const StackLimit limit(stack);
    const std::size_t room = std::max<std::size_t>(128UL * 1024, stack / 4);
    const std::size_t each = 4096;
    Texts entries;
    std::size_t used = sizeof("/bin/true") + sizeof("true") + sizeof(char*);
    while (used + each + sizeof(char*) <= room - 4096) {
      entries.push_back(sized("V" + std::to_string(entries.size()), each));
      used += each + sizeof(char*);
    }
    const std::size_t rest = room - 4096 - used - sizeof(char*);
    entries.push_back(sized("R", rest));
    EXPECT_TRUE(check(entries).empty()) << stack;
    EXPECT_TRUE(runs(entries)) << stack;
    entries.back() = sized("R", rest + 1);
    EXPECT_EQ(check(entries).size(), 1U) << stack;
    entries.back() = sized("R", rest + 4096 + 64);
    EXPECT_FALSE(runs(entries)) << stack;
  }
}

TEST(ExecSize, HasABoundWithoutAStackLimit) {
  rlimit stack{};
  ::getrlimit(RLIMIT_STACK, &stack);
  if (stack.rlim_max != RLIM_INFINITY) {
    GTEST_SKIP() << "the stack limit cannot be lifted here";
  }
  const StackLimit limit(RLIM_INFINITY);
  Texts entries;
  for (int i = 0; i < 61; ++i) {
    entries.push_back(sized("V" + std::to_string(i), 100 * 1024));
  }
  EXPECT_TRUE(check(entries).empty());
  entries.push_back(sized("W", 100 * 1024));
  EXPECT_EQ(check(entries).size(), 1U);
}

TEST(ExecSize, NamesTheThreeLargestArgumentsAmongThem) {
  const StackLimit limit(256UL * 1024);
  const Command command{{"true", std::string(50'000, 'a')}, "/bin/true"};
  const Texts entries{sized("SMALL", 100), sized("BIG", 60'000), sized("MEDIUM", 20'000)};
  const std::vector<Error> errors = check(entries, command);
  ASSERT_EQ(errors.size(), 1U);
  expect_holds(errors[0].message(), "the largest are 'BIG', argument 1 and 'MEDIUM'");
  EXPECT_EQ(errors[0].kind(), ErrorKind::not_runnable);
}

// The sum would be the length of a secret that is most of it (rules A42).
TEST(ExecSize, TellsNothingOfHowLongTheValuesAre) {
  const StackLimit limit(256UL * 1024);
  const std::vector<Error> errors = check({sized("SECRET", 130'000)});
  const std::vector<Error> longer = check({sized("SECRET", 131'000)});
  ASSERT_EQ(errors.size(), 1U);
  ASSERT_EQ(longer.size(), 1U);
  expect_holds(errors[0].message(), "the stack limit leaves 126976 bytes");
  EXPECT_EQ(errors[0].message(), longer[0].message());
}

TEST(ExecSize, IsARefusalWhereASecretIsAmongTheLargest) {
  const StackLimit limit(256UL * 1024);
  const std::vector<Error> errors =
      check({sized("SECRET_A", 70'000), sized("B", 80'000), sized("C", 10)});
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].kind(), ErrorKind::refused);
  const std::vector<Error> small = check(
      {sized("SECRET_A", 20'000), sized("B", 50'000), sized("C", 50'000), sized("D", 50'000)});
  ASSERT_EQ(small.size(), 1U);
  EXPECT_EQ(small[0].kind(), ErrorKind::not_runnable);
}

} // namespace
} // namespace kvrun::launcher
