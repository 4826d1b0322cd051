// SPDX-License-Identifier: MIT
#include "tests/cli/program.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

namespace kvrun::cli {

namespace {

// Far more than any of these runs takes, and what a broken test costs.
constexpr int k_patience = 120'000;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw std::runtime_error("no pipe");
  }
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size() + 1);
  for (const std::string& word : words) {
    list.push_back(const_cast<char*>(word.c_str()));
  }
  list.push_back(nullptr);
  return list;
}

void search_for_secrets(std::string_view stream, std::string_view text) {
  const std::string encoded(encode_base64(k_sentinel).reveal().substr(0, 10));
  for (const std::string_view secret : {k_sentinel, std::string_view(encoded)}) {
    EXPECT_EQ(text.find(secret), std::string_view::npos) << "a secret is on " << stream;
  }
  EXPECT_EQ(text.find("eyJ"), std::string_view::npos) << "a token is on " << stream << ": " << text;
}

bool is_open(const UniqueFd& fd) {
  return static_cast<bool>(fd);
}

// "'a b'" → "a b", as the emulator writes words for a shell.
std::string unquoted(std::string_view word) {
  if (!word.starts_with('\'')) {
    return std::string(word);
  }
  std::string text(word.substr(1, word.size() - 2));
  for (std::size_t at = 0; (at = text.find("'\\''", at)) != std::string::npos; ++at) {
    text.replace(at, 4, "'");
  }
  return text;
}

// What runs the tests may have left descriptors open.
void keep_to_standard_descriptors() {
  constexpr int most = 256;
  for (int fd = STDERR_FILENO + 1; fd < most; ++fd) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

} // namespace

Program::Program(const Start& start) {
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  const std::vector<char*> argv = pointers(start.words);
  const std::vector<char*> envp = pointers(start.variables);
  pid_ = ::fork();
  if (pid_ < 0) {
    throw std::runtime_error("no process");
  }
  if (pid_ == 0) {
    const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(null, STDIN_FILENO);
    ::dup2(out.write.get(), STDOUT_FILENO);
    ::dup2(err.write.get(), STDERR_FILENO);
    if (!start.directory.empty() && ::chdir(start.directory.c_str()) != 0) {
      ::_exit(97);
    }
    keep_to_standard_descriptors();
    if (start.prepare) {
      start.prepare();
    }
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(errno == EACCES ? 96 : 97);
  }
  out_ = std::move(out.read);
  err_ = std::move(err.read);
}

Program::~Program() {
  if (!reaped_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
}

bool Program::read_some() {
  std::vector<pollfd> descriptors;
  for (const UniqueFd* fd : {&out_, &err_}) {
    if (is_open(*fd)) {
      descriptors.push_back({fd->get(), POLLIN, 0});
    }
  }
  if (descriptors.empty()) {
    return false;
  }
  if (::poll(descriptors.data(), descriptors.size(), k_patience) == 0) {
    ADD_FAILURE() << "it hangs; it said: " << outcome_.err;
    ::kill(pid_, SIGKILL);
    return false;
  }
  for (const pollfd& ready : descriptors) {
    if (ready.revents == 0) {
      continue;
    }
    std::array<char, 4096> bytes{};
    const bool is_out = ready.fd == out_.get();
    const ssize_t got = ::read(ready.fd, bytes.data(), bytes.size());
    if (got > 0) {
      (is_out ? outcome_.out : outcome_.err).append(bytes.data(), static_cast<std::size_t>(got));
    } else {
      (is_out ? out_ : err_).reset();
    }
  }
  return true;
}

void Program::read_until(const std::string& stream, std::string_view text) {
  while (stream.find(text) == std::string::npos) {
    if (!read_some()) {
      FAIL() << "it never said '" << text << "', but: " << outcome_.out << outcome_.err;
    }
  }
}

void Program::wait_for_err(std::string_view text) {
  read_until(outcome_.err, text);
}

void Program::wait_for_out(std::string_view text) {
  read_until(outcome_.out, text);
}

void Program::signal(int number) const {
  EXPECT_EQ(::kill(pid_, number), 0);
}

Outcome Program::wait() {
  while (read_some()) {
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  reaped_ = true;
  outcome_.by_signal = WIFSIGNALED(status);
  outcome_.status = outcome_.by_signal ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  search_for_secrets("stdout", outcome_.out);
  search_for_secrets("stderr", outcome_.err);
  return outcome_;
}

Outcome run(const Start& start) {
  return Program(start).wait();
}

// ---- folders

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "kvrun-cli-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr || ::chmod(name.c_str(), 0755) != 0) {
    throw std::runtime_error("no temporary folder");
  }
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::path(std::string_view name) const {
  return name.empty() ? path_.string() : (path_ / name).string();
}

std::string Folder::write(std::string_view name, std::string_view content, mode_t mode) const {
  std::string file = path(name);
  std::ofstream(file, std::ios::binary) << content;
  if (::chmod(file.c_str(), mode) != 0) {
    throw std::runtime_error("chmod");
  }
  return file;
}

std::string Folder::read(std::string_view name) const {
  std::ifstream in(path(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool Folder::has(std::string_view name) const {
  return std::filesystem::exists(path(name));
}

// ---- the emulator

Emulator::Emulator(std::string_view seed,
                   std::vector<std::string> options,
                   const std::function<void()>& prepare) {
  ::chmod(folder_.path().c_str(), 0777); // whoever the emulator runs as writes its counts there
  std::vector<std::string> words{KVRUN_EMULATOR_BINARY,
                                 "--seed",
                                 folder_.write("seed.yaml", seed),
                                 "--counts",
                                 folder_.path("counts.json")};
  words.insert(words.end(), options.begin(), options.end());
  program_ = std::make_unique<Program>(Start{words, {"PATH=/usr/bin:/bin"}, {}, prepare});
  program_->wait_for_out("KVRUN_CONNECT_TO="); // all of them come in one write
  for (const std::string& line : lines_of(program_->out())) {
    const std::size_t equals = line.find('=');
    variables_[line.substr(0, equals)] = unquoted(std::string_view(line).substr(equals + 1));
  }
}

std::vector<std::string> Emulator::variables() const {
  std::vector<std::string> entries{"PATH=/usr/local/bin:/usr/bin:/bin"};
  for (const auto& [name, value] : variables_) {
    entries.push_back(fmt::format("{}={}", name, value));
  }
  return entries;
}

Emulator::~Emulator() {
  counts(); // ended as a user would: it takes its temporary files with it
}

const std::string& Emulator::counts() {
  if (counts_.empty()) {
    program_->signal(SIGTERM);
    EXPECT_EQ(program_->wait().status, 0);
    counts_ = folder_.read("counts.json");
  }
  return counts_;
}

namespace {

int number_of(const json::Value* value) {
  return value == nullptr ? 0 : std::stoi(std::string(value->text));
}

} // namespace

int Emulator::requests(const std::string& endpoint, const std::string& status) {
  const json::Document document = json::Document::parse(counts());
  const json::Value* methods = document.root().find("requests")->find(endpoint);
  int sum = 0;
  if (methods != nullptr) {
    for (const json::Member& method : methods->members) {
      sum += number_of(method.value.find(status));
    }
  }
  return sum;
}

int Emulator::connections(const std::string& endpoint) {
  const json::Document document = json::Document::parse(counts());
  return number_of(document.root().find("connections")->find(endpoint));
}

// ---- calls

Call::Call(const Emulator& emulator, std::string_view config) : variables(emulator.variables()) {
  if (!config.empty()) {
    folder.write("kvrun.yaml", config);
  }
}

Start Call::start(std::vector<std::string> words) const {
  words.insert(words.begin(), KVRUN_BINARY);
  return {std::move(words), variables, folder.path(), prepare};
}

Start Call::plain(std::vector<std::string> words) const {
  return {std::move(words), variables, folder.path(), prepare};
}

void expect_holds(std::string_view text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string_view::npos) << "'" << part << "' is not in: " << text;
}

void expect_lacks(std::string_view text, std::string_view part) {
  EXPECT_EQ(text.find(part), std::string_view::npos) << "'" << part << "' is in: " << text;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) {
    if (!line.empty()) {
      lines.emplace_back(line);
    }
  }
  return lines;
}

} // namespace kvrun::cli
