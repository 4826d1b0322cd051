// SPDX-License-Identifier: MIT
#include "launcher/found_config.hpp"

#include "base/error.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>

namespace kvrun::launcher {

namespace {

// File systems that keep neither owner nor mode: what they show is made up when they are mounted.
bool keeps_no_owner(int fd) {
  constexpr std::array<unsigned long, 9> magics{
      0xff534d42UL, // CIFS
      0xfe534d42UL, // SMB2
      0x517bUL,     // SMB
      0x01021997UL, // 9p
      0x65735546UL, // FUSE
      0x786f4256UL, // vboxsf
      0x4d44UL,     // FAT
      0x2011bab0UL, // exFAT
      0x5346544eUL, // NTFS
  };
  struct statfs status {};
  return ::fstatfs(fd, &status) == 0 &&
         std::find(magics.begin(),
                   magics.end(),
                   static_cast<unsigned long>(status.f_type) & 0xffffffffUL) != magics.end();
}

[[noreturn]] void refuse(std::string_view why) {
  throw Error(
      ErrorKind::usage,
      fmt::format("{}: {}", k_config_name, why),
      fmt::format("if it is to be believed, name it: 'kvrun -c {} -- COMMAND'", k_config_name));
}

} // namespace

std::optional<FoundConfig> find_config() {
  FoundConfig found;
  found.fd.reset(::open(k_config_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!found.fd) {
    const int error = errno;
    struct stat link {};
    if (error == ENOENT && ::lstat(k_config_name, &link) != 0) {
      return std::nullopt;
    }
    refuse(fmt::format("cannot be read: {}", system_reason(error)));
  }
  struct stat status {};
  if (::fstat(found.fd.get(), &status) != 0 || S_ISDIR(status.st_mode)) { // no '-c' helps there
    throw Error(ErrorKind::usage, fmt::format("{}: not a regular file", k_config_name));
  }
  if (!S_ISREG(status.st_mode)) {
    refuse("not a regular file");
  }
  found.of_caller_or_root = true;
  if (keeps_no_owner(found.fd.get())) {
    return found;
  }
  if ((status.st_mode & S_IWOTH) != 0) {
    refuse("everyone can write it");
  }
  found.of_caller_or_root = status.st_uid == ::geteuid() || status.st_uid == 0;
  struct stat directory {};
  if (!found.of_caller_or_root &&
      (::stat(".", &directory) != 0 || directory.st_uid != status.st_uid)) {
    refuse("it belongs neither to you, nor to root, nor to the directory's owner");
  }
  return found;
}

std::string parents_config() {
  std::array<char, PATH_MAX> here{};
  if (::getcwd(here.data(), here.size()) == nullptr) {
    return {};
  }
  std::string directory = here.data();
  while (directory.size() > 1) {
    directory.resize(std::max<std::size_t>(directory.rfind('/'), 0));
    std::string file = fmt::format("{}/{}", directory, k_config_name);
    if (::access(file.c_str(), F_OK) == 0) {
      return file;
    }
  }
  return {};
}

} // namespace kvrun::launcher
