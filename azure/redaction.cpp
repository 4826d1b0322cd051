// SPDX-License-Identifier: MIT
#include "azure/redaction.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace kvrun::azure {

namespace {

// So many bytes of a secret that was cut short are told apart from chance.
constexpr std::size_t k_telling = 12;

// What of a header is a credential: of `Authorization` all behind the scheme; "" of most.
std::string_view credential_in(const Header& header) {
  constexpr std::array<std::string_view, 2> whole{"secret", "x-identity-header"};
  const std::string_view value = header.value.reveal();
  const std::string name = lower(header.name);
  if (name == "authorization") {
    return value.substr(value.find(' ') + 1);
  }
  return std::find(whole.begin(), whole.end(), name) == whole.end() ? std::string_view() : value;
}

// The value of a form's field, decoded.
SecretString decoded(std::string_view value) {
  SecretString plain;
  plain.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    unsigned char byte = 0;
    const bool encoded =
        value[i] == '%' && i + 2 < value.size() &&
        std::from_chars(&value[i + 1], &value[i + 1] + 2, byte, 16).ptr == &value[i + 1] + 2;
    const char c = encoded ? static_cast<char>(byte) : value[i];
    plain.append({&c, 1});
    i += encoded ? 2 : 0;
  }
  return plain;
}

// How much of the text from here on is a secret's beginning, enough of it to tell.
std::size_t length_of_secret(std::string_view text, std::span<const SecretString> secrets) {
  std::size_t longest = 0;
  for (const SecretString& secret : secrets) {
    const std::string_view bytes = secret.reveal();
    const auto [here, there] = std::mismatch(text.begin(), text.end(), bytes.begin(), bytes.end());
    const auto same = static_cast<std::size_t>(here - text.begin());
    if (same >= std::min(bytes.size(), k_telling)) {
      longest = std::max(longest, same);
    }
  }
  return longest;
}

// The same of a JWT: "eyJ" is how the base64 of `{"` begins.
std::size_t length_of_jwt(std::string_view text) {
  if (!text.starts_with("eyJ")) {
    return 0;
  }
  const auto end = std::find_if(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) == 0 && c != '-' && c != '_' && c != '.';
  });
  const auto length = static_cast<std::size_t>(end - text.begin());
  return length < k_telling ? 0 : length;
}

} // namespace

std::vector<SecretString> secrets_of(const HttpRequest& request) {
  std::vector<SecretString> secrets;
  const auto add = [&](SecretString secret) {
    if (!secret.empty()) {
      secrets.push_back(std::move(secret));
    }
  };
  for (const Header& header : request.headers) {
    add(SecretString(credential_in(header)));
  }
  for (const std::string_view field : split(request.body.reveal(), '&')) {
    const std::string_view name = field.substr(0, field.find('='));
    if (name == "client_secret" || name == "client_assertion") {
      const std::string_view value = field.substr(std::min(name.size() + 1, field.size()));
      add(decoded(value));
      add(SecretString(value));
    }
  }
  return secrets;
}

std::string redacted(std::string_view text, std::span<const SecretString> secrets) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t length = std::max(length_of_secret(text, secrets), length_of_jwt(text));
    safe += length == 0 ? text.substr(0, 1) : "[...]";
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return safe;
}

} // namespace kvrun::azure
