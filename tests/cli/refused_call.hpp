// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace kvrun::cli {

// A system call that the kernel answers with an error number, as sandboxes make it do.
struct RefusedCall {
  long call;
  int error;
  // Only where the lower half of the first argument is that, or has one of those bits; all calls
  // when unset.
  std::optional<std::uint32_t> first_argument = {};
  bool has_bits = false;
};

// From here on, in this process and all that it starts; it needs no rights. Ends the process where
// there is no seccomp, so that no test can pass without it.
void refuse(const RefusedCall& refused);

} // namespace kvrun::cli
