// SPDX-License-Identifier: MIT
#include "emulator/seed_reader.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

namespace kvrun::emulator {
namespace {

// The number at the front of `text`, which it is cut from; nullopt when there is none.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t most) {
  std::size_t count = 0;
  std::int64_t value = 0;
  while (count < text.size() && count < most && text[count] >= '0' && text[count] <= '9') {
    value = value * 10 + (text[count] - '0');
    ++count;
  }
  text.remove_prefix(count);
  return count == 0 ? std::nullopt : std::optional(value);
}

bool take(std::string_view& text, std::string_view front) {
  if (!text.starts_with(front)) {
    return false;
  }
  text.remove_prefix(front.size());
  return true;
}

// `Z`, `+HH:MM`, `-HH:MM` or nothing, in minutes.
std::optional<std::int64_t> take_zone(std::string_view& text) {
  if (text.empty() || take(text, "Z") || take(text, "z")) {
    return 0;
  }
  const std::int64_t sign = text.front() == '-' ? -1 : 1;
  if (!take(text, "+") && !take(text, "-")) {
    return std::nullopt;
  }
  const auto hours = take_digits(text, 2);
  take(text, ":");
  const auto minutes = take_digits(text, 2);
  return hours && minutes ? std::optional(sign * (*hours * 60 + *minutes)) : std::nullopt;
}

// `THH:MM:SS[.f][zone]` in seconds since midnight UTC.
std::optional<std::int64_t> take_time(std::string_view& text) {
  if (!take(text, "T") && !take(text, "t") && !take(text, " ")) {
    return std::nullopt;
  }
  const auto hours = take_digits(text, 2);
  const bool first = take(text, ":");
  const auto minutes = take_digits(text, 2);
  const bool second = take(text, ":");
  const auto seconds = take_digits(text, 2);
  if (take(text, ".") && !take_digits(text, 9)) {
    return std::nullopt;
  }
  const auto zone = take_zone(text);
  if (!hours || !minutes || !seconds || !zone || !first || !second || *hours > 23 ||
      *minutes > 59 || *seconds > 60) {
    return std::nullopt;
  }
  return *hours * 3600 + *minutes * 60 + *seconds - *zone * 60;
}

} // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
  const auto whole = take_digits(text, 9);
  if (!whole) {
    return std::nullopt;
  }
  auto value = static_cast<double>(*whole);
  if (take(text, ".")) {
    const std::size_t before = text.size();
    const auto fraction = take_digits(text, 9);
    if (!fraction) {
      return std::nullopt;
    }
    double scale = 1;
    for (std::size_t digits = before - text.size(); digits > 0; --digits) {
      scale *= 10;
    }
    value += static_cast<double>(*fraction) / scale;
  }
  constexpr double second = 1000;
  const double unit = text == "ms"                  ? 1
                      : text.empty() || text == "s" ? second
                      : text == "m"                 ? 60 * second
                      : text == "h"                 ? 3600 * second
                                                    : 0;
  if (unit == 0) {
    return std::nullopt;
  }
  return std::chrono::round<Milliseconds>(std::chrono::duration<double, std::milli>(value * unit));
}

std::optional<std::int64_t> parse_date(std::string_view text) {
  std::int64_t plain = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), plain);
  if (error == std::errc() && end == text.data() + text.size()) {
    return plain >= 0 ? std::optional(plain) : std::nullopt;
  }
  const auto year = take_digits(text, 4);
  const bool first = take(text, "-");
  const auto month = take_digits(text, 2);
  const bool second = take(text, "-");
  const auto day = take_digits(text, 2);
  if (!year || !month || !day || !first || !second) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  const std::optional<std::int64_t> time =
      text.empty() ? std::optional<std::int64_t>(0) : take_time(text);
  if (!date.ok() || !time || !text.empty()) {
    return std::nullopt;
  }
  constexpr std::int64_t day_length = 86400;
  return std::chrono::sys_days(date).time_since_epoch().count() * day_length + *time;
}

void SeedReader::expected(const yaml::Node& node, std::string_view what, std::string_view form) {
  problems_.add(node.place, fmt::format("'{}' is {}, not {}", what, form, yaml::describe(node)));
}

bool SeedReader::mapping(const yaml::Node& node,
                         std::string_view what,
                         std::span<const std::string_view> keys) {
  if (!mapping(node, what)) {
    return false;
  }
  for (const yaml::Member& member : node.members) {
    if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) {
      const auto near = nearest(member.key, keys);
      problems_.add(member.place,
                    fmt::format("unknown key '{}' of {}", one_line(member.key, 80), what),
                    near ? fmt::format("did you mean '{}'?", *near) : std::string());
    }
  }
  return true;
}

bool SeedReader::mapping(const yaml::Node& node, std::string_view what) {
  if (node.kind != yaml::Node::Kind::mapping) {
    problems_.add(node.place, fmt::format("{} is a mapping, not {}", what, yaml::describe(node)));
    return false;
  }
  return true;
}

bool SeedReader::sequence(const yaml::Node& node, std::string_view what) {
  if (node.kind != yaml::Node::Kind::sequence) {
    expected(node, what, "a list");
    return false;
  }
  return true;
}

std::string SeedReader::text(const yaml::Node& node, std::string_view what) {
  if (node.kind != yaml::Node::Kind::scalar) {
    expected(node, what, "text");
    return {};
  }
  return node.text;
}

bool SeedReader::boolean(const yaml::Node& node, std::string_view what, bool otherwise) {
  if (node.text == "true" || node.text == "false") {
    return node.text == "true";
  }
  problems_.add(node.place, fmt::format("'{}' is true or false", what));
  return otherwise;
}

std::optional<std::int64_t> SeedReader::integer(const yaml::Node& node,
                                                std::string_view what,
                                                std::int64_t least,
                                                std::int64_t most) {
  std::int64_t value = 0;
  const char* begin = node.text.data();
  const char* end = begin + node.text.size();
  const auto [at, error] = std::from_chars(begin, end, value);
  if (node.kind != yaml::Node::Kind::scalar || error != std::errc() || at != end || value < least ||
      value > most) {
    problems_.add(node.place, fmt::format("'{}' is a number from {} to {}", what, least, most));
    return std::nullopt;
  }
  return value;
}

std::optional<Milliseconds> SeedReader::duration(const yaml::Node& node, std::string_view what) {
  const auto parsed =
      node.kind == yaml::Node::Kind::scalar ? parse_duration(node.text) : std::nullopt;
  if (!parsed) {
    problems_.add(node.place, fmt::format("'{}' is a duration such as 20ms, 1.5s or 5m", what));
  }
  return parsed;
}

std::optional<std::int64_t> SeedReader::date(const yaml::Node& node, std::string_view what) {
  const auto parsed = node.kind == yaml::Node::Kind::scalar ? parse_date(node.text) : std::nullopt;
  if (!parsed) {
    problems_.add(node.place,
                  fmt::format("'{}' is a date such as 2030-01-01 or 2030-01-01T00:00:00Z", what));
  }
  return parsed;
}

} // namespace kvrun::emulator
