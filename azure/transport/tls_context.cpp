// SPDX-License-Identifier: MIT
#include "azure/transport/tls_context.hpp"

#include "azure/transport/tls_library.hpp"
#include "base/error.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <time.h>

#include <array>
#include <memory>
#include <optional>

namespace kvrun::azure {

namespace {

int library_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

TlsContext::Library& library_of(X509_STORE_CTX* store) {
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  return *static_cast<TlsContext::Library*>(
      SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), library_index()));
}

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  char* text = nullptr;
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253) < 0) {
    return {};
  }
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

std::optional<std::int64_t> unix_time_of(const ASN1_TIME* time) {
  tm when{};
  return ASN1_TIME_to_tm(time, &when) == 1 ? std::optional<std::int64_t>(::timegm(&when))
                                           : std::nullopt;
}

// What the peer showed, for `doctor`.
TlsFacts facts_of(X509_STORE_CTX* store, bool accepted) {
  TlsFacts facts;
  auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  facts.version = SSL_get_version(ssl);
  if (const X509* leaf = X509_STORE_CTX_get0_cert(store)) {
    facts.subject = name_text(X509_get_subject_name(leaf));
    facts.issuer = name_text(X509_get_issuer_name(leaf));
    facts.until = unix_time_of(X509_get0_notAfter(leaf));
  }
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(store);
  if (accepted && chain != nullptr && sk_X509_num(chain) > 0) {
    facts.root = name_text(X509_get_subject_name(sk_X509_value(chain, sk_X509_num(chain) - 1)));
  }
  return facts;
}

// Remembers why a certificate was refused, which OpenSSL's error text does not say (poco.md P4).
// Accepts nothing itself.
int on_verified(int accepted, X509_STORE_CTX* store) {
  if (accepted != 1 || X509_STORE_CTX_get_error_depth(store) == 0) {
    library_of(store).facts = facts_of(store, accepted == 1);
  }
  if (accepted != 1) {
    library_of(store).refusal = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  }
  return accepted;
}

// Service Fabric's certificate is self-signed: the SHA-1 of the leaf is all there is to check
// (identity.md §7). It runs in the handshake, so nothing has been sent when it refuses.
int verify_pin(X509_STORE_CTX* store, void* /*unused*/) {
  TlsContext::Library& library = library_of(store);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  const X509* leaf = X509_STORE_CTX_get0_cert(store);
  if (leaf == nullptr || X509_digest(leaf, EVP_sha1(), digest.data(), &size) != 1) {
    library.refusal = "no certificate";
    return 0;
  }
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += fmt::format("{:02x}", digest.at(i));
  }
  const bool same = hex.size() == library.pinned_sha1.size() &&
                    CRYPTO_memcmp(hex.data(), library.pinned_sha1.data(), hex.size()) == 0;
  if (!same) {
    X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
    library.refusal = "its thumbprint is another one";
  }
  return same ? 1 : 0;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bits{};
  return ::inet_pton(AF_INET, host.c_str(), bits.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bits.data()) == 1;
}

} // namespace

TlsContext::TlsContext(const std::string& host, const Route& route, const TrustedRoots& roots)
    : library_(std::make_unique<Library>()) {
  using Poco::Net::Context;
  const std::string name = route.tls_name.empty() ? host : route.tls_name;
  Context::Params params;
  params.verificationMode = Context::VERIFY_STRICT;
  params.verificationDepth = 9;
  params.loadDefaultCAs =
      false; // 25 ms for all of them; look_up_lazily() finds the one that is needed
  params.cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20";
  // Poco's own list begins with X448, which many servers lack: a round trip more on every
  // connection.
  params.ecdhCurve = "X25519:P-256:P-384:P-521";
  library_->context = new Context(Context::TLS_CLIENT_USE, params);
  library_->context->requireMinimumProtocol(Context::PROTO_TLSV1_2);
  library_->pinned_sha1 = route.pinned_sha1;

  SSL_CTX* context = library_->context->sslContext();
  SSL_CTX_set_ex_data(context, library_index(), library_.get());
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, &on_verified);
  if (!route.pinned_sha1.empty()) {
    SSL_CTX_set_cert_verify_callback(context, &verify_pin, nullptr);
  } else if (route.only_roots.empty()) {
    look_up_lazily(SSL_CTX_get_cert_store(context), roots);
  } else {
    look_up_lazily(SSL_CTX_get_cert_store(context), {{}, {}, route.only_roots});
  }

  // Poco 1.11 compares the host name only after SSL_connect() has returned, and not at all when the
  // handshake outlasts the connect timeout (SecureSocketImpl::connectSSL); OpenSSL must do it,
  // inside the handshake (poco.md P1, P2).
  X509_VERIFY_PARAM* param = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const int pinned = is_address(name)
                         ? X509_VERIFY_PARAM_set1_ip_asc(param, name.c_str())
                         : X509_VERIFY_PARAM_set1_host(param, name.data(), name.size());
  if (name.empty() || pinned != 1) {
    throw Error(ErrorKind::usage, fmt::format("cannot make TLS verify the host name '{}'", name));
  }
  server_name_ = is_address(name) ? std::string() : name;
}

TlsContext::~TlsContext() = default;

const std::string& TlsContext::refusal() const noexcept {
  return library_->refusal;
}

const TlsFacts& TlsContext::facts() const noexcept {
  return library_->facts;
}

void TlsContext::forget_refusal() {
  library_->refusal.clear();
}

} // namespace kvrun::azure
