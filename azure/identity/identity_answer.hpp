// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"

#include <string>
#include <string_view>

namespace kvrun::azure {

// What an identity endpoint, the login host or a CI service said instead of a token. Every text in
// it is safe to print, and none comes out of a 2xx answer's body (design.md §2).
struct IdentityAnswer {
  int status = 0;
  std::string code;           // "invalid_request", "AudienceNotSupported", …
  std::string message;        // its first line
  int aadsts = 0;             // 700213 of "AADSTS700213"; 0: none
  std::string correlation_id; // of the login host and of App Service
  std::string e2eid;          // of Azure Pipelines, for its support (identity.md §11.1)
  std::string msedge_ref;     // of the front door of Azure Pipelines
  std::string redirect_host;  // where a redirect points to, which is not followed
  bool html = false;          // something other than Azure may have answered

  // "400 invalid_request: Identity not found (correlation id 0000…)".
  [[nodiscard]] std::string summary() const;
};

// Reads every form of error that identity.md §2 to §9 knows, nested or flat, in any of its cases;
// what is no JSON is taken as text. Never throws.
[[nodiscard]] IdentityAnswer parse_answer(const HttpResponse& response);

} // namespace kvrun::azure
