// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::azure {

// Where an identity endpoint is.
struct Endpoint {
  Origin origin;
  std::string path;  // at least "/"
  std::string query; // without '?'; may be empty

  // The path and query of a request with more pairs, which are encoded here.
  [[nodiscard]] std::string
  target(const std::vector<std::pair<std::string_view, std::string_view>>& more) const;
};

enum class Scheme {
  https_only,
  https_or_local_http, // http to a loopback, link-local or private address, or to `localhost`
};

// The endpoint that a variable holds. Throws Error(usage) that names the variable and never shows
// what it holds: another scheme, user-info, a fragment, a bad port, an address in an unusual form,
// http to anywhere but this machine or its network (design.md §5).
[[nodiscard]] Endpoint
parse_endpoint(std::string_view variable, std::string_view url, Scheme scheme);

} // namespace kvrun::azure
