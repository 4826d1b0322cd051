// SPDX-License-Identifier: MIT
#include "config/template.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace kvrun::config {
namespace {

constexpr std::string_view k_open = "{{";
constexpr std::string_view k_close = "}}";
constexpr std::array<std::string_view, 5> k_filter_names{"uri", "json", "shell", "base64", "trim"};
constexpr std::array k_filters{
    Filter::uri, Filter::json, Filter::shell, Filter::base64, Filter::trim};

std::optional<Filter> find_filter(std::string_view name) {
  const auto* const found = std::find(k_filter_names.begin(), k_filter_names.end(), name);
  if (found == k_filter_names.end()) {
    return {};
  }
  return k_filters.at(static_cast<std::size_t>(found - k_filter_names.begin()));
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

// A byte that begins a character of UTF-8.
bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

class Parser {
public:
  Parser(std::string_view text, const Place& start, Written written, Problems& problems)
      : text_(text), place_(start), written_(written),
        first_column_(written == Written::indented ? start.column : 1), problems_(problems) {}

  Template parse() {
    while (at_ < text_.size()) {
      const std::size_t open = std::min(text_.find(k_open, at_), text_.size());
      literal_.append(text_.substr(at_, open - at_));
      at_ = open;
      if (text_.substr(open).starts_with("{{{{")) {
        literal_.append(k_open);
        at_ += 4;
      } else if (open < text_.size()) {
        placeholder();
      }
    }
    end_literal();
    return std::move(result_);
  }

private:
  // From `{{` to behind `}}`. One that is wrong is passed over, so that the next one is seen too.
  void placeholder() {
    const std::size_t open = at_;
    const std::size_t line_end = std::min(text_.find('\n', open), text_.size());
    const std::size_t close = text_.substr(0, line_end).find(k_close, open + k_open.size());
    if (close == std::string_view::npos) {
      complain(open, "'{{' is not closed by '}}' on its line", "a literal '{{' is written '{{{{'");
      at_ = line_end;
      return;
    }
    end_ = close;
    at_ = open + k_open.size();
    skip_blanks();
    TemplatePart part;
    const std::size_t begin = at_;
    part.place = place_of(begin);
    const std::string_view reference = word();
    bool good = read_reference(reference, begin, part);
    skip_blanks();
    while (at_ < end_) {
      good = read_filter(part) && good;
      skip_blanks();
    }
    at_ = close + k_close.size();
    if (good) {
      end_literal();
      result_.parts.push_back(std::move(part));
    }
  }

  bool read_reference(std::string_view reference, std::size_t begin, TemplatePart& part) {
    if (reference.empty()) {
      complain(begin, "there is no reference between '{{' and '}}'", {});
      return false;
    }
    try {
      part.content = parse_reference(reference);
      return true;
    } catch (const ReferenceError& error) {
      complain(begin, error.what(), error.hint());
      return false;
    }
  }

  // `|` and a name; what else stands there is passed over up to the next `|`.
  bool read_filter(TemplatePart& part) {
    if (text_[at_] != '|') {
      complain(at_, "after a reference comes '|' and a filter, or '}}'", {});
      at_ = std::min(text_.find('|', at_), end_);
      return false;
    }
    ++at_;
    skip_blanks();
    const std::size_t begin = at_;
    const std::string_view name = word();
    if (const auto filter = find_filter(name)) {
      part.filters.push_back(*filter);
      return true;
    }
    const auto near = nearest(name, k_filter_names);
    complain(begin,
             name.empty() ? "there is no filter after '|'" : "there is no such filter",
             near ? fmt::format("did you mean '{}'?", *near)
                  : "the filters are uri, json, shell, base64 and trim");
    return false;
  }

  std::string_view word() {
    const std::size_t begin = at_;
    while (at_ < end_ && !is_blank(text_[at_]) && text_[at_] != '|') {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }

  void skip_blanks() {
    while (at_ < end_ && is_blank(text_[at_])) {
      ++at_;
    }
  }

  void end_literal() {
    if (!literal_.empty()) {
      result_.parts.push_back({std::exchange(literal_, {}), {}});
    }
  }

  void complain(std::size_t at, std::string_view message, std::string hint) {
    problems_.add(place_of(at), message, std::move(hint));
  }

  // `at` never goes back.
  const Place& place_of(std::size_t at) {
    if (written_ != Written::otherwise && place_.line > 0) {
      for (; counted_ < at; ++counted_) {
        if (text_[counted_] == '\n') {
          ++place_.line;
          place_.column = first_column_;
        } else if (begins_character(text_[counted_])) {
          ++place_.column;
        }
      }
    }
    return place_;
  }

  std::string_view text_;
  Place place_; // of the byte `counted_`
  std::size_t counted_ = 0;
  Written written_;
  int first_column_; // of the second line and later
  Problems& problems_;
  std::size_t at_ = 0;
  std::size_t end_ = 0; // of the placeholder: where `}}` stands
  std::string literal_;
  Template result_;
};

} // namespace

std::vector<const SecretReference*> Template::references() const {
  std::vector<const SecretReference*> all;
  for (const TemplatePart& part : parts) {
    if (const auto* const reference = std::get_if<SecretReference>(&part.content)) {
      all.push_back(reference);
    }
  }
  return all;
}

Template
parse_template(std::string_view text, const Place& start, Problems& problems, Written written) {
  return Parser(text, start, written, problems).parse();
}

} // namespace kvrun::config
