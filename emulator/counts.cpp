// SPDX-License-Identifier: MIT
#include "emulator/counts.hpp"

#include "base/json.hpp"

#include <fmt/format.h>

namespace kvrun::emulator {
namespace {

std::string to_json(std::uint64_t number, const std::string& /*indent*/) {
  return std::to_string(number);
}

template <typename Value>
std::string to_json(const std::map<std::string, Value>& map, const std::string& indent) {
  std::string text;
  for (const auto& [key, value] : map) {
    text += fmt::format("{}\n{}  {}: {}",
                        text.empty() ? "" : ",",
                        indent,
                        json::quote(key),
                        to_json(value, indent + "  "));
  }
  return text.empty() ? "{}" : fmt::format("{{{}\n{}}}", text, indent);
}

} // namespace

void Counts::connection(const std::string& endpoint) {
  const std::scoped_lock lock(mutex_);
  ++connections_[endpoint];
}

void Counts::request(const std::string& endpoint,
                     const std::string& method,
                     const std::string& outcome) {
  const std::scoped_lock lock(mutex_);
  ++requests_[endpoint][method][outcome];
}

std::string Counts::json() const {
  const std::scoped_lock lock(mutex_);
  return fmt::format("{{\n  \"connections\": {},\n  \"requests\": {}\n}}\n",
                     to_json(connections_, "  "),
                     to_json(requests_, "  "));
}

} // namespace kvrun::emulator
