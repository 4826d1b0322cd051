// SPDX-License-Identifier: MIT
#include "base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

namespace kvrun {

Error Error::within(std::string_view attempt) const {
  return {kind_, fmt::format("{}: {}", attempt, message_), hint_};
}

int exit_status(ErrorKind kind) {
  switch (kind) {
  // clang-format off
  case ErrorKind::command_line:
  case ErrorKind::usage:        return 125;
  case ErrorKind::not_runnable: return 126;
  case ErrorKind::not_found:    return 127;
  case ErrorKind::refused:      return 123;
  case ErrorKind::unavailable:  return 124;
    // clang-format on
  }
  return 125; // unreachable; keeps g++ quiet
}

int exit_status(std::span<const Error> errors) {
  constexpr std::array order{ErrorKind::command_line,
                             ErrorKind::usage,
                             ErrorKind::not_runnable,
                             ErrorKind::not_found,
                             ErrorKind::refused,
                             ErrorKind::unavailable};
  const auto* found = std::find_if(order.begin(), order.end(), [&](ErrorKind kind) {
    return std::any_of(
        errors.begin(), errors.end(), [&](const Error& error) { return error.kind() == kind; });
  });
  return found == order.end() ? 0 : exit_status(*found);
}

std::string system_reason(int code) {
  std::string reason = std::generic_category().message(code);
  if (reason.size() > 1 && reason[0] >= 'A' && reason[0] <= 'Z' && reason[1] >= 'a') {
    reason[0] = static_cast<char>(reason[0] - 'A' + 'a');
  }
  return reason;
}

} // namespace kvrun
