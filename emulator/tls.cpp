// SPDX-License-Identifier: MIT
#include "emulator/tls.hpp"

#include "base/text.hpp"
#include "emulator/clouds.hpp"

#include <vector>

namespace kvrun::emulator {
namespace {

// HTTP/1.1 where the client offers it, and no word about protocols otherwise.
int choose_protocol(SSL* /*tls*/,
                    const unsigned char** chosen,
                    unsigned char* size,
                    const unsigned char* offered,
                    unsigned int offered_size,
                    void* /*argument*/) {
  constexpr std::string_view wanted = "http/1.1";
  for (unsigned int at = 0; at < offered_size; at += 1U + offered[at]) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
    const auto* name = reinterpret_cast<const char*>(offered + at + 1);
    if (at + offered[at] < offered_size && std::string_view(name, offered[at]) == wanted) {
      *chosen = offered + at + 1;
      *size = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_NOACK;
}

TlsContextPtr make_context(X509* certificate, EVP_PKEY* key) {
  TlsContextPtr context(SSL_CTX_new(TLS_server_method()));
  require(context != nullptr, "making a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_AUTO_RETRY | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  constexpr std::string_view session = "kvrun-emulator";
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): OpenSSL's bytes are unsigned
  const auto* bytes = reinterpret_cast<const unsigned char*>(session.data());
  SSL_CTX_set_session_id_context(context.get(), bytes, session.size());
  require(SSL_CTX_use_certificate(context.get(), certificate) == 1 &&
              SSL_CTX_use_PrivateKey(context.get(), key) == 1,
          "setting up TLS");
  return context;
}

// The names of the certificate that stands for a host; the first is its key in the cache.
std::vector<std::string> names_for(const std::string& host) {
  if (const auto vault = vault_address(host)) {
    return {"DNS:*." + std::string(vault->cloud->vault_suffix)};
  }
  if (host == "localhost" || host == "127.0.0.1") {
    return {"DNS:localhost", "IP:127.0.0.1"};
  }
  return {"DNS:" + host};
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() < 254 &&
         host.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-") == std::string_view::npos;
}

} // namespace

TlsServer::TlsServer(const CertificateAuthority& authority, Exists exists)
    : authority_(authority), exists_(std::move(exists)),
      entrance_(make_context(authority.leaf({"DNS:localhost", "IP:127.0.0.1"}).get(),
                             authority.leaf_key())) {
  // What the macro does, without its C cast.
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): one type for all callbacks
  auto* callback = reinterpret_cast<void (*)()>(&TlsServer::choose);
  SSL_CTX_callback_ctrl(entrance_.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, callback);
  SSL_CTX_set_tlsext_servername_arg(entrance_.get(), this);
}

TlsServer::Session TlsServer::accept(const Poco::Net::StreamSocket& socket,
                                     const std::string& fallback) {
  Session session{nullptr, fallback};
  TlsPtr tls(SSL_new(entrance_.get()));
  require(tls != nullptr, "making a TLS connection");
  SSL_set_app_data(tls.get(), &session.name);
  session.stream = std::make_unique<TlsStream>(socket, std::move(tls));
  return session;
}

int TlsServer::choose(SSL* tls, int* alert, void* self) {
  auto& server = *static_cast<TlsServer*>(self);
  auto& name = *static_cast<std::string*>(SSL_get_app_data(tls));
  if (const char* asked = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name)) {
    name = lower(asked);
  }
  if (name.empty()) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  try {
    if (is_host_name(name) && server.exists_(name)) {
      SSL_set_SSL_CTX(tls, server.context_for(name));
      return SSL_TLSEXT_ERR_OK;
    }
  } catch (const std::exception&) {
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

SSL_CTX* TlsServer::context_for(const std::string& host) {
  constexpr std::size_t bound = 1000;
  const std::vector<std::string> names = names_for(host);
  const std::scoped_lock lock(mutex_);
  auto found = contexts_.find(names.front());
  if (found == contexts_.end()) {
    if (contexts_.size() >= bound) {
      contexts_.clear(); // connections hold on to theirs
    }
    TlsContextPtr made = make_context(authority_.leaf(names).get(), authority_.leaf_key());
    found = contexts_.emplace(names.front(), std::move(made)).first;
  }
  return found->second.get();
}

SingleTlsServer::SingleTlsServer(const KeyedCertificate& keyed)
    : context_(make_context(keyed.certificate.get(), keyed.key.get())) {}

std::unique_ptr<TlsStream> SingleTlsServer::accept(const Poco::Net::StreamSocket& socket) const {
  TlsPtr tls(SSL_new(context_.get()));
  require(tls != nullptr, "making a TLS connection");
  return std::make_unique<TlsStream>(socket, std::move(tls));
}

} // namespace kvrun::emulator
