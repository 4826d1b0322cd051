// SPDX-License-Identifier: MIT
#pragma once

#include "base/error.hpp"

#include <string_view>

namespace kvrun {

enum class Verbosity { quiet, normal, verbose, very_verbose };

// What kvrun says, all of it on stderr and nowhere else, each line with its prefix (design.md §2).
// Names, places, statuses and request ids; never a value, a token, a header or a body.
class Log {
public:
  explicit Log(Verbosity verbosity = Verbosity::normal, std::string_view program = "kvrun")
      : verbosity_(verbosity), program_(program) {}

  void error(const Error& error) const;
  void warning(std::string_view text) const;      // not with -q
  void verbose(std::string_view text) const;      // -v
  void very_verbose(std::string_view text) const; // -v -v
  void tell(std::string_view text) const;         // "kvrun: TEXT", whatever the verbosity
  void line(std::string_view kind, std::string_view text) const; // "kvrun: KIND: TEXT"

  [[nodiscard]] Verbosity verbosity() const noexcept { return verbosity_; }

private:
  Verbosity verbosity_;
  std::string_view program_;
};

} // namespace kvrun
