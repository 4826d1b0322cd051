// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "config/template.hpp"

#include <array>

namespace kvrun::config {
namespace {

constexpr std::string_view k_hex_upper = "0123456789ABCDEF";
constexpr std::string_view k_hex_lower = "0123456789abcdef";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// base's percent_encode() returns a std::string, which leaves its bytes behind.
SecretString uri(std::string_view value) {
  SecretString result;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (is_unreserved(value[i])) {
      result.append(value.substr(i, 1));
      continue;
    }
    const auto byte = static_cast<unsigned char>(value[i]);
    const std::array<char, 3> escape{'%', k_hex_upper[byte >> 4U], k_hex_upper[byte & 15U]};
    result.append({escape.data(), escape.size()});
  }
  return result;
}

SecretString json(std::string_view value) {
  SecretString result("\"");
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto byte = static_cast<unsigned char>(value[i]);
    if (value[i] == '"' || value[i] == '\\') {
      result.append("\\");
      result.append(value.substr(i, 1));
    } else if (value[i] == '\n') {
      result.append("\\n");
    } else if (value[i] == '\r') {
      result.append("\\r");
    } else if (value[i] == '\t') {
      result.append("\\t");
    } else if (byte < 0x20) {
      const std::array<char, 6> escape{
          '\\', 'u', '0', '0', k_hex_lower[byte >> 4U], k_hex_lower[byte & 15U]};
      result.append({escape.data(), escape.size()});
    } else {
      result.append(value.substr(i, 1));
    }
  }
  result.append("\"");
  return result;
}

// One single-quoted word of sh.
SecretString shell(std::string_view value) {
  SecretString result("'");
  for (std::size_t begin = 0;;) {
    const std::size_t quote = value.find('\'', begin);
    result.append(value.substr(begin, quote - begin));
    if (quote == std::string_view::npos) {
      break;
    }
    result.append("'\\''");
    begin = quote + 1;
  }
  result.append("'");
  return result;
}

SecretString apply(std::string_view value, Filter filter) {
  switch (filter) {
  case Filter::uri:
    return uri(value);
  case Filter::json:
    return json(value);
  case Filter::shell:
    return shell(value);
  case Filter::base64:
    return encode_base64(value);
  case Filter::trim:
    return SecretString(trim(value));
  }
  return SecretString(value); // unreachable; keeps g++ quiet
}

} // namespace

SecretString apply_filters(std::string_view value, const std::vector<Filter>& filters) {
  SecretString result(value);
  for (const Filter filter : filters) {
    result = apply(result.reveal(), filter);
  }
  return result;
}

} // namespace kvrun::config
