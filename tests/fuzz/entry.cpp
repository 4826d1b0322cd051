// SPDX-License-Identifier: MIT
#include "tests/fuzz/input.hpp"

#include <cstddef>
#include <cstdint>

// NOLINTBEGIN(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  kvrun::fuzz::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
// NOLINTEND(readability-identifier-naming)
