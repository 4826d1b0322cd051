// SPDX-License-Identifier: MIT
#include "launcher/exec_size.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

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

std::vector<std::string_view> three_largest(const Environment& environment) {
  std::vector<std::string_view> entries;
  for (const SecretString& entry : environment.entries()) {
    entries.push_back(entry.reveal());
  }
  const std::size_t count = std::min<std::size_t>(3, entries.size());
  std::partial_sort(entries.begin(),
                    entries.begin() + static_cast<std::ptrdiff_t>(count),
                    entries.end(),
                    [](std::string_view a, std::string_view b) { return a.size() > b.size(); });
  entries.resize(count);
  for (std::string_view& entry : entries) {
    entry = name_of(entry);
  }
  return entries;
}

} // namespace

std::string largest_variables(const Environment& environment) {
  std::string text;
  const auto names = three_largest(environment);
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += fmt::format(
        "{}'{}'", i == 0 ? "" : (i + 1 == names.size() ? " and " : ", "), one_line(names[i], 80));
  }
  return text;
}

std::vector<Error> check_exec_size(const Command& command,
                                   const Environment& environment,
                                   const std::function<bool(std::string_view)>& is_secret) {
  const std::size_t most_string = 32 * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<Error> errors;
  std::size_t total = command.path.size() + 1;
  for (const std::string& argument : command.argv) {
    total += argument.size() + 1 + sizeof(char*);
  }
  for (const SecretString& entry : environment.entries()) { // its NUL is in it
    total += entry.size() + sizeof(char*);
    const std::string_view name = name_of(entry.reveal());
    if (entry.size() > most_string) {
      errors.emplace_back(
          is_secret(name) ? ErrorKind::refused : ErrorKind::not_runnable,
          fmt::format("{}: too long for a variable: the system takes {} bytes with the name",
                      one_line(name, 80),
                      most_string - 1),
          "deliver it as a file: put the entry under 'files:'");
    }
  }
  const std::size_t room = room_for_strings();
  if (errors.empty() && total > room) {
    const auto largest = three_largest(environment);
    const bool secret = std::any_of(largest.begin(), largest.end(), is_secret);
    errors.emplace_back(
        secret ? ErrorKind::refused : ErrorKind::not_runnable,
        fmt::format("the command's arguments and environment are too long together: {} bytes, and "
                    "the stack limit leaves {}; the largest are {}",
                    total,
                    room,
                    largest_variables(environment)),
        "deliver large values as files, under 'files:', or raise the limit 'ulimit -s'");
  }
  return errors;
}

} // namespace kvrun::launcher
