// SPDX-License-Identifier: MIT
#include "azure/transport/trust_store.hpp"

#include "azure/transport/pem_bundle.hpp"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <sys/stat.h>

#include <array>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

namespace kvrun::azure {

namespace {

using Bundles = std::vector<PemBundle>;

int find_by_subject(X509_LOOKUP* lookup,
                    X509_LOOKUP_TYPE type,
                    const X509_NAME* name,
                    X509_OBJECT* found) {
  auto* bundles = static_cast<Bundles*>(X509_LOOKUP_get_method_data(lookup));
  if (type != X509_LU_X509 || bundles == nullptr) {
    return 0;
  }
  // All of them: a root and its successor may have one subject and stand in two bundles.
  X509* first = nullptr;
  for (PemBundle& bundle : *bundles) {
    X509* const certificate = bundle.add(X509_LOOKUP_get_store(lookup), name);
    first = first == nullptr ? certificate : first;
  }
  if (first == nullptr || X509_OBJECT_set1_X509(found, first) != 1) {
    return 0;
  }
  X509_free(first); // the caller takes a reference of its own (OpenSSL 3.0, x509_lu.c)
  return 1;
}

void free_bundles(X509_LOOKUP* lookup) {
  delete static_cast<Bundles*>(X509_LOOKUP_get_method_data(lookup));
}

X509_LOOKUP_METHOD* bundle_method() {
  static X509_LOOKUP_METHOD* const method = [] {
    X509_LOOKUP_METHOD* made = X509_LOOKUP_meth_new("kvrun: PEM bundles, read when asked");
    if (made == nullptr || X509_LOOKUP_meth_set_get_by_subject(made, &find_by_subject) != 1 ||
        X509_LOOKUP_meth_set_free(made, &free_bundles) != 1) {
      throw std::runtime_error("OpenSSL has no memory for the roots");
    }
    return made;
  }();
  return method;
}

// Those that are there, each once: several of the paths lead to one file on most systems.
std::vector<std::string> distinct_files(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  std::set<std::pair<dev_t, ino_t>> seen;
  for (const std::string& path : paths) {
    struct stat facts {};
    if (::stat(path.c_str(), &facts) == 0 && seen.emplace(facts.st_dev, facts.st_ino).second) {
      files.push_back(path);
    }
  }
  return files;
}

} // namespace

TrustedRoots system_roots(const char* cert_file, const char* cert_dir, std::string ca_pem) {
  TrustedRoots roots;
  const bool own_file = cert_file != nullptr && *cert_file != '\0';
  const bool own_dir = cert_dir != nullptr && *cert_dir != '\0';
  roots.directories.emplace_back(own_dir ? cert_dir : X509_get_default_cert_dir());
  roots.bundles.emplace_back(own_file ? cert_file : X509_get_default_cert_file());
  if (!own_file && !own_dir) {
    // A static OpenSSL keeps Debian's paths wherever it runs (reference/packaging.md §2).
    constexpr std::array elsewhere{
        "/etc/ssl/certs/ca-certificates.crt",                // Debian, Alpine
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
        "/etc/ssl/ca-bundle.pem",                            // openSUSE
        "/etc/ssl/cert.pem",                                 // Alpine, BSD layouts
    };
    roots.directories.emplace_back("/etc/ssl/certs");
    roots.bundles.insert(roots.bundles.end(), elsewhere.begin(), elsewhere.end());
  }
  roots.pem = std::move(ca_pem);
  return roots;
}

void look_up_lazily(X509_STORE* store, const TrustedRoots& roots) {
  for (const std::string& directory : roots.directories) {
    X509_LOOKUP* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
    if (lookup == nullptr) {
      throw std::runtime_error("OpenSSL has no memory for the roots");
    }
    X509_LOOKUP_add_dir(lookup, directory.c_str(), X509_FILETYPE_PEM);
  }
  auto bundles = std::make_unique<Bundles>();
  if (!roots.pem.empty()) {
    bundles->push_back(PemBundle::of_text(roots.pem));
  }
  for (std::string& file : distinct_files(roots.bundles)) {
    bundles->push_back(PemBundle::of_file(std::move(file)));
  }
  X509_LOOKUP* lookup = X509_STORE_add_lookup(store, bundle_method());
  if (lookup == nullptr || X509_LOOKUP_set_method_data(lookup, bundles.get()) != 1) {
    throw std::runtime_error("OpenSSL has no memory for the roots");
  }
  static_cast<void>(bundles.release()); // the lookup frees it
}

bool holds_certificate(const std::string& pem) {
  return PemBundle::of_text(pem).holds_any();
}

} // namespace kvrun::azure
