// SPDX-License-Identifier: MIT
#include "launcher/value.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "launcher/certificate.hpp"
#include "launcher/json_pointer.hpp"

#include <fmt/format.h>

namespace kvrun::launcher {

namespace {

std::optional<SecretString> point(std::string_view value, std::string_view pointer) {
  try {
    const json::Document document = json::Document::parse(value);
    const json::Value* found = follow_pointer(document.root(), pointer);
    return found == nullptr ? std::nullopt : text_of(*found);
  } catch (const json::ParseError& e) {
    throw Error(ErrorKind::refused,
                fmt::format("'{}' cannot be looked up: the secret is {}", pointer, e.what()),
                "store it as JSON, or leave out the pointer");
  }
}

SecretString decoded(SecretString value, config::Decode decode) {
  if (decode == config::Decode::none) {
    return value;
  }
  const bool base64 = decode == config::Decode::base64;
  auto bytes = base64 ? decode_base64(value.reveal()) : decode_hex(value.reveal());
  if (!bytes) {
    throw Error(ErrorKind::refused,
                fmt::format("the value is not {}", base64 ? "base64" : "hex"),
                "leave out 'decode' if it is stored as it is");
  }
  return std::move(*bytes);
}

} // namespace

std::optional<SecretString> text_of(const json::Value& value) {
  switch (value.kind) {
  case json::Value::Kind::null:
    return std::nullopt;
  case json::Value::Kind::object:
  case json::Value::Kind::array:
    return json::compact(value);
  case json::Value::Kind::boolean:
  case json::Value::Kind::number:
  case json::Value::Kind::string:
    return SecretString(value.text);
  }
  return std::nullopt;
}

std::optional<SecretString> refine(std::string_view value,
                                   std::string_view pointer,
                                   config::Decode decode,
                                   config::Format format) {
  std::optional<SecretString> text = pointer.empty() ? SecretString(value) : point(value, pointer);
  if (!text) {
    return std::nullopt;
  }
  SecretString bytes = decoded(std::move(*text), decode);
  return format == config::Format::none ? std::move(bytes)
                                        : convert_certificate(bytes.reveal(), format);
}

} // namespace kvrun::launcher
