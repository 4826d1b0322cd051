// SPDX-License-Identifier: MIT
#pragma once

#include "base/place.hpp"
#include "base/secret_string.hpp"
#include "config/secret_reference.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kvrun::config {

enum class Filter { uri, json, shell, base64, trim };

// `{{ REFERENCE | FILTER }}` in a text (rules A34, A35).
struct TemplatePart {
  std::variant<std::string, SecretReference> content; // literal text, or what is put there
  std::vector<Filter> filters;                        // applied left to right
  Place place = {};                                   // of the reference
};

struct Template {
  std::vector<TemplatePart> parts;
  // The references, in order.
  [[nodiscard]] std::vector<const SecretReference*> references() const;
};

// How a text stands in its file: as it is; with every line begun in the column of the first (a
// literal block of YAML); or otherwise, where an escape or a fold moves what comes after it.
enum class Written { as_it_is, indented, otherwise };

// Parses a template that begins at `start`. A problem has its own line and column (in characters),
// or `start` where the text is written otherwise.
[[nodiscard]] Template parse_template(std::string_view text,
                                      const Place& start,
                                      Problems& problems,
                                      Written written = Written::as_it_is);

// The bytes of a value after its filters.
[[nodiscard]] SecretString apply_filters(std::string_view value,
                                         const std::vector<Filter>& filters);

} // namespace kvrun::config
