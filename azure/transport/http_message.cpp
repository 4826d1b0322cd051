// SPDX-License-Identifier: MIT
#include "azure/transport/http_message.hpp"

#include "base/text.hpp"

#include <Poco/Net/HTTPResponse.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

namespace kvrun::azure {

namespace {

constexpr std::string_view k_protocol = "HTTP/1.";

// A number that is nothing but digits of that base.
std::optional<std::size_t> whole_number(std::string_view text, int base) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

void append_header(SecretString& out, std::string_view name, std::string_view value) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (std::any_of(name.begin(), name.end(), control) ||
      std::any_of(value.begin(), value.end(), control)) {
    throw std::logic_error("a control character in a header");
  }
  out.append(name);
  out.append(": ");
  out.append(value);
  out.append("\r\n");
}

} // namespace

SecretString write_request(const HttpRequest& request, std::string_view user_agent) {
  SecretString out;
  for (const char c : request.target) {
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f) {
      throw std::logic_error("a control character in a request target");
    }
  }
  out.append(request.method);
  out.append(" ");
  out.append(request.target);
  out.append(" HTTP/1.1\r\n");
  append_header(out, "Host", request.origin.authority());
  append_header(out, "User-Agent", user_agent);
  append_header(out, "Accept", "application/json");
  for (const Header& header : request.headers) {
    append_header(out, header.name, header.value.reveal());
  }
  if (request.method != "GET" || !request.body.empty()) {
    append_header(out, "Content-Length", std::to_string(request.body.size()));
  }
  out.append("\r\n");
  out.append(request.body.reveal());
  return out;
}

void ResponseReader::take(std::string_view bytes) {
  begun_ = begun_ || !bytes.empty();
  std::string_view rest = bytes;
  while (!rest.empty() && !done()) {
    if (!step(rest)) {
      return;
    }
  }
  surplus_ = surplus_ || !rest.empty();
}

// Moves on by one part; false when more bytes are needed.
bool ResponseReader::step(std::string_view& rest) {
  switch (phase_) {
  case Phase::head: {
    const std::size_t before = head_.size();
    head_.append(rest.substr(0, k_most_head + 1 - before));
    // At once: whoever speaks another protocol may wait for us to go on.
    if (head_.compare(0, k_protocol.size(), k_protocol, 0, head_.size()) != 0) {
      throw MessageError("it does not begin with a status line");
    }
    const std::size_t from = before < 3 ? 0 : before - 3;
    const std::size_t end = head_.find("\r\n\r\n", from);
    if (end == std::string::npos) {
      if (head_.size() > k_most_head) {
        throw MessageError(fmt::format("its header is over {} KiB", k_most_head / 1024));
      }
      rest = {};
      return false;
    }
    rest.remove_prefix(end + 4 - before);
    head_.resize(end + 4);
    read_head();
    return true;
  }
  case Phase::length:
  case Phase::chunk: {
    const std::string_view piece = rest.substr(0, left_);
    keep(piece);
    left_ -= piece.size();
    rest.remove_prefix(piece.size());
    if (left_ == 0) {
      phase_ = phase_ == Phase::length ? Phase::done : Phase::chunk_end;
    }
    return true;
  }
  case Phase::to_close:
    keep(rest);
    rest = {};
    return true;
  case Phase::chunk_size: {
    const auto text = line(rest);
    if (!text) {
      return false;
    }
    const auto size = whole_number(trim(std::string_view(*text).substr(0, text->find(';'))), 16);
    if (!size) {
      throw MessageError("a chunk of its body has no size");
    }
    left_ = *size;
    phase_ = left_ == 0 ? Phase::trailer : Phase::chunk;
    return true;
  }
  case Phase::chunk_end: {
    const auto text = line(rest);
    if (!text) {
      return false;
    }
    if (!text->empty()) {
      throw MessageError("a chunk of its body is longer than it says");
    }
    phase_ = Phase::chunk_size;
    return true;
  }
  case Phase::trailer: {
    const auto text = line(rest);
    if (!text) {
      return false;
    }
    trailers_ += text->size();
    if (trailers_ > k_most_head) {
      throw MessageError("its trailer is too long");
    }
    if (text->empty()) {
      phase_ = Phase::done;
    }
    return true;
  }
  case Phase::done:
    return false;
  }
  return false;
}

std::optional<std::string> ResponseReader::line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  line_.append(rest.substr(0, end));
  if (line_.size() > 4096) {
    throw MessageError("a line of its framing is too long");
  }
  if (end == std::string_view::npos) {
    rest = {};
    return std::nullopt;
  }
  rest.remove_prefix(end + 1);
  std::string whole = std::exchange(line_, {});
  if (!whole.empty() && whole.back() == '\r') {
    whole.pop_back();
  }
  return whole;
}

void ResponseReader::keep(std::string_view body) {
  if (response_.body.size() + body.size() > k_most_body) {
    throw MessageError(fmt::format("its body is over {} MiB", k_most_body / 1024 / 1024));
  }
  response_.body.append(body);
}

void ResponseReader::read_head() {
  Poco::Net::HTTPResponse head;
  try {
    std::istringstream in(head_);
    head.read(in);
  } catch (const Poco::Exception&) {
    throw MessageError("its header cannot be read");
  }
  const int status = static_cast<int>(head.getStatus());
  if (status < 100 || status > 999) {
    throw MessageError("its status is no number of three digits");
  }
  if (status < 200 && status != 101) { // 1xx: the answer is yet to come
    head_.clear();
    phase_ = Phase::head;
    return;
  }
  response_.status = status;
  std::optional<std::size_t> length;
  bool chunked = false;
  for (const auto& [written, value] : head) {
    std::string name = lower(written);
    if (name == "content-length") {
      const auto number = whole_number(trim(value), 10);
      if (!number || (length && *length != *number)) {
        throw MessageError("its Content-Length is not one number");
      }
      length = number;
    } else if (name == "transfer-encoding") {
      if (chunked || !equal_without_case(trim(value), "chunked")) {
        throw MessageError("its Transfer-Encoding is unknown");
      }
      chunked = true;
    } else if (name == "connection" && lower(value).find("close") != std::string::npos) {
      keep_alive_ = false;
    }
    response_.headers.emplace_back(std::move(name), value);
  }
  if (head_.starts_with("HTTP/1.0")) {
    keep_alive_ = false;
  }
  head_.clear();
  if (no_body_ || status == 204 || status == 304) {
    phase_ = Phase::done;
  } else if (chunked) {
    keep_alive_ = keep_alive_ && !length; // RFC 9112 §6.3: both may be an attempt at smuggling
    phase_ = Phase::chunk_size;
  } else if (length) {
    if (*length > k_most_body) {
      throw MessageError(fmt::format("its body is over {} MiB", k_most_body / 1024 / 1024));
    }
    left_ = length_ = *length;
    phase_ = left_ == 0 ? Phase::done : Phase::length;
  } else {
    keep_alive_ = false;
    phase_ = Phase::to_close;
  }
}

bool ResponseReader::close() {
  if (phase_ == Phase::to_close) {
    phase_ = Phase::done;
  }
  return done();
}

std::string ResponseReader::progress() const {
  switch (phase_) {
  case Phase::head:
    return begun_ ? "in the middle of its header" : "before it said anything";
  case Phase::length:
    return fmt::format("after {} of {} bytes of the body", length_ - left_, length_);
  default:
    return fmt::format("after {} bytes of the body", response_.body.size());
  }
}

} // namespace kvrun::azure
