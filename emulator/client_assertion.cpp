// SPDX-License-Identifier: MIT
#include "emulator/client_assertion.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/certificates.hpp"

#include <openssl/rsa.h>

#include <charconv>
#include <optional>

namespace kvrun::emulator {
namespace {

using DigestContextPtr = std::unique_ptr<EVP_MD_CTX, OpensslDeleter<EVP_MD_CTX_free>>;

constexpr int k_malformed = 50027;
constexpr int k_bad_signature = 700027;
constexpr int k_bad_subject = 700021;
constexpr int k_bad_audience = 700023;
constexpr int k_bad_time = 700024;

std::optional<json::Document> parse_part(std::string_view part) {
  const auto text = decode_base64(part);
  if (!text) {
    return std::nullopt;
  }
  try {
    return json::Document::parse(text->reveal());
  } catch (const json::ParseError&) {
    return std::nullopt;
  }
}

// The hash in either alphabet, padded or not.
bool is_hash(std::string_view text, const std::string& wanted) {
  const auto bytes = decode_base64(text);
  return bytes && bytes->reveal() == wanted;
}

bool names_certificate(const json::Value& header, X509* certificate) {
  return is_hash(header.string("x5t#S256"), digest(certificate, EVP_sha256())) ||
         is_hash(header.string("x5t"), digest(certificate, EVP_sha1()));
}

bool is_signed(std::string_view text,
               std::string_view signature,
               std::string_view algorithm,
               X509* certificate) {
  const DigestContextPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;
  const bool ready =
      EVP_DigestVerifyInit(
          context.get(), &key_context, EVP_sha256(), nullptr, X509_get0_pubkey(certificate)) == 1;
  const bool pss = algorithm == "PS256";
  if (!ready || (!pss && algorithm != "RS256") ||
      (pss && (EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) != 1 ||
               EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) != 1))) {
    return false;
  }
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
  const int result = EVP_DigestVerify(context.get(),
                                      reinterpret_cast<const unsigned char*>(signature.data()),
                                      signature.size(),
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      text.size());
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  ERR_clear_error();
  return result == 1;
}

std::int64_t number(const json::Value& object, std::string_view name) {
  std::int64_t value = 0; // of a string as well: MSAL.NET writes these times so
  if (const json::Value* member = object.find(name)) {
    std::from_chars(member->text.data(), member->text.data() + member->text.size(), value);
  }
  return value;
}

int check_claims(const json::Value& claims, const AssertionRules& rules) {
  constexpr std::int64_t skew = 300;
  if (claims.string("iss") != rules.client_id || claims.string("sub") != rules.client_id ||
      claims.string("jti").empty()) {
    return k_bad_subject;
  }
  if (claims.string("aud") != rules.audience) {
    return k_bad_audience;
  }
  const bool valid = number(claims, "exp") > rules.now && number(claims, "nbf") <= rules.now + skew;
  return valid ? 0 : k_bad_time;
}

} // namespace

int check_client_assertion(std::string_view assertion, const AssertionRules& rules) {
  const std::vector<std::string_view> parts = split(assertion, '.');
  if (parts.size() != 3) {
    return k_malformed;
  }
  const auto header = parse_part(parts[0]);
  const auto claims = parse_part(parts[1]);
  const auto signature = decode_base64(parts[2]);
  if (!header || !claims || !signature) {
    return k_malformed;
  }
  const std::string_view text = assertion.substr(0, parts[0].size() + 1 + parts[1].size());
  if (!names_certificate(header->root(), rules.certificate) ||
      !is_signed(text, signature->reveal(), header->root().string("alg"), rules.certificate)) {
    return k_bad_signature;
  }
  return check_claims(claims->root(), rules);
}

} // namespace kvrun::emulator
