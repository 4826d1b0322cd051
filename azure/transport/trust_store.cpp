// SPDX-License-Identifier: MIT
#include "azure/transport/trust_store.hpp"

#include "base/encoding.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace kvrun::azure {

namespace {

struct Free {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_NAME* name) const noexcept { X509_NAME_free(name); }
};

// A PEM text and the certificates in it, each found but not yet parsed.
class Bundle {
public:
  explicit Bundle(std::string file) : file_(std::move(file)) {}
  static Bundle of_text(std::string pem) {
    Bundle bundle{std::string()};
    bundle.text_ = std::move(pem);
    bundle.read_ = true;
    return bundle;
  }

  // Adds every certificate of that subject to the store; the first one, or null.
  X509* add(X509_STORE* store, const X509_NAME* subject) {
    X509* first = nullptr;
    for_each([&](std::string_view der, bool trusted) {
      const std::unique_ptr<X509_NAME, Free> name(subject_of(der));
      if (!name || X509_NAME_cmp(name.get(), subject) != 0) {
        return;
      }
      std::unique_ptr<X509, Free> certificate = parse(der, trusted);
      if (certificate && X509_STORE_add_cert(store, certificate.get()) == 1 && first == nullptr) {
        first = certificate.get(); // the store keeps it
      }
    });
    return first;
  }

  bool holds_any() {
    bool any = false;
    for_each([&](std::string_view der, bool trusted) { any = any || parse(der, trusted); });
    return any;
  }

private:
  static std::unique_ptr<X509, Free> parse(std::string_view der, bool trusted) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    const long size = static_cast<long>(der.size());
    return std::unique_ptr<X509, Free>(trusted ? d2i_X509_AUX(nullptr, &at, size)
                                               : d2i_X509(nullptr, &at, size));
  }

  // One DER element: moves `at` behind it, or into it. False at the end or when it is malformed.
  struct Element {
    unsigned tag = 0;
    std::string_view whole;
    std::string_view content;
  };
  static bool next(std::string_view& rest, Element& element) {
    if (rest.size() < 2) {
      return false;
    }
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
    std::size_t length = byte(1);
    std::size_t head = 2;
    if (length >= 0x80) {
      const std::size_t count = length & 0x7f;
      if (count == 0 || count > 4 || rest.size() < 2 + count) {
        return false;
      }
      length = 0;
      for (std::size_t i = 0; i < count; ++i) {
        length = length << 8 | byte(2 + i);
      }
      head += count;
    }
    if (rest.size() - head < length) {
      return false;
    }
    element = {byte(0), rest.substr(0, head + length), rest.substr(head, length)};
    rest.remove_prefix(head + length);
    return true;
  }

  // Certificate → TBSCertificate → [version], serial, algorithm, issuer, validity, subject (RFC
  // 5280 §4.1). The whole certificate is not parsed for it: OpenSSL 3.0 decodes the public key at
  // once, 1.6 million instructions.
  static X509_NAME* subject_of(std::string_view der) {
    Element element;
    if (!next(der, element)) {
      return nullptr;
    }
    std::string_view rest = element.content;
    if (!next(rest, element)) {
      return nullptr;
    }
    rest = element.content;
    constexpr unsigned version_tag = 0xa0;
    std::string_view ahead = rest;
    if (next(ahead, element) && element.tag == version_tag) {
      rest = ahead;
    }
    for (int i = 0; i < 5; ++i) { // serial, algorithm, issuer, validity; the fifth is the subject
      if (!next(rest, element)) {
        return nullptr;
      }
    }
    const auto* at = reinterpret_cast<const unsigned char*>(element.whole.data());
    return d2i_X509_NAME(nullptr, &at, static_cast<long>(element.whole.size()));
  }

  template <typename Visit> void for_each(Visit visit) {
    read();
    constexpr std::string_view begin = "-----BEGIN ";
    constexpr std::string_view dashes = "-----";
    std::size_t at = 0;
    while ((at = text_.find(begin, at)) != std::string::npos) {
      at += begin.size();
      const std::size_t label_end = text_.find(dashes, at);
      if (label_end == std::string::npos) {
        return;
      }
      const std::string label = text_.substr(at, label_end - at);
      const std::size_t body = label_end + dashes.size();
      const std::size_t end = text_.find("-----END " + label + "-----", body);
      if (end == std::string::npos) {
        return;
      }
      at = end;
      const bool trusted = label == PEM_STRING_X509_TRUSTED;
      if (trusted || label == PEM_STRING_X509 || label == PEM_STRING_X509_OLD) {
        const auto der = decode_base64(std::string_view(text_).substr(body, end - body));
        if (der) {
          visit(der->reveal(), trusted);
        }
      }
    }
  }

  void read() {
    if (!read_) {
      std::ifstream in(file_, std::ios::binary);
      text_.assign(std::istreambuf_iterator<char>(in), {});
      read_ = true;
    }
  }

  std::string file_;
  std::string text_;
  bool read_ = false;
};

using Bundles = std::vector<Bundle>;

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
  for (Bundle& bundle : *bundles) {
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

} // namespace

TrustedRoots system_roots(const char* cert_file, const char* cert_dir, const std::string& ca_file) {
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
  if (!ca_file.empty()) {
    roots.bundles.insert(roots.bundles.begin(), ca_file);
  }
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
    bundles->push_back(Bundle::of_text(roots.pem));
  }
  for (const std::string& file : roots.bundles) {
    bundles->emplace_back(file);
  }
  X509_LOOKUP* lookup = X509_STORE_add_lookup(store, bundle_method());
  if (lookup == nullptr || X509_LOOKUP_set_method_data(lookup, bundles.get()) != 1) {
    throw std::runtime_error("OpenSSL has no memory for the roots");
  }
  static_cast<void>(bundles.release()); // the lookup frees it
}

bool holds_certificate(const std::string& pem) {
  return Bundle::of_text(pem).holds_any();
}

} // namespace kvrun::azure
