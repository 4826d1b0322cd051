// SPDX-License-Identifier: MIT
#include "launcher/process_image.hpp"

#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "launcher/exec_size.hpp"
#include "launcher/process_state.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

namespace kvrun::launcher {

namespace {

// "#!/usr/bin/python9 -u" → "/usr/bin/python9"; "" when the file has no such line.
std::string interpreter_of(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::array<char, 256> head{};
  const ssize_t size = fd ? ::read(fd.get(), head.data(), head.size()) : -1;
  std::string_view line(head.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!line.starts_with("#!")) {
    return {};
  }
  line = trim(line.substr(2, line.find('\n') - 2));
  return one_line(line.substr(0, line.find_first_of(" \t")), 200);
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
  if (error == ENOENT || error == ENOTDIR) {
    const std::string interpreter = interpreter_of(command.path);
    return {ErrorKind::not_found,
            fmt::format("'{}': {}",
                        name,
                        interpreter.empty()
                            ? "command not found"
                            : fmt::format("its interpreter '{}' is not there", interpreter)),
            interpreter.empty() ? std::string()
                                : "install the interpreter, or mend the first line of the script"};
  }
  if (error == E2BIG) {
    return {ErrorKind::not_runnable,
            fmt::format("'{}': {}; the largest are {}",
                        name,
                        std::strerror(error),
                        largest_strings(command, environment)),
            "deliver large values as files, under 'files:', or raise the limit 'ulimit -s'"};
  }
  return {ErrorKind::not_runnable,
          fmt::format("'{}': cannot be run: {}", name, std::strerror(error))};
}

} // namespace

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
