// SPDX-License-Identifier: MIT
#include "base/place.hpp"

#include <fmt/format.h>

#include <utility>

namespace kvrun {

std::string Place::text() const {
  if (line == 0) {
    return file;
  }
  return column == 0 ? fmt::format("{}:{}", file, line)
                     : fmt::format("{}:{}:{}", file, line, column);
}

void Problems::add(const Place& place, std::string_view message, std::string hint) {
  const std::string where = place.text();
  all_.emplace_back(ErrorKind::usage,
                    where.empty() ? std::string(message) : fmt::format("{}: {}", where, message),
                    std::move(hint));
}

void Problems::raise() const {
  if (!all_.empty()) {
    throw Errors(all_);
  }
}

} // namespace kvrun
