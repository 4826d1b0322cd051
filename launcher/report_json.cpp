// SPDX-License-Identifier: MIT
#include "launcher/report_json.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "launcher/timestamp.hpp"

#include <fmt/format.h>

namespace kvrun::launcher {

std::string json_text(std::string_view text) {
  std::string good(text);
  for (std::size_t at = find_bad_utf8(good); at != std::string::npos; at = find_bad_utf8(good)) {
    good[at] = '?';
  }
  return json::quote(good);
}

std::string json_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    list += (list.empty() ? "" : ", ") + json_text(text);
  }
  return '[' + list + ']';
}

std::string json_time(const std::optional<std::int64_t>& unix_seconds) {
  return unix_seconds ? json_text(timestamp(*unix_seconds)) : "null";
}

std::string json_errors(std::span<const Error> errors) {
  std::string list;
  for (const Error& error : errors) {
    list += fmt::format("{}\n    {{ \"status\": {}, \"message\": {}, \"hint\": {} }}",
                        list.empty() ? "" : ",",
                        exit_status(error.kind()),
                        json_text(error.message()),
                        json_text(error.hint()));
  }
  return list.empty() ? "[]" : fmt::format("[{}\n  ]", list);
}

} // namespace kvrun::launcher
