// SPDX-License-Identifier: MIT
#include "azure/identity/arc_key.hpp"

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace kvrun::azure {

namespace {

constexpr std::string_view k_scheme = "Basic realm=";
constexpr std::string_view k_suffix = ".key";
constexpr std::size_t k_largest_key = 4096;

[[noreturn]] void refuse(std::string message, std::string hint = {}) {
  throw Error(ErrorKind::refused, fmt::format("identity 'arc': {}", message), std::move(hint));
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

} // namespace

std::string arc_key_path(std::string_view challenge, std::string_view directory) {
  if (challenge.empty()) {
    refuse("the agent's 401 names no key file");
  }
  if (!equal_without_case(challenge.substr(0, k_scheme.size()), k_scheme)) {
    refuse("the agent's challenge is not 'Basic realm=FILE'");
  }
  const std::string_view path = trim(challenge.substr(k_scheme.size()));
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || path.substr(0, slash) != directory) {
    refuse(fmt::format("the agent's challenge names a file outside '{}'", directory));
  }
  const std::string_view name = path.substr(slash + 1);
  if (!name.ends_with(k_suffix) || !is_plain_name(name.substr(0, name.size() - k_suffix.size()))) {
    refuse(fmt::format("the agent's challenge names no key file in '{}'", directory));
  }
  return std::string(path);
}

SecretString read_arc_key(const std::string& path, const Deadline& deadline) {
  const UniqueFd fd(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    const int reason = errno;
    const Error error = open_failure(ErrorKind::refused, path, reason).within("identity 'arc'");
    const bool denied = reason == EACCES || reason == EPERM;
    throw Error(error.kind(),
                error.message(),
                denied ? "add this user to the group 'himds' and log in again" : error.hint());
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    refuse(fmt::format("'{}' is no regular file", path));
  }
  SecretString key = read_descriptor(fd.get(), path, k_largest_key, ErrorKind::refused, deadline);
  const std::string_view text = key.reveal();
  if (text.empty() ||
      !std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; })) {
    refuse(fmt::format("'{}' holds no key", path));
  }
  return key;
}

} // namespace kvrun::azure
