// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

// Escapes of a double-quoted scalar that yaml-cpp 0.7 gets wrong: it refuses a surrogate pair, as
// JSON writes what is past U+FFFF ("\ud83d\ude00"), and gives "\N" and "\_" as Latin-1.
namespace kvrun::yaml {

// The text for the library, of the same length: both backslashes of a pair, wherever it stands, are
// a byte that no UTF-8 has.
[[nodiscard]] std::string hide_surrogate_pairs(std::string_view text);

// What the library made of a double-quoted scalar, as UTF-8, with the characters of the pairs.
[[nodiscard]] std::string unescape_hidden(std::string_view scalar);
// What it made of any other, with the backslashes that were written.
[[nodiscard]] std::string unhide(std::string scalar);

} // namespace kvrun::yaml
