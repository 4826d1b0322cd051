// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

// What can be told of a certificate without OpenSSL's parser, which decodes the public key at once:
// 1.6 million instructions for each root of a bundle (reference/packaging.md §2b).
namespace kvrun::azure {

// The subject of a DER certificate, encoded as it stands there; empty when the text is none. What
// follows the subject need not be there.
[[nodiscard]] std::string_view subject_in(std::string_view certificate);

// What two encodings of one name share, whatever the kind of their strings, their case and their
// blanks (RFC 5280 §7.1): the ASCII letters and digits of its values, in small letters. Different
// letters are different names; equal ones may be. Nothing when a value is of two bytes a letter or
// the text is no name.
[[nodiscard]] std::optional<std::string> letters_of_name(std::string_view name);

} // namespace kvrun::azure
