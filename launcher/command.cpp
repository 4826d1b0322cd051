// SPDX-License-Identifier: MIT
#include "launcher/command.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "launcher/option_table.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

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
  std::vector<std::string_view> verbs;
  verbs.reserve(k_verbs.size());
  for (const VerbSpec& verb : k_verbs) {
    verbs.push_back(verb.name);
  }
  if (const auto near = nearest(name, verbs)) {
    return fmt::format("did you mean 'kvrun {}'?", *near);
  }
  return {};
}

[[noreturn]] void refuse(std::string_view name, int error, std::string_view file) {
  if (error == ENOENT) {
    throw Error(ErrorKind::not_found, fmt::format("'{}': command not found", name), hint_for(name));
  }
  throw Error(ErrorKind::not_runnable,
              fmt::format("'{}': cannot be run: {}", name, system_reason(error)),
              error == EACCES ? fmt::format("make it executable: 'chmod +x {}'", file)
                              : std::string());
}

// Whether glibc's execvp looks into the next directory after this error; any other ends the search.
bool goes_on_after(int error) {
  constexpr std::array go_on{EACCES, EISDIR, ENOENT, ESTALE, ENOTDIR, ENODEV, ETIMEDOUT};
  return std::find(go_on.begin(), go_on.end(), error) != go_on.end();
}

// Of several directories the last one's error counts, unless one had the file and it may not be
// run: also as execvp.
std::string search(const std::string& name, std::string_view path) {
  int denied = 0;
  std::string denied_file;
  int last = ENOENT;
  for (const std::string_view directory : split(path, ':')) {
    std::string file = directory.empty() ? "./" + name : fmt::format("{}/{}", directory, name);
    last = check(file);
    if (last == 0) {
      return file;
    }
    if (!goes_on_after(last)) {
      refuse(name, last, file);
    }
    if (denied == 0 && (last == EACCES || last == EISDIR)) {
      denied = last;
      denied_file = std::move(file);
    }
  }
  refuse(name, denied == 0 ? last : denied, denied_file);
}

} // namespace

Command find_command(std::vector<std::string> argv, std::optional<std::string_view> path) {
  const std::string name = argv.front();
  if (name.find('/') == std::string::npos && !name.empty()) {
    std::string file = search(name, path.value_or(k_default_path));
    return {std::move(argv), std::move(file)};
  }
  if (const int error = check(name); error != 0) {
    refuse(name, error, name);
  }
  return {std::move(argv), name};
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
