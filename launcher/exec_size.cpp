// SPDX-License-Identifier: MIT
#include "launcher/exec_size.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace kvrun::launcher {

namespace {

// max(128 KiB, min(stack limit / 4, 6 MiB)), less 4 KiB for a script's interpreter and path.
std::size_t room_for_strings() {
  constexpr std::size_t least = 128UL * 1024;
  constexpr std::size_t most = 6UL * 1024 * 1024;
  struct rlimit stack {};
  const std::size_t quarter =
      ::getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur != RLIM_INFINITY ? stack.rlim_cur / 4
                                                                                : most;
  return std::max(least, std::min(quarter, most)) - 4096;
}

std::string_view name_of(std::string_view entry) {
  return entry.substr(0, entry.find('='));
}

// One string that exec has to take.
struct String {
  std::string_view variable; // "" for an argument
  std::size_t size = 0;
  std::size_t argument = 0;

  [[nodiscard]] std::string text() const {
    return variable.empty() ? fmt::format("argument {}", argument)
                            : fmt::format("'{}'", one_line(variable, 80));
  }
};

std::vector<String> three_largest(const Command& command, const Environment& environment) {
  std::vector<String> strings;
  for (const SecretString& entry : environment.entries()) {
    strings.push_back({name_of(entry.reveal()), entry.size(), 0});
  }
  for (std::size_t i = 1; i < command.argv.size(); ++i) {
    strings.push_back({{}, command.argv[i].size() + 1, i});
  }
  const std::size_t count = std::min<std::size_t>(3, strings.size());
  std::partial_sort(strings.begin(),
                    strings.begin() + static_cast<std::ptrdiff_t>(count),
                    strings.end(),
                    [](const String& a, const String& b) { return a.size > b.size; });
  strings.resize(count);
  return strings;
}

} // namespace

std::string largest_strings(const Command& command, const Environment& environment) {
  std::string text;
  const auto strings = three_largest(command, environment);
  for (std::size_t i = 0; i < strings.size(); ++i) {
    text += fmt::format(
        "{}{}", i == 0 ? "" : (i + 1 == strings.size() ? " and " : ", "), strings[i].text());
  }
  return text;
}

std::optional<Error> too_long_for_exec(std::string_view name, std::size_t size, bool is_secret) {
  const std::size_t most = 32 * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  if (size <= most) {
    return std::nullopt;
  }
  return Error(is_secret ? ErrorKind::refused : ErrorKind::not_runnable,
               fmt::format("{}: too long for a variable: the system takes {} bytes with the name",
                           one_line(name, 80),
                           most - 1),
               "deliver it as a file: put the entry under 'files:'");
}

std::vector<Error> check_exec_size(const Command& command,
                                   const Environment& environment,
                                   const std::function<bool(std::string_view)>& is_secret) {
  std::vector<Error> errors;
  std::size_t total = command.path.size() + 1;
  for (const std::string& argument : command.argv) {
    total += argument.size() + 1 + sizeof(char*);
  }
  for (const SecretString& entry : environment.entries()) { // its NUL is in it
    total += entry.size() + sizeof(char*);
    const std::string_view name = name_of(entry.reveal());
    if (auto too_long = too_long_for_exec(name, entry.size(), is_secret(name))) {
      errors.push_back(std::move(*too_long));
    }
  }
  const std::size_t room = room_for_strings();
  if (errors.empty() && total > room) {
    const auto largest = three_largest(command, environment);
    const bool secret = std::any_of(largest.begin(), largest.end(), [&](const String& one) {
      return !one.variable.empty() && is_secret(one.variable);
    });
    errors.emplace_back(
        secret ? ErrorKind::refused : ErrorKind::not_runnable,
        // Not the sum: where one secret is most of it, that is its length.
        fmt::format("the command's arguments and environment are too long together: the stack "
                    "limit leaves {} bytes; the largest are {}",
                    room,
                    largest_strings(command, environment)),
        "deliver large values as files, under 'files:', or raise the limit 'ulimit -s'");
  }
  return errors;
}

} // namespace kvrun::launcher
