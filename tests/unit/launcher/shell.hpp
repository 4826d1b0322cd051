// SPDX-License-Identifier: MIT
#pragma once

#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <stdio.h>

#include <array>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace kvrun::launcher {

// What a command line of sh prints; throws when it does not end well.
inline std::string output_of(const std::string& command) {
  const auto close = [](FILE* pipe) { ::pclose(pipe); };
  std::unique_ptr<FILE, decltype(close)> pipe(::popen(command.c_str(), "re"), close);
  std::string text;
  std::array<char, 4096> buffer{};
  while (pipe) {
    const std::size_t got = ::fread(buffer.data(), 1, buffer.size(), pipe.get());
    if (got == 0) {
      break;
    }
    text.append(buffer.data(), got);
  }
  if (!pipe || ::pclose(pipe.release()) != 0) {
    throw std::runtime_error("it failed: " + command);
  }
  return text;
}

// The environment of a program that a shell starts after it has read a file of that text.
inline std::map<std::string, std::string> variables_after(const std::string& shell,
                                                          std::string_view text) {
  const azure::TemporaryFolder folder;
  const std::string file = folder.write("variables", text);
  std::string all = output_of(shell + " -c '. " + file + "; exec env -0'");
  std::map<std::string, std::string> variables;
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = all.find('\0', begin);
    const std::string entry = all.substr(begin, end - begin);
    const std::size_t equals = entry.find('=');
    variables[entry.substr(0, equals)] = entry.substr(equals + 1);
    begin = end + 1;
  }
  return variables;
}

} // namespace kvrun::launcher
