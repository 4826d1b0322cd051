// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "emulator/clock.hpp"

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::emulator {

using Fields = std::vector<std::pair<std::string, std::string>>;

// A request as it came.
struct Request {
  std::string method;
  std::string target;
  std::string path; // of the target, still percent-encoded
  Fields query;     // decoded, in order
  Fields headers;
  std::string body;
  std::string host; // of the Host header: lower case, without the port

  // The first one; nullptr when there is none. Names of headers compare without case.
  [[nodiscard]] const std::string* header(std::string_view name) const;
  [[nodiscard]] const std::string* parameter(std::string_view name) const;
};

// How an answer travels; all of it the work of a fault.
struct Delivery {
  Milliseconds delay{0};
  bool reset = false;
  std::optional<std::size_t> truncate; // bytes of the body, then the connection is closed
  std::size_t drip = 0;                // bytes of the body a second
  std::size_t chunked = 0;             // bytes of the body a chunk
};

struct Answer {
  int status = 200;
  // In the order of the wire. An entry named Content-Length says where that header stands; without
  // one it comes last.
  Fields headers;
  std::string body;
  std::optional<std::string> reason; // instead of the usual phrase
  bool close = false;
  Delivery delivery{};
};

class BadRequest : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

// The head of a request, without its empty line. Throws BadRequest.
[[nodiscard]] Request parse_head(std::string_view head);

// The body's length by Content-Length. Throws BadRequest.
[[nodiscard]] std::size_t body_length(const Request& request);
[[nodiscard]] bool has_chunked_body(const Request& request);

// `name=value&…`, decoded; a name without `=` has an empty value.
[[nodiscard]] Fields parse_form(std::string_view text);
[[nodiscard]] const std::string* find(const Fields& fields, std::string_view name);
// Whether a name occurs twice.
[[nodiscard]] bool has_repeated_name(const Fields& fields);

[[nodiscard]] std::string percent_decode(std::string_view text);

// Status line, headers and empty line.
[[nodiscard]] std::string head_of(const Answer& answer);
// The whole answer as one piece, for an answer that nothing bends.
[[nodiscard]] std::string serialize(const Answer& answer);
[[nodiscard]] std::string_view reason_phrase(int status);

// "Fri, 11 Nov 2022 00:01:13 GMT".
[[nodiscard]] std::string http_date(Time time);

} // namespace kvrun::emulator
