// SPDX-License-Identifier: MIT
#include "tests/cli/refused_call.hpp"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstddef>

namespace kvrun::cli {

namespace {

sock_filter
line(std::uint32_t code, std::uint32_t value, std::uint8_t yes = 0, std::uint8_t no = 0) {
  return {static_cast<std::uint16_t>(code), yes, no, value};
}

} // namespace

void refuse(const RefusedCall& refused) {
  constexpr std::uint32_t k_load = BPF_LD | BPF_W | BPF_ABS;
  constexpr std::uint32_t k_return = BPF_RET | BPF_K;
  const std::uint32_t test =
      BPF_JMP | BPF_K | (refused.has_bits ? std::uint32_t{BPF_JSET} : std::uint32_t{BPF_JEQ});
  // The lower half of an argument comes first on a little-endian machine.
  constexpr auto k_first = static_cast<std::uint32_t>(offsetof(seccomp_data, args));
  std::array<sock_filter, 6> lines{
      line(k_load, static_cast<std::uint32_t>(offsetof(seccomp_data, nr))),
      line(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(refused.call), 0, 3),
      line(k_load, k_first),
      refused.first_argument ? line(test, *refused.first_argument, 0, 1)
                             : line(BPF_JMP | BPF_JA, 0),
      line(k_return, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(refused.error)),
      line(k_return, SECCOMP_RET_ALLOW)};
  const sock_fprog program{static_cast<unsigned short>(lines.size()), lines.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    ::_exit(97);
  }
}

} // namespace kvrun::cli
