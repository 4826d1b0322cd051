// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace kvrun::launcher {

struct PemBlock {
  std::string_view text;  // from its BEGIN line to its END line, one of which may be missing
  std::string_view label; // "CERTIFICATE", as the END line has it, else the BEGIN line
};

// Every block of a PEM text, the damaged ones too; the text between them is left out.
[[nodiscard]] std::vector<PemBlock> pem_blocks(std::string_view text);

} // namespace kvrun::launcher
