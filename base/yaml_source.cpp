// SPDX-License-Identifier: MIT
#include "base/yaml_source.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace kvrun::yaml {

namespace {

constexpr std::string_view k_blanks = " \t\r\n";

// Whether a value on that line begins with an unquoted '{{'.
bool has_bare_template(std::string_view line) {
  for (std::size_t i = line.find("{{"); i != std::string_view::npos; i = line.find("{{", i + 1)) {
    const std::string_view before = trim(line.substr(0, i));
    if (before.empty() || std::string_view(":-[,{").find(before.back()) != std::string_view::npos) {
      return true;
    }
  }
  return false;
}

} // namespace

Source::Source(std::string_view text, const std::string& file) : text_(text), file_(file) {
  lines_.push_back(0);
  for (std::size_t i = text.find('\n'); i != std::string_view::npos; i = text.find('\n', i + 1)) {
    lines_.push_back(i + 1);
  }
}

std::size_t Source::line_of(std::size_t offset) const {
  const auto next = std::upper_bound(lines_.begin(), lines_.end(), offset);
  return static_cast<std::size_t>(next - lines_.begin()) - 1;
}

std::string_view Source::line(std::size_t number) const {
  const std::string_view rest = text_.substr(lines_[number]);
  return rest.substr(0, rest.find('\n'));
}

std::size_t Source::offset(std::size_t line, std::size_t column) const {
  return std::min(lines_[std::min(line, lines_.size() - 1)] + column, text_.size());
}

Place Source::place(std::size_t offset) const {
  const std::size_t number = line_of(offset);
  // Offsets mostly grow: a line of a megabyte is not counted again for each.
  const bool onward = counted_to_ >= lines_[number] && counted_to_ <= offset;
  const std::size_t from = onward ? counted_to_ : lines_[number];
  const std::string_view between = text_.substr(from, offset - from);
  const auto more = std::count_if(between.begin(), between.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  counted_to_ = offset;
  characters_ = (onward ? characters_ : 0) + static_cast<int>(more);
  return {file_, static_cast<int>(number) + 1, characters_ + 1};
}

std::size_t Source::last_before(std::size_t offset) const {
  const std::size_t last = text_.substr(0, offset).find_last_not_of(k_blanks);
  return last == std::string_view::npos ? 0 : last;
}

std::optional<std::size_t> Source::last_line(char first) const {
  const auto last = std::find_if(lines_.rbegin(), lines_.rend(), [&](std::size_t begin) {
    return begin < text_.size() && text_[begin] == first;
  });
  return last == lines_.rend() ? std::nullopt : std::optional(*last);
}

std::string_view Source::scalar_at(std::size_t offset) const {
  std::string_view text = from(offset);
  if (text.substr(0, 1) != "&") {
    return text;
  }
  text.remove_prefix(std::min(text.find_first_of(k_blanks), text.size()));
  text.remove_prefix(std::min(text.find_first_not_of(k_blanks), text.size()));
  while (text.substr(0, 1) == "#") {
    text.remove_prefix(std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min(text.find_first_not_of(k_blanks), text.size()));
  }
  return text;
}

char Source::quote_at(std::size_t offset) const {
  const std::string_view text = scalar_at(offset).substr(0, 1);
  return text == "\"" || text == "'" ? text.front() : '\0';
}

bool Source::is_closed(std::size_t offset) const {
  const char quote = quote_at(offset);
  if (quote == '\0') {
    return true;
  }
  const std::string_view text = scalar_at(offset);
  for (std::size_t i = 1; i < text.size(); ++i) {
    const bool doubled = quote == '\'' && text.substr(i, 2) == "''";
    if (doubled || (quote == '"' && text[i] == '\\')) {
      ++i;
    } else if (text[i] == quote) {
      return true;
    }
  }
  return false;
}

std::string Source::syntax_hint(std::size_t offset) const {
  if (begins_with(offset, "@")) {
    return "quote a text that begins with '@': \"@Microsoft.KeyVault(…)\"";
  }
  if (begins_with(offset, "*") || before(offset) == '*') {
    return "quote a text that begins with '*'";
  }
  const std::size_t number = line_of(offset);
  if (has_bare_template(line(number)) || (number > 0 && has_bare_template(line(number - 1)))) {
    return std::string(k_template_hint);
  }
  const std::string_view indent = line(number).substr(0, line(number).find_first_not_of(" \t"));
  if (indent.find('\t') != std::string_view::npos) {
    return "indent with blanks, not with tabs";
  }
  return {};
}

bool Source::check_bytes(Problems& problems) const {
  if (const std::size_t bad = find_bad_utf8(text_); bad != std::string_view::npos) {
    problems.add(place(bad), "not UTF-8", "save the file as UTF-8");
    return false;
  }
  const auto control = std::find_if(text_.begin(), text_.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' && c != '\t' && c != '\n' && c != '\r';
  });
  if (control == text_.end()) {
    return true;
  }
  const Place where = place(static_cast<std::size_t>(control - text_.begin()));
  if (*control == '\0') {
    problems.add(where, "a NUL byte", "save the file as UTF-8");
  } else {
    problems.add(where, "a control character");
  }
  return false;
}

} // namespace kvrun::yaml
