// SPDX-License-Identifier: MIT
#include "emulator/fault_answer.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::emulator {
namespace {

void set_header(Answer& answer, const std::string& name, const std::string& value) {
  const auto found = std::find_if(answer.headers.begin(), answer.headers.end(), [&](auto& header) {
    return equal_without_case(header.first, name);
  });
  if (found != answer.headers.end()) {
    found->second = value;
  } else {
    answer.headers.emplace_back(name, value);
  }
}

void replace_body(Answer& answer, const std::string& body) {
  answer.body = body;
  if (trim(body).starts_with('<')) {
    answer.headers = {{"Content-Type", "text/html"}};
    return;
  }
  set_header(answer, "Content-Type", "application/json; charset=utf-8");
}

} // namespace

void bend(Answer& answer, const Fault& fault) {
  if (fault.body) {
    replace_body(answer, *fault.body);
  }
  if (fault.retry_after) {
    constexpr Milliseconds second{1000};
    const bool whole = *fault.retry_after % second == Milliseconds::zero();
    set_header(answer,
               whole ? "Retry-After" : "retry-after-ms",
               std::to_string(whole ? *fault.retry_after / second : fault.retry_after->count()));
  }
  for (const auto& [name, value] : fault.headers) {
    set_header(answer, name, value);
  }
  answer.delivery = fault.delivery;
}

} // namespace kvrun::emulator
