// SPDX-License-Identifier: MIT
#include "launcher/subcommand/completion_script.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/subcommand.hpp"

namespace kvrun::launcher {

std::string completion_script(std::string_view shell) {
  if (shell == "zsh") {
    return zsh_completion();
  }
  return shell == "fish" ? fish_completion() : bash_completion();
}

int completion(const Invocation& invocation) {
  write_stdout(completion_script(invocation.options.operands[0]));
  return 0;
}

} // namespace kvrun::launcher
