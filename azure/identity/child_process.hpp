// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "base/deadline.hpp"
#include "base/secret_string.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::azure {

// The program of that name in the absolute entries of a PATH; "" when there is none. Entries that
// are empty or relative would find what somebody left in the working directory.
[[nodiscard]] std::string find_program(std::string_view name, std::string_view path);

// A program to run for its output.
struct ChildProgram {
  std::string path;                   // absolute
  std::vector<std::string> arguments; // without the program's own name
  std::vector<std::string> variables; // "NAME=VALUE", besides those that kvrun has itself
};

struct ChildOutput {
  int status = 0; // of exit; 128 and the signal when one ended it
  SecretString out;
  std::string err; // its first 16 KiB
};

// Runs a program without a shell: stdin from /dev/null, no other descriptor, default signals, a
// process group of its own; it is killed when kvrun dies, and by a signal that ends kvrun its group
// too. Nothing when it had not ended at the
// deadline: it and its group are then killed and reaped. Other exchanges of the transport go on
// meanwhile. Throws Error(usage) when it cannot be started, Error(refused) when it prints more than
// 1 MiB.
[[nodiscard]] std::optional<ChildOutput>
run_child(const ChildProgram& program, HttpTransport& transport, const Deadline& deadline);

} // namespace kvrun::azure
