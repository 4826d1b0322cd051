// SPDX-License-Identifier: MIT
#include "emulator/temporary_folder.hpp"

#include "base/error.hpp"
#include "base/unique_fd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace kvrun::emulator {
namespace {

[[noreturn]] void fail(const std::string& path, int error) {
  throw Error(ErrorKind::usage,
              fmt::format("cannot write '{}': {}", path, system_reason(error)),
              "set TMPDIR to a folder that can be written");
}

std::string parent() {
  const char* set = std::getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): before any thread
  return set == nullptr || *set != '/' ? "/tmp" : set;
}

} // namespace

TemporaryFolder::TemporaryFolder() : path_(parent() + "/kvrun-emulator-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) {
    fail(path_, errno);
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string
TemporaryFolder::write(const std::string& name, std::string_view content, mode_t mode) const {
  std::string path = path_ + '/' + name;
  if (const auto slash = name.find('/'); slash != std::string::npos) {
    constexpr mode_t private_folder = 0700;
    ::mkdir((path_ + '/' + name.substr(0, slash)).c_str(), private_folder);
  }
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  while (file && !content.empty()) {
    const ssize_t count = ::write(file.get(), content.data(), content.size());
    if (count < 0) {
      fail(path, errno);
    }
    content.remove_prefix(static_cast<std::size_t>(count));
  }
  if (!file || ::fchmod(file.get(), mode) != 0) {
    fail(path, errno);
  }
  return path;
}

} // namespace kvrun::emulator
