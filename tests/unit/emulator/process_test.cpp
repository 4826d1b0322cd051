// SPDX-License-Identifier: MIT
#include "base/error.hpp"
#include "emulator/process.hpp"
#include "emulator/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace kvrun::emulator {
namespace {

ErrorKind kind_of(const std::string& name) {
  try {
    static_cast<void>(find_command(name));
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::usage;
}

// Runs words to the end; its status as the emulator's own.
int status_of(const std::vector<std::string>& words) {
  const Signals signals;
  const pid_t child =
      start_command(find_command(words.front()), words, {"PATH=/usr/bin:/bin"}, signals);
  return signals.wait_for(child);
}

TEST(Command, IsLookedForInPath) {
  EXPECT_TRUE(find_command("sh").ends_with("/sh"));
  EXPECT_EQ(find_command("./some/where"), "./some/where");
}

TEST(Command, ThatIsNotThereIsNotFound) {
  EXPECT_EQ(kind_of("nosuchcommand"), ErrorKind::not_found);
  EXPECT_EQ(kind_of(""), ErrorKind::not_found);
}

TEST(Command, GivesItsStatusOrItsSignal) {
  EXPECT_EQ(status_of({"sh", "-c", "exit 7"}), 7);
  EXPECT_EQ(status_of({"sh", "-c", "kill -TERM $$"}), 128 + SIGTERM);
}

TEST(Command, WithoutAnInterpreterIsRunByTheShell) {
  const TemporaryFolder folder;
  EXPECT_EQ(status_of({folder.write("script", "exit $1\n", 0700), "5"}), 5);
}

TEST(Command, ThatIsAFolderOrMissingCannotBeStarted) {
  const Signals signals;
  const auto kind = [&](const std::string& path) {
    try {
      static_cast<void>(start_command(path, {path}, {}, signals));
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::usage;
  };
  EXPECT_EQ(kind("/"), ErrorKind::not_runnable);
  EXPECT_EQ(kind("/nosuch/command"), ErrorKind::not_found);
}

TEST(Signals, AreSentOnToTheCommand) {
  const Signals signals;
  const pid_t child = start_command(
      "/bin/sh",
      {"sh", "-c", "trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.05; done"},
      {"PATH=/usr/bin:/bin"},
      signals);
  EXPECT_EQ(signals.wait_for(child), 9);
}

TEST(Signals, LeaveTheCommandWithoutABlockedOne) {
  EXPECT_EQ(status_of({"sh", "-c", "grep -q '^SigBlk:.0000000000000000' /proc/self/status"}), 0);
}

TEST(TemporaryFolder, IsPrivateAndGoesWithItsOwner) {
  std::string path;
  {
    const TemporaryFolder folder;
    path = folder.write("a/b", "text");
    EXPECT_EQ(::access(path.c_str(), R_OK), 0);
  }
  EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

} // namespace
} // namespace kvrun::emulator
