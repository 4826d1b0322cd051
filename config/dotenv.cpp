// SPDX-License-Identifier: MIT
#include "config/dotenv.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace kvrun::config {
namespace {

constexpr std::string_view k_byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// A name elsewhere: `spring.datasource.url`, `MY-KEY`, `2FA_KEY`.
bool looks_like_name(std::string_view text) {
  std::string name(text);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '.' || c == '-'; }, '_');
  return is_variable_name("_" + name) && name.size() <= 127;
}

class Parser {
public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text_.starts_with(k_byte_order_mark)) {
      text_.remove_prefix(k_byte_order_mark.size());
    }
  }

  Dotenv parse() {
    while (at_ < text_.size()) {
      entry();
      next_line();
    }
    return std::move(result_);
  }

private:
  // What is left of the line, without its end (LF or CRLF).
  [[nodiscard]] std::string_view line() const {
    std::string_view rest = text_.substr(at_, text_.find('\n', at_) - at_);
    if (rest.ends_with('\r')) {
      rest.remove_suffix(1);
    }
    return rest;
  }

  void next_line() {
    const std::size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    ++line_;
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) {
      ++at_;
    }
  }

  void complain(int line, std::string message) {
    result_.problems.push_back({line, std::move(message)});
  }

  void entry() {
    skip_blanks();
    if (line().empty() || line().front() == '#') {
      return;
    }
    skip_export();
    const std::size_t equals = line().find('=');
    if (equals == std::string_view::npos) {
      complain(line_, "there is no '=' after a variable's name");
      return;
    }
    // Not shown when it is no name: it may be a line of a key that has lost its quotes.
    const std::string_view name = line().substr(0, equals);
    const bool good = is_variable_name(name);
    if (!good && is_variable_name(trim(name))) {
      complain(line_, "there is a blank before '='");
    } else if (!good) {
      complain(line_, "what stands before '=' is no variable's name");
      result_.problems.back().bad_name = looks_like_name(name) ? name : "";
    }
    DotenvEntry entry{std::string(good ? name : ""), {}, line_};
    at_ += equals + 1;
    skip_blanks();
    if (value(entry) && good) {
      keep(std::move(entry));
    }
  }

  void skip_export() {
    constexpr std::string_view k_export = "export";
    const std::string_view rest = line();
    if (rest.starts_with(k_export) && rest.size() > k_export.size() &&
        is_blank(rest[k_export.size()])) {
      at_ += k_export.size();
      skip_blanks();
    }
  }

  // Leaves `at_` on the line where the value ends.
  bool value(DotenvEntry& entry) {
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) {
      return quoted(entry);
    }
    std::string_view rest = line();
    for (std::size_t hash = rest.find('#'); hash != std::string_view::npos;
         hash = rest.find('#', hash + 1)) {
      // skip_blanks() has passed over what stands between '=' and a '#'.
      if (is_blank(text_[at_ + hash - 1])) {
        rest = rest.substr(0, hash);
        break;
      }
    }
    entry.value = SecretString(trim(rest));
    return true;
  }

  bool quoted(DotenvEntry& entry) {
    const char quote = text_[at_++];
    for (;;) {
      const std::size_t stop = text_.find_first_of(quote == '"' ? "\"\\\n" : "'\n", at_);
      if (stop == std::string_view::npos) {
        at_ = text_.size();
        complain(entry.line, fmt::format("the quote{} is not closed", of(entry)));
        return false;
      }
      entry.value.append(text_.substr(at_, stop - at_));
      at_ = stop + 1;
      if (text_[stop] == quote) {
        break;
      }
      if (text_[stop] == '\\') {
        escape(entry.value);
      } else {
        entry.value.append("\n");
        ++line_;
      }
    }
    const std::size_t behind = at_;
    skip_blanks();
    if (!line().empty() && (at_ == behind || line().front() != '#')) {
      complain(line_, fmt::format("there is text after the closing quote{}", of(entry)));
      return false;
    }
    return true;
  }

  // Behind a backslash in double quotes. One before any other character is a backslash.
  void escape(SecretString& value) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    switch (c) {
    case 'n':
      value.append("\n");
      break;
    case 'r':
      value.append("\r");
      break;
    case 't':
      value.append("\t");
      break;
    case '"':
    case '\\':
    case '$':
      value.append(text_.substr(at_, 1));
      break;
    default:
      value.append("\\");
      return;
    }
    ++at_;
  }

  static std::string of(const DotenvEntry& entry) {
    return entry.name.empty() ? "" : fmt::format(" of '{}'", entry.name);
  }

  void keep(DotenvEntry entry) {
    const auto [first, is_new] = lines_.try_emplace(entry.name, entry.line);
    if (!is_new) {
      complain(entry.line,
               fmt::format("'{}' is there twice, first on line {}", entry.name, first->second));
      return;
    }
    result_.entries.push_back(std::move(entry));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  std::unordered_map<std::string, int> lines_; // where a name was first
  Dotenv result_;
};

} // namespace

Dotenv parse_dotenv(std::string_view text) {
  return Parser(text).parse();
}

} // namespace kvrun::config
