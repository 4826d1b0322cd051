// SPDX-License-Identifier: MIT
#include "azure/identity/expiry.hpp"

#include "azure/http_date.hpp"
#include "base/text.hpp"

#include <charconv>
#include <ctime>

namespace kvrun::azure {

namespace {

// Ten years: no token lives so long, and no time of expiry is so early.
constexpr std::int64_t k_longest_life = 315'360'000;

struct Fields {
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::optional<int> offset; // minutes east of UTC
};

// Reads a text from its beginning; every member says whether it was there.
class Reader {
public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool number(int& value, std::size_t least, std::size_t most) {
    std::size_t size = 0;
    while (size < text_.size() && size < most && text_[size] >= '0' && text_[size] <= '9') {
      ++size;
    }
    if (size < least) {
      return false;
    }
    std::from_chars(text_.data(), text_.data() + size, value);
    text_.remove_prefix(size);
    return true;
  }
  bool one_of(std::string_view characters) {
    if (text_.empty() || characters.find(text_.front()) == std::string_view::npos) {
      return false;
    }
    text_.remove_prefix(1);
    return true;
  }
  bool word(std::string_view word) {
    if (!equal_without_case(text_.substr(0, word.size()), word)) {
      return false;
    }
    text_.remove_prefix(word.size());
    return true;
  }
  void blanks() { text_ = trim(text_); }
  [[nodiscard]] bool at_end() const { return text_.empty(); }

private:
  std::string_view text_;
};

bool read_date(Reader& reader, Fields& fields) {
  Reader iso = reader;
  if (iso.number(fields.year, 4, 4) && iso.one_of("-")) {
    reader = iso;
    return reader.number(fields.month, 2, 2) && reader.one_of("-") &&
           reader.number(fields.day, 2, 2) && reader.one_of("Tt ");
  }
  return reader.number(fields.month, 1, 2) && reader.one_of("/") &&
         reader.number(fields.day, 1, 2) && reader.one_of("/") &&
         reader.number(fields.year, 4, 4) && reader.one_of(" ");
}

bool read_clock(Reader& reader, Fields& fields) {
  if (!reader.number(fields.hour, 1, 2) || !reader.one_of(":") ||
      !reader.number(fields.minute, 2, 2) || !reader.one_of(":") ||
      !reader.number(fields.second, 2, 2)) {
    return false;
  }
  if (int fraction = 0; reader.one_of(".") && !reader.number(fraction, 1, 9)) {
    return false;
  }
  reader.blanks();
  const bool before_noon = reader.word("AM");
  if (!before_noon && !reader.word("PM")) {
    return true;
  }
  if (fields.hour > 12) {
    return false;
  }
  // "00:00:00 PM" was in the documentation once: noon, like "12:00:00 PM".
  fields.hour = fields.hour % 12 + (before_noon ? 0 : 12);
  reader.blanks();
  return true;
}

bool read_zone(Reader& reader, Fields& fields) {
  if (reader.at_end()) {
    return true;
  }
  if (reader.one_of("Zz")) {
    fields.offset = 0;
    return true;
  }
  const bool east = reader.one_of("+");
  int hours = 0;
  int minutes = 0;
  if ((!east && !reader.one_of("-")) || !reader.number(hours, 2, 2)) {
    return false;
  }
  reader.one_of(":");
  if (!reader.number(minutes, 2, 2) || hours > 14 || minutes > 59) {
    return false;
  }
  fields.offset = (east ? 1 : -1) * (hours * 60 + minutes);
  return true;
}

std::optional<std::int64_t> local_seconds(const Fields& fields) {
  std::tm time{};
  time.tm_year = fields.year - 1900;
  time.tm_mon = fields.month - 1;
  time.tm_mday = fields.day;
  time.tm_hour = fields.hour;
  time.tm_min = fields.minute;
  time.tm_sec = fields.second;
  time.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&time);
  return seconds < 0 ? std::nullopt : std::optional<std::int64_t>(seconds);
}

} // namespace

std::optional<std::int64_t> parse_time(std::string_view text, Zone zone) {
  Fields fields;
  Reader reader(trim(text));
  if (!read_date(reader, fields) || !read_clock(reader, fields) || !read_zone(reader, fields) ||
      !reader.at_end()) {
    return std::nullopt;
  }
  const auto seconds = unix_seconds(
      fields.year, fields.month, fields.day, fields.hour, fields.minute, fields.second);
  if (!seconds) {
    return std::nullopt;
  }
  if (!fields.offset && zone == Zone::local) {
    return local_seconds(fields);
  }
  return *seconds - std::int64_t{60} * fields.offset.value_or(0);
}

std::optional<std::int64_t> parse_expiry(std::string_view text, std::int64_t now, Zone zone) {
  text = trim(text);
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 0) {
    return parse_time(text, zone);
  }
  return value < k_longest_life ? now + value : value;
}

} // namespace kvrun::azure
