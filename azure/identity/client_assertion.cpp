// SPDX-License-Identifier: MIT
#include "azure/identity/client_assertion.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <vector>

namespace kvrun::azure {

namespace {

constexpr std::int64_t k_life = 600;

template <auto Free> struct Freer {
  template <typename T> void operator()(T* object) const { Free(object); }
};
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Pkcs12 = std::unique_ptr<PKCS12, Freer<PKCS12_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;

void free_chain(STACK_OF(X509) * chain) {
  sk_X509_pop_free(chain, X509_free);
}
using Chain = std::unique_ptr<STACK_OF(X509), Freer<free_chain>>;

struct Password {
  std::string_view text;
  bool asked = false;
};

// OpenSSL's own callback would ask on the terminal.
int give_password(char* buffer, int size, int /*writing*/, void* user) {
  auto& password = *static_cast<Password*>(user);
  password.asked = true;
  if (password.text.empty() || password.text.size() > static_cast<std::size_t>(size)) {
    return -1;
  }
  std::copy(password.text.begin(), password.text.end(), buffer);
  return static_cast<int>(password.text.size());
}

Bio reader_of(std::string_view content) {
  if (content.empty()) { // which OpenSSL takes for a want of memory
    throw BadCertificate("it is empty");
  }
  if (content.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    throw BadCertificate("it is too large");
  }
  Bio bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  if (!bio) {
    throw std::bad_alloc();
  }
  return bio;
}

std::string der_of(X509* certificate) {
  const int size = i2d_X509(certificate, nullptr);
  std::string der(static_cast<std::size_t>(std::max(size, 0)), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data()); // OpenSSL writes octets
  if (size <= 0 || i2d_X509(certificate, &out) != size) {
    throw BadCertificate("its certificate cannot be encoded");
  }
  return der;
}

std::string digest_of(std::string_view bytes, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, algorithm, nullptr) != 1) {
    throw BadCertificate("OpenSSL cannot hash it");
  }
  return {digest.begin(), digest.begin() + size};
}

std::string random_id() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw BadCertificate("OpenSSL has no random numbers");
  }
  std::string hex;
  for (const unsigned char byte : bytes) {
    hex += fmt::format("{:02x}", byte);
  }
  return fmt::format("{}-{}-4{}-a{}-{}",
                     hex.substr(0, 8),
                     hex.substr(8, 4),
                     hex.substr(13, 3),
                     hex.substr(17, 3),
                     hex.substr(20));
}

std::string sign_text(EVP_PKEY* key, std::string_view text, AssertionForm form) {
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr; // owned by the context
  bool good = context != nullptr &&
              EVP_DigestSignInit(context.get(), &parameters, EVP_sha256(), nullptr, key) == 1;
  if (good && form == AssertionForm::entra) {
    good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  const auto* data = reinterpret_cast<const unsigned char*>(text.data()); // OpenSSL reads octets
  std::size_t size = 0;
  good = good && EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1;
  std::vector<unsigned char> signature(size);
  good = good && EVP_DigestSign(context.get(), signature.data(), &size, data, text.size()) == 1;
  if (!good) {
    ERR_clear_error();
    throw BadCertificate("OpenSSL cannot sign with its key");
  }
  return {signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(size)};
}

} // namespace

struct ClientCertificate::State {
  Key key;
  Certificate certificate;
  std::vector<Certificate> chain; // without the certificate itself

  void read_pem(std::string_view content, Password& password) {
    const Bio keys = reader_of(content);
    key.reset(PEM_read_bio_PrivateKey(keys.get(), nullptr, give_password, &password));
    const Bio certificates = reader_of(content);
    for (;;) {
      Certificate next(PEM_read_bio_X509(certificates.get(), nullptr, give_password, &password));
      if (!next) {
        if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
          throw BadCertificate(
              fmt::format("its certificate {} is damaged or cut off", chain.size() + 1));
        }
        break;
      }
      chain.push_back(std::move(next));
    }
  }

  void read_pkcs12(std::string_view content, Password& password) {
    const Bio bio = reader_of(content);
    const Pkcs12 bag(d2i_PKCS12_bio(bio.get(), nullptr));
    if (!bag) {
      throw BadCertificate("it is neither PEM nor PKCS#12");
    }
    EVP_PKEY* found_key = nullptr;
    X509* found_certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    const std::string_view text = password.text;
    SecretString terminated(text); // OpenSSL wants a C string
    terminated.append(std::string_view("\0", 1));
    const char* phrase = terminated.reveal().data();
    if (PKCS12_verify_mac(bag.get(), phrase, static_cast<int>(text.size())) != 1 &&
        !(text.empty() && PKCS12_verify_mac(bag.get(), nullptr, 0) == 1)) {
      ERR_clear_error();
      throw BadCertificate(text.empty() ? "it has a password: set AZURE_CLIENT_CERTIFICATE_PASSWORD"
                                        : "AZURE_CLIENT_CERTIFICATE_PASSWORD is not its password");
    }
    if (PKCS12_parse(bag.get(), phrase, &found_key, &found_certificate, &others) != 1) {
      ERR_clear_error();
      throw BadCertificate("OpenSSL does not read its old form of encryption: convert it with "
                           "'openssl pkcs12 -legacy'");
    }
    key.reset(found_key);
    const Chain owned(others);
    if (found_certificate != nullptr) {
      chain.emplace_back(found_certificate);
    }
    for (int i = 0; i < sk_X509_num(owned.get()); ++i) {
      X509* other = sk_X509_value(owned.get(), i);
      X509_up_ref(other);
      chain.emplace_back(other);
    }
  }

  // The certificate is the one that the key fits; files hold them in any order.
  void find_certificate() {
    if (!key) {
      throw BadCertificate("it has no private key");
    }
    if (EVP_PKEY_is_a(key.get(), "RSA") != 1) {
      throw BadCertificate("its key is no RSA key");
    }
    if (chain.empty()) {
      throw BadCertificate("it has no certificate");
    }
    const auto own = std::find_if(chain.begin(), chain.end(), [&](const Certificate& one) {
      EVP_PKEY* theirs = X509_get0_pubkey(one.get());
      return theirs != nullptr && EVP_PKEY_eq(key.get(), theirs) == 1;
    });
    if (own == chain.end()) {
      throw BadCertificate("its private key does not fit its certificate");
    }
    certificate = std::move(*own);
    chain.erase(own);
  }
};

ClientCertificate::ClientCertificate(std::unique_ptr<State> state) : state_(std::move(state)) {}
ClientCertificate::ClientCertificate(ClientCertificate&&) noexcept = default;
ClientCertificate& ClientCertificate::operator=(ClientCertificate&&) noexcept = default;
ClientCertificate::~ClientCertificate() = default;

ClientCertificate ClientCertificate::load(std::string_view content, std::string_view password) {
  auto state = std::make_unique<State>();
  Password given{password};
  if (content.find("-----BEGIN ") != std::string_view::npos) {
    state->read_pem(content, given);
    ERR_clear_error();
    if (!state->key && given.asked) {
      throw BadCertificate(password.empty()
                               ? "its key has a password: set AZURE_CLIENT_CERTIFICATE_PASSWORD"
                               : "AZURE_CLIENT_CERTIFICATE_PASSWORD is not its key's password");
    }
  } else {
    state->read_pkcs12(content, given);
  }
  state->find_certificate();
  ERR_clear_error();
  return ClientCertificate(std::move(state));
}

SecretString
ClientCertificate::sign(const AssertionClaims& claims, AssertionForm form, bool with_chain) const {
  const std::string der = der_of(state_->certificate.get());
  const bool entra = form == AssertionForm::entra;
  std::string header =
      fmt::format(R"({{"alg":"{}","typ":"JWT","{}":"{}")",
                  entra ? "PS256" : "RS256",
                  entra ? "x5t#S256" : "x5t",
                  encode_base64url(digest_of(der, entra ? EVP_sha256() : EVP_sha1())));
  if (with_chain) {
    header += fmt::format(R"(,"x5c":["{}")", encode_base64(der).reveal());
    for (const Certificate& one : state_->chain) {
      header += fmt::format(R"(,"{}")", encode_base64(der_of(one.get())).reveal());
    }
    header += ']';
  }
  header += '}';
  const std::string payload =
      fmt::format(R"({{"aud":{},"iss":{},"sub":{},"jti":"{}","nbf":{},"iat":{},"exp":{}}})",
                  json::quote(claims.audience),
                  json::quote(claims.client_id),
                  json::quote(claims.client_id),
                  random_id(),
                  claims.now,
                  claims.now,
                  claims.now + k_life);
  const std::string text =
      fmt::format("{}.{}", encode_base64url(header), encode_base64url(payload));
  SecretString assertion(text);
  assertion.append(".");
  assertion.append(encode_base64url(sign_text(state_->key.get(), text, form)));
  return assertion;
}

} // namespace kvrun::azure
