// SPDX-License-Identifier: MIT
#pragma once

#include "base/json.hpp"
#include "base/secret_string.hpp"
#include "config/model.hpp"

#include <optional>
#include <string_view>

namespace kvrun::launcher {

// A secret's value as a variable wants it: pointer, then decode, then format (rules A27). Nothing
// when the pointer leads nowhere or to null. Throws Error(refused), which never quotes the value.
[[nodiscard]] std::optional<SecretString> refine(std::string_view value,
                                                 std::string_view pointer,
                                                 config::Decode decode,
                                                 config::Format format);

// A JSON value as text (rules A26): a string's text, numbers, booleans, objects and arrays as they
// are written; nothing for null.
[[nodiscard]] std::optional<SecretString> text_of(const json::Value& value);

} // namespace kvrun::launcher
