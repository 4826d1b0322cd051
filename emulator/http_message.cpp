// SPDX-License-Identifier: MIT
#include "emulator/http_message.hpp"

#include "base/text.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <set>

namespace kvrun::emulator {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const char folded = static_cast<char>(c | ' ');
  return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

std::string decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

void parse_target(Request& request) {
  std::string_view target = request.target;
  if (const auto scheme = target.find("://"); scheme < 6) {
    const auto path = target.find('/', scheme + 3);
    target = path == std::string_view::npos ? "/" : target.substr(path);
  }
  const auto question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != std::string_view::npos) {
    request.query = parse_form(target.substr(question + 1));
  }
}

std::string host_name(std::string_view host) {
  if (const auto colon = host.rfind(':'); colon != std::string_view::npos) {
    host = host.substr(0, colon);
  }
  return lower(host);
}

void parse_header(Request& request, std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 || line[colon - 1] == ' ') {
    throw BadRequest("a header without a name");
  }
  request.headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
}

} // namespace

const std::string* Request::header(std::string_view name) const {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
    return equal_without_case(header.first, name);
  });
  return found == headers.end() ? nullptr : &found->second;
}

const std::string* Request::parameter(std::string_view name) const {
  return find(query, name);
}

const std::string* find(const Fields& fields, std::string_view name) {
  const auto found = std::find_if(
      fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? nullptr : &found->second;
}

bool has_repeated_name(const Fields& fields) {
  std::set<std::string_view> names;
  return !std::all_of(fields.begin(), fields.end(), [&](const auto& field) {
    return names.insert(field.first).second;
  });
}

Request parse_head(std::string_view head) {
  Request request;
  const std::vector<std::string_view> lines = split(head, '\n');
  const std::vector<std::string_view> words = split(trim(lines.front()), ' ');
  const bool plain = std::all_of(head.begin(),
                                 head.begin() + static_cast<std::ptrdiff_t>(lines.front().size()),
                                 [](char c) { return (c >= ' ' && c <= '~') || c == '\r'; });
  if (words.size() != 3 || !words[2].starts_with("HTTP/1.") || words[0].empty() || !plain) {
    throw BadRequest("no HTTP/1.1 request line");
  }
  request.method = std::string(words[0]);
  request.target = std::string(words[1]);
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    if (!trim(*line).empty()) {
      parse_header(request, *line);
    }
  }
  parse_target(request);
  if (const std::string* host = request.header("Host")) {
    request.host = host_name(*host);
  }
  return request;
}

std::size_t body_length(const Request& request) {
  const std::string* text = request.header("Content-Length");
  if (text == nullptr) {
    return 0;
  }
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), length);
  if (error != std::errc() || end != text->data() + text->size()) {
    throw BadRequest("a Content-Length that is no number");
  }
  return length;
}

bool has_chunked_body(const Request& request) {
  const std::string* encoding = request.header("Transfer-Encoding");
  return encoding != nullptr && equal_without_case(*encoding, "chunked");
}

Fields parse_form(std::string_view text) {
  Fields fields;
  for (const std::string_view pair : split(text, '&')) {
    if (pair.empty()) {
      continue;
    }
    const auto equals = pair.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    fields.emplace_back(decode(pair.substr(0, equals), true), decode(value, true));
  }
  return fields;
}

std::string percent_decode(std::string_view text) {
  return decode(text, false);
}

std::string head_of(const Answer& answer) {
  std::string head =
      fmt::format("HTTP/1.1 {} {}\r\n",
                  answer.status,
                  answer.reason ? std::string_view(*answer.reason) : reason_phrase(answer.status));
  const std::string framing = answer.delivery.chunked > 0
                                  ? "Transfer-Encoding: chunked\r\n"
                                  : fmt::format("Content-Length: {}\r\n", answer.body.size());
  bool framed = answer.status == 204;
  for (const auto& [name, value] : answer.headers) {
    if (name != "Content-Length") {
      head += fmt::format("{}: {}\r\n", name, value);
    } else if (!framed) {
      head += framing;
      framed = true;
    }
  }
  if (!framed) {
    head += framing;
  }
  return head += answer.close ? "Connection: close\r\n\r\n" : "\r\n";
}

std::string serialize(const Answer& answer) {
  return head_of(answer) + answer.body;
}

std::string_view reason_phrase(int status) {
  switch (status) {
  // clang-format off
  case 200: return "OK";
  case 202: return "Accepted";
  case 203: return "Non-Authoritative Information";
  case 204: return "No Content";
  case 301: return "Moved Permanently";
  case 302: return "Found";
  case 303: return "See Other";
  case 304: return "Not Modified";
  case 307: return "Temporary Redirect";
  case 308: return "Permanent Redirect";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 410: return "Gone";
  case 413: return "Payload Too Large";
  case 429: return "Too Many Requests";
  case 500: return "Internal Server Error";
  case 501: return "Not Implemented";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  default: return "";
    // clang-format on
  }
}

std::string http_date(Time time) {
  // fmt's names of days and months are the C locale's, as HTTP wants.
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

} // namespace kvrun::emulator
