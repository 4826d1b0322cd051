// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun {

// Why the command did not start, by what helps (design.md §2, exit status).
enum class ErrorKind {
  command_line, // 125, 2 of a subcommand: mend what an option says
  usage,        // 125: mend what it works with: config, variables, files, sandbox
  not_runnable, // 126: the command was found and could not be run
  not_found,    // 127: the command was not found
  refused,      // 123: mend the access
  unavailable,  // 124: try again later
};

// One problem: what failed, on what, what the service answered; and what to do. Never holds a
// secret.
class Error : public std::exception {
public:
  Error(ErrorKind kind, std::string message, std::string hint = {})
      : kind_(kind), message_(std::move(message)), hint_(std::move(hint)) {}

  // The same error, prefixed with what was being attempted.
  [[nodiscard]] Error within(std::string_view attempt) const;

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  [[nodiscard]] const char* what() const noexcept override { return message_.c_str(); }

private:
  ErrorKind kind_;
  std::string message_;
  std::string hint_;
};

// Everything that is wrong, told in one run. Never empty.
class Errors : public std::exception {
public:
  explicit Errors(std::vector<Error> all) : all_(std::move(all)) {}
  [[nodiscard]] const std::vector<Error>& all() const noexcept { return all_; }
  [[nodiscard]] const char* what() const noexcept override { return all_.front().what(); }

private:
  std::vector<Error> all_;
};

[[nodiscard]] int exit_status(ErrorKind kind);

// The status of several at once (rules A2): 125, else 126 or 127, else 123, else 124.
[[nodiscard]] int exit_status(std::span<const Error> errors);

// What an errno says, in the lower case of our messages: "permission denied"; "RFS specific error"
// stays.
[[nodiscard]] std::string system_reason(int code);

} // namespace kvrun
