// SPDX-License-Identifier: MIT
#pragma once

#include "base/unique_fd.hpp"

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::cli {

// In the value of every secret of these tests. No output of any program may hold it.
inline constexpr std::string_view k_sentinel = "s3ntinel";

// How a program is started.
struct Start {
  std::vector<std::string> words;
  std::vector<std::string> variables; // the whole environment
  std::string directory;              // "" for the test's own
  // Called in the child just before exec.
  std::function<void()> prepare;
};

struct Outcome {
  int status = -1; // 128+n when it died of a signal
  bool by_signal = false;
  std::string out;
  std::string err;
};

// A program that runs: its stdin is /dev/null, its stdout and stderr are read. Whatever it says is
// searched for secrets and tokens, which fails the test.
class Program {
public:
  explicit Program(const Start& start);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  // Reads on until its stderr, or its stdout, holds that text; fails the test when it ends before.
  void wait_for_err(std::string_view text);
  void wait_for_out(std::string_view text);
  [[nodiscard]] const std::string& out() const noexcept { return outcome_.out; }
  void signal(int number) const;
  Outcome wait();

private:
  // Reads what comes; false when both streams have ended.
  bool read_some();
  void read_until(const std::string& stream, std::string_view text);

  pid_t pid_ = -1;
  UniqueFd out_;
  UniqueFd err_;
  Outcome outcome_;
  bool reaped_ = false;
};

Outcome run(const Start& start);

// A directory of a test's own that every user can enter.
class Folder {
public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();
  [[nodiscard]] std::string path(std::string_view name = {}) const;
  std::string write(std::string_view name, std::string_view content, mode_t mode = 0644) const;
  [[nodiscard]] std::string read(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

private:
  std::filesystem::path path_;
};

// kvrun-emulator, for as long as this lives.
class Emulator {
public:
  // `prepare` is for the emulator's process.
  explicit Emulator(std::string_view seed,
                    std::vector<std::string> options = {},
                    const std::function<void()>& prepare = {});
  Emulator(const Emulator&) = delete;
  Emulator& operator=(const Emulator&) = delete;
  ~Emulator();

  // The variables that point there, and a PATH.
  [[nodiscard]] std::vector<std::string> variables() const;
  // Ends it; what it served, as JSON.
  const std::string& counts();
  // Of the counts: how many requests of an endpoint ended so.
  int requests(const std::string& endpoint, const std::string& status);
  int connections(const std::string& endpoint);

private:
  Folder folder_;
  std::map<std::string, std::string> variables_;
  std::unique_ptr<Program> program_;
  std::string counts_;
};

// A call of kvrun against an emulator. `words` are kvrun's own; `config` becomes ./kvrun.yaml.
struct Call {
  Folder folder;
  std::vector<std::string> variables;
  std::function<void()> prepare;

  explicit Call(const Emulator& emulator, std::string_view config = {});
  [[nodiscard]] Start start(std::vector<std::string> words) const;
  Outcome run(std::vector<std::string> words) const { return cli::run(start(std::move(words))); }
  // The same command without kvrun.
  [[nodiscard]] Start plain(std::vector<std::string> words) const;
};

void expect_holds(std::string_view text, std::string_view part);
void expect_lacks(std::string_view text, std::string_view part);
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);

} // namespace kvrun::cli
