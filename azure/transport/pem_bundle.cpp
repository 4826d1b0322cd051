// SPDX-License-Identifier: MIT
#include "azure/transport/pem_bundle.hpp"

#include "azure/transport/certificate_name.hpp"
#include "base/encoding.hpp"
#include "base/file.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <fstream>
#include <memory>
#include <utility>

namespace kvrun::azure {

namespace {

struct Free {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(X509_NAME* name) const noexcept { X509_NAME_free(name); }
};

std::unique_ptr<X509, Free> parse(std::string_view der, bool trusted) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const long size = static_cast<long>(der.size());
  return std::unique_ptr<X509, Free>(trusted ? d2i_X509_AUX(nullptr, &at, size)
                                             : d2i_X509(nullptr, &at, size));
}

bool is_of(std::string_view certificate, const X509_NAME* subject) {
  const std::string_view der = subject_in(certificate);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509_NAME, Free> name(
      d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())));
  return name && X509_NAME_cmp(name.get(), subject) == 0;
}

std::optional<std::string> letters_of(const X509_NAME* name) {
  const unsigned char* der = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(name, &der, &size) != 1) {
    return std::nullopt;
  }
  return letters_of_name({reinterpret_cast<const char*>(der), size});
}

// Of the subject, if it stands in the first hundreds of bytes, as it mostly does: the rest of a
// bundle need not be decoded.
std::optional<std::string> letters_in(std::string_view base64) {
  constexpr std::size_t enough = 640;
  const auto der = decode_base64(base64.substr(0, base64.find('\n', enough)));
  return der ? letters_of_name(subject_in(der->reveal())) : std::nullopt;
}

} // namespace

PemBundle PemBundle::of_file(std::string path) {
  PemBundle bundle;
  bundle.path_ = std::move(path);
  return bundle;
}

PemBundle PemBundle::of_text(std::string pem) {
  PemBundle bundle;
  bundle.text_ = std::move(pem);
  return bundle;
}

void PemBundle::read() {
  if (std::exchange(read_, true)) {
    return;
  }
  if (!path_.empty()) {
    std::ifstream in(path_, std::ios::binary);
    if (!in && no_descriptor_left()) {
      read_ = false; // the next handshake may find one
      return;
    }
    std::array<char, 65536>
        part; // NOLINT(cppcoreguidelines-pro-type-member-init): filled before it is read
    while (in.read(part.data(), part.size()) || in.gcount() > 0) {
      text_.append(part.data(), static_cast<std::size_t>(in.gcount()));
    }
  }
  find_entries();
}

void PemBundle::find_entries() {
  constexpr std::string_view begin = "-----BEGIN ";
  constexpr std::string_view dashes = "-----";
  const std::string_view text = text_;
  std::size_t at = 0;
  while ((at = text.find(begin, at)) != std::string_view::npos) {
    at += begin.size();
    const std::size_t label_end = text.find(dashes, at);
    if (label_end == std::string_view::npos) {
      return;
    }
    const std::string_view label = text.substr(at, label_end - at);
    const std::size_t body = label_end + dashes.size();
    const std::size_t end = text.find("-----END " + std::string(label) + "-----", body);
    if (end == std::string_view::npos) {
      return;
    }
    at = end;
    const bool trusted = label == PEM_STRING_X509_TRUSTED;
    if (!trusted && label != PEM_STRING_X509 && label != PEM_STRING_X509_OLD) {
      continue;
    }
    entries_.push_back({body, end - body, trusted, letters_in(text.substr(body, end - body))});
  }
}

std::string_view PemBundle::base64_of(const Entry& entry) const {
  return std::string_view(text_).substr(entry.begin, entry.size);
}

X509* PemBundle::add(X509_STORE* store, const X509_NAME* subject) {
  read();
  const std::optional<std::string> letters = letters_of(subject);
  X509* first = nullptr;
  for (const Entry& entry : entries_) {
    if (letters && entry.letters && *letters != *entry.letters) {
      continue;
    }
    const auto der = decode_base64(base64_of(entry));
    if (!der || !is_of(der->reveal(), subject)) {
      continue;
    }
    const std::unique_ptr<X509, Free> certificate = parse(der->reveal(), entry.trusted);
    if (certificate && X509_STORE_add_cert(store, certificate.get()) == 1 && first == nullptr) {
      first = certificate.get();
    }
  }
  return first;
}

bool PemBundle::holds_any() {
  read();
  for (const Entry& entry : entries_) {
    const auto der = decode_base64(base64_of(entry));
    if (der && parse(der->reveal(), entry.trusted)) {
      return true;
    }
  }
  return false;
}

} // namespace kvrun::azure
