// SPDX-License-Identifier: MIT
#include "azure/http_date.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <map>
#include <string>

namespace kvrun::azure {

namespace {

constexpr std::array<std::string_view, 12> k_months{
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr std::int64_t k_year = 31'556'952; // the mean one
constexpr std::int64_t k_fifty_years = 50 * k_year;

std::optional<int> digits(std::string_view text) {
  int value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 0) {
    return std::nullopt;
  }
  return value;
}

// The characters of a text by what a form calls them; none when it has another form.
using Fields = std::map<char, std::string>;

Fields take(std::string_view text, std::string_view form) {
  Fields fields;
  if (text.size() != form.size()) {
    return fields;
  }
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (std::string_view("YBDhms").find(form[i]) != std::string_view::npos) {
      fields[form[i]] += text[i];
    } else if (text[i] != form[i]) {
      return {};
    }
  }
  return fields;
}

std::optional<std::int64_t> moment_of(const Fields& fields, std::int64_t unix_now) {
  const auto number = [&](char field) { return digits(trim(fields.at(field))); };
  const auto* month = std::find(k_months.begin(), k_months.end(), fields.at('B'));
  const auto year = number('Y');
  const auto day = number('D');
  const auto hour = number('h');
  const auto minute = number('m');
  const auto second = number('s');
  if (month == k_months.end() || !year || !day || !hour || !minute || !second) {
    return std::nullopt;
  }
  const auto in = [&](int full_year) {
    return unix_seconds(
        full_year, static_cast<int>(month - k_months.begin()) + 1, *day, *hour, *minute, *second);
  };
  if (fields.at('Y').size() == 4) {
    return in(*year);
  }
  const int latest = static_cast<int>((unix_now + k_fifty_years) / k_year) + 1970;
  const int full_year = latest - (latest - *year) % 100;
  const auto moment = in(full_year);
  return moment && *moment - unix_now > k_fifty_years ? in(full_year - 100) : moment;
}

} // namespace

std::optional<std::int64_t>
unix_seconds(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  // A leap second (60) is a valid time of day; it is the next minute's first.
  if (!date.ok() || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60) {
    return std::nullopt;
  }
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60 + second;
}

std::optional<std::int64_t> parse_http_date(std::string_view text, std::int64_t unix_now) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  text.remove_prefix(std::min(text.find_first_not_of(letters), text.size()));
  for (const std::string_view form :
       {", DD BBB YYYY hh:mm:ss GMT", ", DD-BBB-YY hh:mm:ss GMT", " BBB DD hh:mm:ss YYYY"}) {
    const Fields fields = take(text, form);
    if (!fields.empty()) {
      return moment_of(fields, unix_now);
    }
  }
  return std::nullopt;
}

} // namespace kvrun::azure
