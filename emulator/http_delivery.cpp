// SPDX-License-Identifier: MIT
#include "emulator/http_server.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::emulator {
namespace {

std::string in_chunks(std::string_view body, std::size_t size) {
  std::string chunks;
  for (std::size_t at = 0; at < body.size(); at += size) {
    const std::string_view piece = body.substr(at, size);
    chunks += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
  }
  return chunks + "0\r\n\r\n";
}

} // namespace

HttpServer::Next HttpServer::deliver(Stream& stream, const Answer& answer, bool with_body) {
  const Delivery& delivery = answer.delivery;
  if (!pause(delivery.delay)) {
    return Next::silence;
  }
  if (delivery.reset) {
    stream.reset();
    return Next::silence;
  }
  std::string body = with_body && answer.status != 204 ? answer.body : std::string();
  if (delivery.chunked > 0 && with_body) {
    body = in_chunks(body, delivery.chunked);
  }
  if (delivery.truncate) {
    body.resize(std::min(body.size(), *delivery.truncate));
  }
  const std::string head = head_of(answer);
  if (delivery.drip > 0) {
    stream.write(head);
    deliver_slowly(stream, body, delivery.drip);
  } else {
    stream.write(head + body);
  }
  return answer.close || delivery.truncate ? Next::goodbye : Next::request;
}

void HttpServer::deliver_slowly(Stream& stream, std::string_view body, std::size_t bytes_a_second) {
  constexpr std::size_t steps_a_second = 10;
  const std::size_t step = std::max<std::size_t>(1, bytes_a_second / steps_a_second);
  const auto wait = Milliseconds(std::max<std::size_t>(1, 1000 * step / bytes_a_second));
  while (!body.empty() && pause(wait)) {
    stream.write(body.substr(0, step));
    body.remove_prefix(std::min(step, body.size()));
  }
}

} // namespace kvrun::emulator
