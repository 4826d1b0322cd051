// SPDX-License-Identifier: MIT
#pragma once

#include "azure/identity/identity_answer.hpp"

#include <string>
#include <string_view>

namespace kvrun::azure {

// What to do about an answer, where its cause can be told (identity.md §9.3, §16); else "".
[[nodiscard]] std::string hint_for(std::string_view kind, const IdentityAnswer& answer);

// What to do when no answer comes from where a source should be; "" where there is nothing to say.
[[nodiscard]] std::string_view hint_for_silence(std::string_view kind,
                                                const TransportFailure& failure);

// Where the variables come from that a source misses; `missed` is what SourceReport says.
[[nodiscard]] std::string hint_for_lack(std::string_view kind, std::string_view missed);

// Whether a code of the login host (AADSTS…) says that asking again may help (identity.md §9.3).
[[nodiscard]] bool is_transient_aadsts(int code);

// Codes that say that no federated credential matches the assertion.
[[nodiscard]] bool is_federation_mismatch(int code);

} // namespace kvrun::azure
