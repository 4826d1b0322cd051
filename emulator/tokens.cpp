// SPDX-License-Identifier: MIT
#include "emulator/tokens.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "emulator/openssl.hpp"
#include "emulator/random.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>

namespace kvrun::emulator {
namespace {

std::int64_t number(const json::Value& object, std::string_view name) {
  std::int64_t value = 0;
  if (const json::Value* member = object.find(name)) {
    std::from_chars(member->text.data(), member->text.data() + member->text.size(), value);
  }
  return value;
}

} // namespace

TokenIssuer::TokenIssuer(Principal principal, Clock clock)
    : principal_(std::move(principal)), clock_(std::move(clock)), key_(random_bytes(32)) {}

std::string TokenIssuer::access_token(std::string_view audience,
                                      std::int64_t life,
                                      std::string_view tenant) const {
  const std::int64_t at = now();
  const std::string_view issuer = tenant.empty() ? std::string_view(principal_.tenant) : tenant;
  return sign(
      fmt::format(R"({{"aud":{},"iss":"https://sts.windows.net/{}/","iat":{},"nbf":{},"exp":{},)"
                  R"("appid":"{}","appidacr":"2","idtyp":"app","oid":"{}","sub":"{}","tid":"{}",)"
                  R"("ver":"1.0","jti":"{}"}})",
                  json::quote(audience),
                  issuer,
                  at,
                  at,
                  at + life,
                  principal_.client_id,
                  principal_.object_id,
                  principal_.object_id,
                  issuer,
                  random_hex(8)));
}

std::string TokenIssuer::assertion(std::string_view issuer,
                                   std::string_view subject,
                                   std::string_view audience,
                                   std::int64_t life) const {
  const std::int64_t at = now();
  return sign(fmt::format(R"({{"aud":{},"iss":{},"sub":{},"iat":{},"nbf":{},"exp":{},"jti":"{}"}})",
                          json::quote(audience),
                          json::quote(issuer),
                          json::quote(subject),
                          at,
                          at,
                          at + life,
                          random_hex(8)));
}

std::optional<Claims> TokenIssuer::read(std::string_view token) const {
  const auto dot = token.rfind('.');
  const auto first = token.find('.');
  if (dot == std::string_view::npos || first == dot) {
    return std::nullopt;
  }
  const std::string wanted = signature(token.substr(0, dot));
  const std::string_view given = token.substr(dot + 1);
  if (given.size() != wanted.size() ||
      CRYPTO_memcmp(given.data(), wanted.data(), wanted.size()) != 0) {
    return std::nullopt;
  }
  const auto text = decode_base64(token.substr(first + 1, dot - first - 1));
  if (!text) {
    return std::nullopt;
  }
  const json::Document document = json::Document::parse(text->reveal());
  const json::Value& root = document.root();
  return Claims{.audience = std::string(root.string("aud")),
                .issuer = std::string(root.string("iss")),
                .subject = std::string(root.string("sub")),
                .tenant = std::string(root.string("tid")),
                .client_id = std::string(root.string("appid")),
                .object_id = std::string(root.string("oid")),
                .not_before = number(root, "nbf"),
                .expires = number(root, "exp")};
}

std::string TokenIssuer::sign(const std::string& claims) const {
  const std::string text =
      encode_base64url(R"({"alg":"HS256","typ":"JWT"})") + '.' + encode_base64url(claims);
  return text + '.' + signature(text);
}

std::string TokenIssuer::signature(std::string_view signed_part) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned int size = 0;
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
  require(HMAC(EVP_sha256(),
               key_.data(),
               static_cast<int>(key_.size()),
               reinterpret_cast<const unsigned char*>(signed_part.data()),
               signed_part.size(),
               bytes.data(),
               &size) != nullptr,
          "signing a token");
  return encode_base64url({reinterpret_cast<const char*>(bytes.data()), size});
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
}

} // namespace kvrun::emulator
