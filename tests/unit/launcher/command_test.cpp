// SPDX-License-Identifier: MIT
// Looked up as env(1) and execvp(3) do: unix.md U15, U16, U27.
#include "launcher/command.hpp"
#include "tests/unit/launcher/call.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace kvrun::launcher {
namespace {

class CommandLookup : public testing::Test {
protected:
  CommandLookup() {
    ::mkdir(one().c_str(), 0700);
    ::mkdir(two().c_str(), 0700);
  }
  [[nodiscard]] std::string one() const { return folder_.path() + "/one"; }
  [[nodiscard]] std::string two() const { return folder_.path() + "/two"; }
  [[nodiscard]] std::string path() const { return one() + ":" + two(); }
  std::string make(const std::string& name, mode_t mode = 0700) const {
    return folder_.write(name, "#!/bin/sh\n", mode);
  }
  // The status that looking it up ends with, and the message.
  static std::pair<int, std::string> refusal(const std::string& name,
                                             std::optional<std::string_view> path) {
    try {
      const Command command = find_command({name, "s3cret-argument"}, path);
      ADD_FAILURE() << "found as " << command.path;
    } catch (const Error& error) {
      expect_lacks(error.message() + error.hint(), "s3cret-argument");
      return {exit_status(error.kind()), error.message() + " (" + error.hint() + ")"};
    }
    return {};
  }
  azure::TemporaryFolder folder_;
};

TEST_F(CommandLookup, TakesTheFirstInThePath) {
  const std::string first = make("one/tool");
  make("two/tool");
  const Command command = find_command({"tool", "-x", ""}, path());
  EXPECT_EQ(command.path, first);
  EXPECT_EQ(command.argv, (Texts{"tool", "-x", ""}));
}

TEST_F(CommandLookup, GoesOnBehindWhatCannotBeRun) {
  make("one/tool", 0600);
  const std::string second = make("two/tool");
  EXPECT_EQ(find_command({"tool"}, path()).path, second);
  ::mkdir((one() + "/folder").c_str(), 0700);
  const std::string file = make("two/folder");
  EXPECT_EQ(find_command({"folder"}, path()).path, file);
}

TEST_F(CommandLookup, TakesANameWithASlashAsItIs) {
  const std::string file = make("one/tool");
  EXPECT_EQ(find_command({file}, "/nowhere").path, file);
}

TEST_F(CommandLookup, TakesAnEmptyEntryForTheWorkingDirectory) {
  const std::filesystem::path here = std::filesystem::current_path();
  std::filesystem::current_path(one());
  make("one/tool");
  EXPECT_EQ(find_command({"tool"}, "/nowhere:").path, "./tool");
  EXPECT_EQ(find_command({"tool"}, "").path, "./tool");
  std::filesystem::current_path(here);
}

TEST_F(CommandLookup, HasADefaultPath) {
  EXPECT_EQ(find_command({"sh"}, std::nullopt).path, "/bin/sh");
}

TEST_F(CommandLookup, TellsNotFoundFromNotRunnable) {
  make("one/plain", 0600);
  make("one/file");
  EXPECT_EQ(refusal("absent", path()).first, 127);
  EXPECT_EQ(refusal(one() + "/absent", path()).first, 127);
  EXPECT_EQ(refusal("", path()).first, 127);
  EXPECT_EQ(refusal(one(), path()).first, 126);
  EXPECT_EQ(refusal(one() + "/plain", path()).first, 126);
  const auto [status, text] = refusal("plain", path());
  EXPECT_EQ(status, 126);
  expect_holds(text, "chmod +x");
}

// Only what is not there is 127; each status is that of env(1), coreutils 9.1 on glibc 2.36.
TEST_F(CommandLookup, TellsAllThatIsThereAsNotRunnable) {
  const std::string file = make("one/file");
  const std::string loop = one() + "/loop";
  ASSERT_EQ(::symlink("loop", loop.c_str()), 0);
  ::mkdir((one() + "/folder").c_str(), 0700);
  const std::string endless(300, 'x');
  EXPECT_EQ(refusal(file + "/below", path()).first, 126);
  EXPECT_EQ(refusal(loop, path()).first, 126);
  EXPECT_EQ(refusal("loop", path()).first, 126);
  EXPECT_EQ(refusal(endless, path()).first, 126);
  EXPECT_EQ(refusal("absent", file).first, 126);
  const auto [status, text] = refusal("folder", path());
  EXPECT_EQ(status, 126);
  expect_holds(text, "is a directory");
  expect_lacks(text, "chmod");
}

TEST_F(CommandLookup, GoesOnBehindADirectoryOfThePathThatIsNone) {
  const std::string file = make("one/file");
  const std::string tool = make("two/tool");
  EXPECT_EQ(find_command({"tool"}, file + ":/nowhere:" + two()).path, tool);
  EXPECT_EQ(refusal("absent", file + ":" + two()).first, 127); // the last one's error counts
}

TEST_F(CommandLookup, EndsItsSearchAsExecvpDoes) {
  make("two/tool");
  const std::string loop = one() + "/loop";
  ASSERT_EQ(::symlink("loop", loop.c_str()), 0);
  EXPECT_EQ(refusal("tool", loop + ":" + two()).first, 126);
  EXPECT_EQ(refusal("tool", "/" + std::string(300, 'x') + ":" + two()).first, 126);
}

// rules A56
TEST_F(CommandLookup, HasAHintForWordsOfOtherPrograms) {
  for (const char* word : {"run", "exec"}) {
    expect_holds(refusal(word, path()).second, "kvrun -- COMMAND");
  }
  expect_holds(refusal("help", path()).second, "kvrun --help");
  expect_holds(refusal("version", path()).second, "kvrun --version");
}

TEST_F(CommandLookup, WarnsOfCommandsThatDropTheEnvironment) {
  for (const char* name : {"sudo", "/usr/bin/sudo", "su", "doas", "pkexec"}) {
    expect_holds(warning_about({{name, "x"}, name}), "put kvrun inside");
  }
  for (const char* name : {"sudoku", "env", "/opt/sudo/tool"}) {
    EXPECT_EQ(warning_about({{name}, name}), "") << name;
  }
}

} // namespace
} // namespace kvrun::launcher
