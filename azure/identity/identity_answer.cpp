// SPDX-License-Identifier: MIT
#include "azure/identity/identity_answer.hpp"

#include "azure/redaction.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <span>
#include <utility>

namespace kvrun::azure {

namespace {

constexpr std::size_t k_code_size = 80;
constexpr std::size_t k_id_size = 64;
constexpr std::size_t k_reference_size = 160; // "Ref A: … Ref B: … Ref C: …"

std::string_view first_string(const json::Value& value,
                              std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const std::string_view found = value.string(name); !found.empty()) {
      return found;
    }
  }
  return {};
}

// Texts of the login host go on with trace ids on further lines.
std::string first_line(std::string_view text) {
  text = trim(text);
  return one_line(text.substr(0, text.find_first_of("\r\n")));
}

int leading_number(std::string_view text) {
  int value = 0;
  const std::size_t begin = text.find_first_of("0123456789");
  if (begin != std::string_view::npos) {
    std::from_chars(text.data() + begin, text.data() + text.size(), value);
  }
  return value;
}

// `error_codes` has been seen as [500011] and as "[500011]" (identity.md §3).
int aadsts_of(const json::Value& root, std::string_view message) {
  if (const json::Value* codes = root.find("error_codes"); codes != nullptr) {
    if (const int code = leading_number(codes->text); code != 0) {
      return code;
    }
  }
  constexpr std::string_view prefix = "AADSTS";
  const std::size_t at = message.find(prefix);
  const std::string_view rest =
      at == std::string_view::npos ? std::string_view() : message.substr(at + prefix.size());
  return rest.empty() || rest.front() < '0' || rest.front() > '9' ? 0 : leading_number(rest);
}

void read_object(const json::Value& root,
                 std::span<const SecretString> sent,
                 IdentityAnswer& answer) {
  const json::Value* nested = root.find("error");
  const bool is_nested = nested != nullptr && nested->kind == json::Value::Kind::object;
  const json::Value& from = is_nested ? *nested : root;
  std::string_view message =
      first_string(from, {"error_description", "message", "Message", "errorDescription"});
  std::string_view code = is_nested ? from.string("code") : root.string("error");
  if (code.find(' ') != std::string_view::npos && message.empty()) {
    message = std::exchange(code, {}); // IMDS: {"error":"Bad request. api-version is invalid …"}
  }
  answer.code = one_line(redacted(code, sent), k_code_size);
  answer.message = first_line(redacted(message, sent));
  answer.aadsts = aadsts_of(root, message);
  answer.correlation_id = one_line(
      redacted(first_string(from, {"correlation_id", "correlationId", "CorrelationId"}), sent),
      k_id_size);
}

bool is_html(const HttpResponse& response) {
  const std::string_view body = trim(response.body.reveal());
  return lower(response.header("content-type")).find("text/html") != std::string::npos ||
         body.starts_with('<');
}

// The host of an absolute URL, for a message.
std::string host_of(std::string_view url) {
  const std::size_t mark = url.find("//");
  if (mark == std::string_view::npos) {
    return {};
  }
  std::string_view authority = url.substr(mark + 2);
  authority = authority.substr(0, authority.find_first_of("/?#\\"));
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    authority.remove_prefix(at + 1);
  }
  return one_line(authority, 100);
}

} // namespace

std::string IdentityAnswer::summary() const {
  std::string text = std::to_string(status);
  if (!code.empty()) {
    text += ' ' + code;
  }
  if (status >= 300 && status < 400) {
    text += redirect_host.empty() ? " redirect" : fmt::format(" redirect to {}", redirect_host);
    text += ", which is not followed";
  } else if (html) {
    text += ": the answer is HTML, so something other than Azure answered";
  } else if (!message.empty()) {
    text += ": " + message;
  }
  for (const auto& [name, id] : {std::pair{"correlation id", &correlation_id},
                                 std::pair{"x-vss-e2eid", &e2eid},
                                 std::pair{"x-msedge-ref", &msedge_ref}}) {
    if (!id->empty()) {
      text += fmt::format(" ({} {})", name, *id);
    }
  }
  return text;
}

IdentityAnswer parse_answer(const HttpResponse& response) {
  IdentityAnswer answer;
  answer.status = response.status;
  answer.html = is_html(response);
  answer.e2eid = one_line(redacted(response.header("x-vss-e2eid"), response.sent), k_id_size);
  answer.msedge_ref =
      one_line(redacted(response.header("x-msedge-ref"), response.sent), k_reference_size);
  if (response.status >= 300 && response.status < 400) {
    answer.redirect_host = host_of(redacted(response.header("location"), response.sent));
  }
  if (response.status < 400 || answer.html) {
    return answer;
  }
  try {
    const json::Document document = json::Document::parse(response.body.reveal());
    if (document.root().kind == json::Value::Kind::object) {
      read_object(document.root(), response.sent, answer);
      return answer;
    }
  } catch (const json::ParseError&) {
    // Plain text: "pod list is empty", or Docker Desktop's words.
  }
  answer.message = first_line(redacted(response.body.reveal(), response.sent));
  return answer;
}

} // namespace kvrun::azure
