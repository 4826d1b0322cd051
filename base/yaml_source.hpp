// SPDX-License-Identifier: MIT
#pragma once

#include "base/place.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::yaml {

constexpr std::string_view k_template_hint = "quote a template: \"{{ … }}\"";

// The text of a YAML file as the parser's marks point into it: what stands there, and which place
// that is. `text` and `file` must live as long.
class Source {
public:
  Source(std::string_view text, const std::string& file);

  // A line and a column in bytes, from 0, as an offset within the text.
  [[nodiscard]] std::size_t offset(std::size_t line, std::size_t column) const;
  [[nodiscard]] Place place(std::size_t offset) const;

  // What stands there, to the end of the text.
  [[nodiscard]] std::string_view from(std::size_t offset) const { return text_.substr(offset); }
  [[nodiscard]] bool begins_with(std::size_t offset, std::string_view what) const {
    return from(offset).substr(0, what.size()) == what;
  }
  // The character before it; NUL at the beginning.
  [[nodiscard]] char before(std::size_t offset) const {
    return offset == 0 ? '\0' : text_[offset - 1];
  }
  // Where the last character before it stands that is no blank.
  [[nodiscard]] std::size_t last_before(std::size_t offset) const;

  // Where the last line begins that begins so; nothing when none does.
  [[nodiscard]] std::optional<std::size_t> last_line(char first) const;

  // What stands there, behind an anchor.
  [[nodiscard]] std::string_view scalar_at(std::size_t offset) const;
  // With which quote a scalar begins there, perhaps behind an anchor; NUL when with none.
  [[nodiscard]] char quote_at(std::size_t offset) const;
  // Whether a quoted scalar that begins there ends. Of what is not quoted nothing is asked.
  [[nodiscard]] bool is_closed(std::size_t offset) const;
  // What helps where the parser stopped; "" when that is not known.
  [[nodiscard]] std::string syntax_hint(std::size_t offset) const;
  // Adds a problem and returns false when there is a byte that does not belong into a text file.
  [[nodiscard]] bool check_bytes(Problems& problems) const;

private:
  [[nodiscard]] std::size_t line_of(std::size_t offset) const;
  [[nodiscard]] std::string_view line(std::size_t number) const;

  std::string_view text_;
  const std::string& file_;
  std::vector<std::size_t> lines_;     // where each begins
  mutable std::size_t counted_to_ = 0; // an offset, and the characters before it in its line
  mutable int characters_ = 0;
};

} // namespace kvrun::yaml
