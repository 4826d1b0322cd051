// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace kvrun::azure {

// What of a request no message may show, in case the answer repeats it: the values of the headers
// that carry a credential, and the client's secret or assertion in a form.
[[nodiscard]] std::vector<SecretString> secrets_of(const HttpRequest& request);

// A server's text without them, each "[...]", also where it was cut short, and without any JWT.
[[nodiscard]] std::string redacted(std::string_view text, std::span<const SecretString> secrets);

} // namespace kvrun::azure
