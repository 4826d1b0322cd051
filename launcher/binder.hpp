// SPDX-License-Identifier: MIT
#pragma once

#include "azure/secret_client.hpp"
#include "base/error.hpp"
#include "base/secret_string.hpp"
#include "launcher/plan.hpp"
#include "launcher/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace kvrun::launcher {

// A variable as the command will get it.
struct BoundVariable {
  std::string name;
  std::optional<SecretString> value; // nothing: left as inherited (rules A31)
  Source source = Source::config;
  bool secret = true; // a literal is none
  bool is_default = false;
  bool forget_inherited =
      false; // no value, and what is inherited is a reference: never left as text
  bool file = false;
  unsigned mode = 0400;
  // The secrets that feed it: "contoso-prod/db-password/4387…", the versions as read; and the
  // earliest expiry.
  std::vector<std::string> secrets;
  std::optional<std::int64_t> expires;
  std::string expires_first; // which of the secrets that is
};

struct Bound {
  std::vector<BoundVariable> variables; // bundles first, then the bindings in order
  std::vector<Error> errors;
  std::vector<std::string> warnings;
};

// What was read, put into the variables. Contacts nothing, changes nothing.
[[nodiscard]] Bound bind(const Plan& plan,
                         const Settings& settings,
                         const azure::Fetched& fetched,
                         std::int64_t unix_now);

} // namespace kvrun::launcher
