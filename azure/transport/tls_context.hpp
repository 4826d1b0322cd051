// SPDX-License-Identifier: MIT
#pragma once

#include "azure/http.hpp"
#include "azure/transport/connection_facts.hpp"
#include "azure/transport/trust_store.hpp"

#include <memory>
#include <string>

namespace kvrun::azure {

// How one host is spoken to by TLS: its name or pin, the roots, the versions. There is no way to
// make one that does not verify. Poco's and OpenSSL's types stop at tls_context.cpp and
// connection.cpp.
class TlsContext {
public:
  // `host` is what the certificate must be for, unless the route says otherwise.
  TlsContext(const std::string& host, const Route& route, const TrustedRoots& roots);
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;
  ~TlsContext();

  // Sent as SNI; "" for an address.
  [[nodiscard]] const std::string& server_name() const noexcept { return server_name_; }
  // Why the last certificate was refused: "hostname mismatch"; "" if it was not.
  [[nodiscard]] const std::string& refusal() const noexcept;
  void forget_refusal();
  // Of the last handshake that got as far as the certificate.
  [[nodiscard]] const TlsFacts& facts() const noexcept;

  struct Library;
  [[nodiscard]] Library& library() const noexcept { return *library_; }

private:
  std::string server_name_;
  std::unique_ptr<Library> library_;
};

} // namespace kvrun::azure
