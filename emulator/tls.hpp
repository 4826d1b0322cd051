// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/certificates.hpp"
#include "emulator/stream.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace kvrun::emulator {

// TLS 1.2 and 1.3 under the names that exist. A name that does not gets the alert
// unrecognized_name; a client that sends none gets the certificate of `fallback`.
class TlsServer {
public:
  using Exists = std::function<bool(std::string_view host)>;

  TlsServer(const CertificateAuthority& authority, Exists exists);
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;
  TlsServer(TlsServer&&) = delete;
  TlsServer& operator=(TlsServer&&) = delete;
  ~TlsServer() = default;

  struct Session {
    std::unique_ptr<TlsStream> stream;
    std::string name; // what the client asked for; else the fallback
  };
  // Throws Closed when no handshake comes about.
  [[nodiscard]] Session accept(const Poco::Net::StreamSocket& socket, const std::string& fallback);

private:
  static int choose(SSL* tls, int* alert, void* self);
  SSL_CTX* context_for(const std::string& host);

  const CertificateAuthority& authority_;
  Exists exists_;
  TlsContextPtr entrance_;
  std::mutex mutex_;
  std::map<std::string, TlsContextPtr, std::less<>> contexts_; // by the certificate's name
};

// TLS with one certificate, whatever name the client asks for.
class SingleTlsServer {
public:
  explicit SingleTlsServer(const KeyedCertificate& keyed);
  // Throws Closed when no handshake comes about.
  [[nodiscard]] std::unique_ptr<TlsStream> accept(const Poco::Net::StreamSocket& socket) const;

private:
  TlsContextPtr context_;
};

} // namespace kvrun::emulator
