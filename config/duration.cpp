// SPDX-License-Identifier: MIT
#include "config/parser.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace kvrun::config {
namespace {

// In the order in which they are looked for: `ms` before `s` and `m`.
constexpr std::array<std::pair<std::string_view, double>, 4> k_units{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};

constexpr std::string_view k_digits = "0123456789";

bool is_decimal(std::string_view text) {
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  if (whole.empty() || whole.find_first_not_of(k_digits) != std::string_view::npos) {
    return false;
  }
  return dot == std::string_view::npos ||
         (dot + 1 < text.size() &&
          text.find_first_not_of(k_digits, dot + 1) == std::string_view::npos);
}

} // namespace

std::optional<Milliseconds>
parse_duration(std::string_view text, Milliseconds least, Milliseconds most) {
  double factor = 1'000;
  for (const auto& [unit, milliseconds] : k_units) {
    if (text.ends_with(unit)) {
      factor = milliseconds;
      text.remove_suffix(unit.size());
      break;
    }
  }
  if (!is_decimal(text)) {
    return {};
  }
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) {
    return {};
  }
  const double length = number * factor;
  if (length < static_cast<double>(least.count()) || length > static_cast<double>(most.count())) {
    return {};
  }
  return Milliseconds{std::lround(length)};
}

} // namespace kvrun::config
