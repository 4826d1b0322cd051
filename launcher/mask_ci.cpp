// SPDX-License-Identifier: MIT
#include "launcher/mask_ci.hpp"

#include "base/error.hpp"
#include "base/text.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace kvrun::launcher {

namespace {

constexpr std::size_t k_least = 4; // shorter ones would mask half of the log

// What a runner decodes again: in GitHub's commands %25, %0D and %0A, in Pipelines' %AZP25
// (reference/interop.md §9).
void append_escaped(SecretString& out, std::string_view line, Runner runner) {
  for (const char& c : line) {
    if (c == '%') {
      out.append(runner == Runner::github_actions ? "%25" : "%AZP25");
    } else if (c == '\r') {
      out.append("%0D");
    } else {
      out.append({&c, 1});
    }
  }
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      throw Error(ErrorKind::usage,
                  "the runner cannot be told what to mask: stderr cannot be written");
    }
    text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
  }
}

} // namespace

Runner find_runner(const Environment& environment) {
  const bool github = environment.get("GITHUB_ACTIONS") == "true";
  const bool pipelines = equal_without_case(environment.get("TF_BUILD").value_or(""), "true");
  if (!github && !pipelines) {
    throw Error(ErrorKind::command_line,
                "--mask-ci: neither GitHub Actions nor Azure Pipelines runs this",
                "leave out --mask-ci here");
  }
  struct stat status {};
  // A runner reads a pipe or a socket. In a file or on a terminal the values would stay; what goes
  // to /dev/null masks nothing.
  if (::fstat(STDERR_FILENO, &status) != 0 ||
      (!S_ISFIFO(status.st_mode) && !S_ISSOCK(status.st_mode))) {
    throw Error(
        ErrorKind::command_line,
        "--mask-ci: stderr is a file or a terminal, or goes nowhere: the runner would not see it",
        "leave stderr as the runner gave it");
  }
  return github ? Runner::github_actions : Runner::azure_pipelines;
}

void mask_values(Runner runner, std::span<const BoundVariable> variables) {
  for (const BoundVariable& variable : variables) {
    if (!variable.value || !variable.secret || variable.is_default) {
      continue;
    }
    for (std::string_view line : split(variable.value->reveal(), '\n')) {
      line = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
      if (line.size() < k_least) {
        continue;
      }
      SecretString command(runner == Runner::github_actions ? "::add-mask::"
                                                            : "##vso[task.setsecret]");
      append_escaped(command, line, runner);
      command.append("\n");
      write_all(command.reveal());
    }
  }
}

} // namespace kvrun::launcher
