// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/faults.hpp"
#include "emulator/http_message.hpp"

namespace kvrun::emulator {

// Puts a fault's body, headers, Retry-After and delivery over an answer. A body of HTML is not the
// service's: the answer loses the service's headers.
void bend(Answer& answer, const Fault& fault);

} // namespace kvrun::emulator
