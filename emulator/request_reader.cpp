// SPDX-License-Identifier: MIT
#include "emulator/request_reader.hpp"

#include "base/text.hpp"

#include <charconv>

namespace kvrun::emulator {
namespace {

constexpr std::size_t k_largest_head = 64UL * 1024;
constexpr std::size_t k_largest_body = 8UL * 1024 * 1024;

void need(Stream& stream, std::string& buffer, std::size_t size) {
  if (size > k_largest_body) {
    throw BadRequest("a body that is too large");
  }
  while (buffer.size() < size) {
    stream.read(buffer);
  }
}

std::string take(std::string& buffer, std::size_t size) {
  std::string front = buffer.substr(0, size);
  buffer.erase(0, size);
  return front;
}

// One line without its end.
std::string take_line(Stream& stream, std::string& buffer) {
  std::size_t end = buffer.find("\r\n");
  while (end == std::string::npos) {
    if (buffer.size() > k_largest_head) {
      throw BadRequest("a line that is too long");
    }
    stream.read(buffer);
    end = buffer.find("\r\n");
  }
  std::string line = take(buffer, end);
  buffer.erase(0, 2);
  return line;
}

std::string read_chunks(Stream& stream, std::string& buffer) {
  std::string body;
  while (true) {
    const std::string line = take_line(stream, buffer);
    std::size_t size = 0;
    const auto [at, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
    if (error != std::errc() || body.size() + size > k_largest_body) {
      throw BadRequest("a chunk without a size");
    }
    if (size == 0) {
      while (!take_line(stream, buffer).empty()) { // trailers
      }
      return body;
    }
    need(stream, buffer, size + 2);
    body += take(buffer, size);
    buffer.erase(0, 2);
  }
}

} // namespace

std::optional<Request> read_request(Stream& stream, std::string& buffer) {
  std::size_t end = buffer.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (buffer.size() > k_largest_head) {
      throw BadRequest("a head that is too large");
    }
    try {
      stream.read(buffer);
    } catch (const Closed&) {
      if (buffer.empty()) {
        return std::nullopt;
      }
      throw;
    }
    end = buffer.find("\r\n\r\n");
  }
  Request request = parse_head(std::string_view(buffer).substr(0, end));
  buffer.erase(0, end + 4);
  const std::string* expect = request.header("Expect");
  if (expect != nullptr && equal_without_case(*expect, "100-continue")) {
    stream.write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  if (has_chunked_body(request)) {
    request.body = read_chunks(stream, buffer);
  } else if (const std::size_t size = body_length(request); size > 0) {
    need(stream, buffer, size);
    request.body = take(buffer, size);
  }
  return request;
}

} // namespace kvrun::emulator
