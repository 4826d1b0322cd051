// SPDX-License-Identifier: MIT
#include "base/log.hpp"

#include "base/blocked_signal.hpp"

#include <fmt/format.h>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <string>

namespace kvrun {

namespace {

constexpr std::chrono::milliseconds k_patience{500};

// Whether stderr takes up to PIPE_BUF bytes without blocking. Its flags are shared with whoever
// started us and must stay, so a full pipe or a stopped terminal is asked for instead.
bool takes_more(std::chrono::steady_clock::time_point until) {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd entry{STDERR_FILENO, POLLOUT, 0};
    const int ready = ::poll(&entry, 1, std::max(0, static_cast<int>(left.count())));
    if (ready >= 0 || errno != EINTR) {
      return ready > 0;
    }
  }
}

void write_stderr(std::string_view text) {
  // Once nobody reads, later messages do not wait.
  static std::atomic<bool> stalled = false;
  // A reader that is gone and a file at its limit must not end kvrun.
  const BlockedSignal no_sigpipe(SIGPIPE);
  const BlockedSignal no_sigxfsz(SIGXFSZ);
  const auto until =
      std::chrono::steady_clock::now() + (stalled ? std::chrono::milliseconds(0) : k_patience);
  while (!text.empty()) {
    if (!takes_more(until)) {
      stalled = true;
      return;
    }
    const ::ssize_t written =
        ::write(STDERR_FILENO, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno != EINTR && errno != EAGAIN) {
      return;
    }
  }
  stalled = false;
}

bool coloured() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb");
}

std::string_view colour(std::string_view kind) {
  if (kind == "error") {
    return "\x1b[1;31m";
  }
  return kind == "warning" ? "\x1b[1;33m" : "";
}

// A name out of a file may hold anything. No control character of it reaches a terminal, and no
// line of it is a command to a runner ("::error", "##vso[", "##[error]"). Its lines stay.
std::string inert(std::string_view text) {
  std::string result;
  bool at_start = false; // after the prefix, so only from the second line on
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool again = !result.empty() && result.back() == text[i];
    if (byte == '\n') {
      at_start = true;
      result += '\n';
      continue;
    }
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) {
      ++i; // U+0080 to U+009F are control characters too
      result += '?';
    } else if ((byte < ' ' && byte != '\t') || byte == 0x7F) {
      result += '?';
    } else if ((byte == '#' || (byte == ':' && at_start)) && again) {
      result += ' ';
      result += text[i];
    } else {
      result += text[i];
    }
    at_start = at_start && (byte == ' ' || byte == '\t' || byte == ':');
  }
  return result;
}

std::string format_line(std::string_view program, std::string_view kind, std::string_view text) {
  const std::string_view shade = coloured() ? colour(kind) : "";
  if (shade.empty()) {
    return fmt::format("{}: {}: {}\n", program, kind, inert(text));
  }
  return fmt::format("{}: {}{}:\x1b[0m {}\n", program, shade, kind, inert(text));
}

} // namespace

void Log::error(const Error& error) const {
  std::string text = format_line(program_, "error", error.message());
  if (!error.hint().empty()) {
    text += format_line(program_, "hint", error.hint());
  }
  write_stderr(text);
}

void Log::warning(std::string_view text) const {
  if (verbosity_ != Verbosity::quiet) {
    line("warning", text);
  }
}

void Log::verbose(std::string_view text) const {
  if (verbosity_ >= Verbosity::verbose) {
    tell(text);
  }
}

void Log::very_verbose(std::string_view text) const {
  if (verbosity_ >= Verbosity::very_verbose) {
    tell(text);
  }
}

void Log::tell(std::string_view text) const {
  write_stderr(fmt::format("{}: {}\n", program_, inert(text)));
}

void Log::line(std::string_view kind, std::string_view text) const {
  write_stderr(format_line(program_, kind, text));
}

} // namespace kvrun
