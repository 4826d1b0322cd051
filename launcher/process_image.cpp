// SPDX-License-Identifier: MIT
#include "launcher/process_image.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "launcher/exec_size.hpp"
#include "launcher/process_state.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

namespace kvrun::launcher {

namespace {

// "#!/usr/bin/python9 -u" → "/usr/bin/python9"; "" when the file has no such line. To the kernel a
// carriage return is a part of the name.
std::string interpreter_of(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 256> head{};
  const ssize_t size = fd ? ::read(fd.get(), head.data(), head.size()) : -1;
  std::string_view line(head.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!line.starts_with("#!")) {
    return {};
  }
  line = line.substr(2, line.find('\n') - 2);
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return std::string(line.substr(0, line.find_first_of(" \t")));
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (std::string& word : words) {
    list.push_back(word.data());
  }
  list.push_back(nullptr);
  return list;
}

Error explain(int error, const Command& command, const Environment& environment) {
  const std::string& name = command.argv.front();
  if (error == E2BIG) {
    return {ErrorKind::not_runnable,
            fmt::format("'{}': {}; the largest are {}",
                        name,
                        system_reason(error),
                        largest_strings(command, environment)),
            "deliver large values as files, under 'files:', or raise the limit 'ulimit -s'"};
  }
  const ErrorKind kind = error == ENOENT ? ErrorKind::not_found : ErrorKind::not_runnable;
  if (const std::optional<Error> blamed = interpreter_problem(command)) {
    return {kind, blamed->message(), blamed->hint()};
  }
  return {kind,
          error == ENOENT ? fmt::format("'{}': command not found", name)
                          : fmt::format("'{}': cannot be run: {}", name, system_reason(error))};
}

} // namespace

std::optional<Error> interpreter_problem(const Command& command) {
  const std::string interpreter = interpreter_of(command.path);
  if (interpreter.empty() || ::access(interpreter.c_str(), X_OK) == 0) {
    return std::nullopt;
  }
  const int error = errno;
  const ErrorKind kind = error == ENOENT ? ErrorKind::not_found : ErrorKind::not_runnable;
  const std::string& name = command.argv.front();
  if (interpreter.back() == '\r') {
    return Error(kind,
                 fmt::format("'{}': its first line ends with a carriage return", name),
                 "save it with Unix line ends");
  }
  const std::string shown = one_line(interpreter, 200);
  const char* hint = "install the interpreter, or mend the first line of the script";
  if (error == ENOENT) {
    return Error(kind, fmt::format("'{}': its interpreter '{}' is not there", name, shown), hint);
  }
  return Error(
      kind,
      fmt::format(
          "'{}': its interpreter '{}' cannot be run: {}", name, shown, system_reason(error)),
      hint);
}

Error replace_process(Command& command, Environment& environment) {
  const std::vector<char*> argv = pointers(command.argv);
  const std::vector<char*> envp = environment.envp();
  // As execvp(3) has it: a file without '#!' is the shell's.
  std::vector<std::string> shell_words{"/bin/sh", command.path};
  shell_words.insert(shell_words.end(), command.argv.begin() + 1, command.argv.end());
  const std::vector<char*> shell_argv = pointers(shell_words);

  restore_signals();
  ::execve(command.path.c_str(), argv.data(), envp.data());
  if (errno == ENOEXEC) {
    ::execve("/bin/sh", shell_argv.data(), envp.data());
  }
  const int error = errno;
  sigset_t sigpipe;
  sigemptyset(&sigpipe);
  sigaddset(&sigpipe, SIGPIPE);
  ::sigprocmask(SIG_BLOCK, &sigpipe, nullptr); // the error is still to be told
  return explain(error, command, environment);
}

} // namespace kvrun::launcher
