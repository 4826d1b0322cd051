// SPDX-License-Identifier: MIT
#include "launcher/command.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace kvrun::launcher {

namespace {

constexpr std::string_view k_default_path = "/bin:/usr/bin"; // glibc's execvp without PATH

// 0, or why the file cannot be run.
int check(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return errno;
  }
  if (S_ISDIR(status.st_mode)) {
    return EISDIR;
  }
  return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

std::string hint_for(std::string_view name) {
  constexpr std::array<std::string_view, 3> looks_like_run{"run", "exec", "help"};
  if (name == "help" || name == "version") {
    return fmt::format("for kvrun's own, 'kvrun --{}'", name);
  }
  if (std::find(looks_like_run.begin(), looks_like_run.end(), name) != looks_like_run.end()) {
    return "kvrun has no such subcommand: 'kvrun -- COMMAND' runs a command";
  }
  return {};
}

[[noreturn]] void refuse(std::string_view name, int error) {
  if (error == ENOENT || error == ENOTDIR) {
    throw Error(ErrorKind::not_found, fmt::format("'{}': command not found", name), hint_for(name));
  }
  throw Error(ErrorKind::not_runnable,
              fmt::format("'{}': cannot be run: {}", name, std::strerror(error)),
              error == EACCES ? fmt::format("make it executable: 'chmod +x {}'", name)
                              : std::string());
}

} // namespace

Command find_command(std::vector<std::string> argv, std::optional<std::string_view> path) {
  const std::string name = argv.front();
  if (name.find('/') != std::string::npos) {
    if (const int error = check(name); error != 0) {
      refuse(name, error);
    }
    return {std::move(argv), name};
  }
  int worst = ENOENT; // as execvp: one that was found and may not be run outranks "not found"
  if (!name.empty()) {
    for (const std::string_view directory : split(path.value_or(k_default_path), ':')) {
      const std::string file =
          directory.empty() ? "./" + name : fmt::format("{}/{}", directory, name);
      const int error = check(file);
      if (error == 0) {
        return {std::move(argv), file};
      }
      if (error == EACCES) {
        worst = EACCES;
      }
    }
  }
  refuse(name, worst);
}

std::string warning_about(const Command& command) {
  constexpr std::array<std::string_view, 4> dropping{"sudo", "su", "doas", "pkexec"};
  const std::string& name = command.argv.front();
  const std::string_view base = std::string_view(name).substr(name.rfind('/') + 1);
  if (std::find(dropping.begin(), dropping.end(), base) == dropping.end()) {
    return {};
  }
  return fmt::format("'{0}' drops the environment, so its command runs without the secrets: put "
                     "kvrun inside, '{0} kvrun -- COMMAND'",
                     base);
}

} // namespace kvrun::launcher
