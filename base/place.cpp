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

Error error_at(const Place& place, const Error& error) {
  const bool wrong_option = place.is_option && error.kind() == ErrorKind::usage;
  const std::string where = place.text();
  return {wrong_option ? ErrorKind::command_line : error.kind(),
          where.empty() ? error.message() : fmt::format("{}: {}", where, error.message()),
          error.hint()};
}

void Problems::add(const Place& place, std::string_view message, std::string hint) {
  all_.push_back(error_at(place, Error(ErrorKind::usage, std::string(message), std::move(hint))));
}

void Problems::raise() const {
  if (!all_.empty()) {
    throw Errors(all_);
  }
}

} // namespace kvrun
