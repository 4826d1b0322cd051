// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// OpenSSL's own declarations, so that its headers stay in the .cpp files.
using X509 = struct x509_st;
using X509_NAME = struct X509_name_st;
using X509_STORE = struct x509_store_st;

namespace kvrun::azure {

// A PEM text and the certificates in it, each found but not parsed before it is asked for.
class PemBundle {
public:
  // Not read before it is needed; one that cannot be read is empty, and tried again when that was
  // for want of a descriptor.
  static PemBundle of_file(std::string path);
  static PemBundle of_text(std::string pem);

  // Adds every certificate of that subject to the store. Returns the first one, which the store
  // owns, or null.
  X509* add(X509_STORE* store, const X509_NAME* subject);

  // Whether OpenSSL can read one of them.
  [[nodiscard]] bool holds_any();

private:
  struct Entry {
    std::size_t begin; // of its base64 in text_
    std::size_t size;
    bool trusted;                       // with OpenSSL's trust settings behind it
    std::optional<std::string> letters; // of its subject; null: any subject may be its own
  };
  PemBundle() = default;
  void read();
  void find_entries();
  [[nodiscard]] std::string_view base64_of(const Entry& entry) const;

  std::string path_;
  std::string text_;
  bool read_ = false;
  std::vector<Entry> entries_;
};

} // namespace kvrun::azure
