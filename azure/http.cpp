// SPDX-License-Identifier: MIT
#include "azure/http.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::azure {

std::string Origin::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
  return port == (tls ? 443 : 80) ? name : fmt::format("{}:{}", name, port);
}

std::string_view HttpResponse::header(std::string_view name) const {
  const auto found = std::find_if(
      headers.begin(), headers.end(), [&](const auto& header) { return header.first == name; });
  return found == headers.end() ? std::string_view() : found->second;
}

std::vector<std::string_view> HttpResponse::all_headers(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const auto& [key, value] : headers) {
    if (key == name) {
      found.emplace_back(value);
    }
  }
  return found;
}

Error TransportFailure::error() const {
  switch (kind) {
  case Kind::unreachable:
    return {ErrorKind::unavailable, message, hint};
  case Kind::local:
    return {ErrorKind::usage, message, hint};
  case Kind::no_such_host:
  case Kind::certificate:
  case Kind::tls:
  case Kind::protocol:
  case Kind::proxy:
    return {ErrorKind::refused, message, hint};
  }
  return {ErrorKind::usage, message, hint}; // unreachable; keeps g++ quiet
}

HttpResult HttpTransport::send(HttpRequest request, const Deadline& deadline) {
  const std::string authority = request.origin.authority();
  const ExchangeId id = start(std::move(request));
  std::optional<Completion> completion = next_of(id, deadline.end());
  if (completion) {
    return std::move(completion->result);
  }
  cancel(id);
  return TransportFailure{TransportFailure::Kind::unreachable,
                          fmt::format("{} did not answer before the deadline", authority),
                          {},
                          false};
}

} // namespace kvrun::azure
