// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

// OpenSSL's own declaration, so that its headers stay in the .cpp files.
using X509_STORE = struct x509_store_st;

namespace kvrun::azure {

// Which roots are trusted. Nothing of it is read before a handshake asks for an issuer: parsing the
// distribution's whole bundle costs 230 million instructions, the one root that is needed 2.5
// (reference/packaging.md §2b).
struct TrustedRoots {
  std::vector<std::string> directories; // hashed, as c_rehash leaves them
  std::vector<std::string> bundles;     // PEM files
  std::string pem;                      // PEM text: these too
};

// The system's roots: $SSL_CERT_DIR and $SSL_CERT_FILE, each in place of OpenSSL's default of its
// kind; where neither is set, the bundles of other distributions as well. `ca_pem` (PEM text, may
// be empty) is trusted too.
[[nodiscard]] TrustedRoots
system_roots(const char* cert_file, const char* cert_dir, std::string ca_pem);

// Makes a store look there. Throws std::runtime_error when OpenSSL has no memory.
void look_up_lazily(X509_STORE* store, const TrustedRoots& roots);

// Whether a text holds at least one PEM certificate that OpenSSL can read.
[[nodiscard]] bool holds_certificate(const std::string& pem);

} // namespace kvrun::azure
