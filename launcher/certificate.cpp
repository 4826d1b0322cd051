// SPDX-License-Identifier: MIT
#include "launcher/certificate.hpp"

#include "base/encoding.hpp"
#include "base/error.hpp"
#include "launcher/pem_blocks.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace kvrun::launcher {

namespace {

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(PKCS12* pfx) const noexcept { PKCS12_free(pfx); }
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};
template <typename T> using Owned = std::unique_ptr<T, Free>;

struct Certificates {
  Owned<EVP_PKEY> key;
  std::vector<Owned<X509>> all;
};

[[noreturn]] void refuse(const std::string& what, const char* hint = "") {
  throw Error(ErrorKind::refused, what, hint);
}

Owned<BIO> memory(std::string_view bytes) {
  return Owned<BIO>(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

// Nobody can be asked for a passphrase.
int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*unused*/) {
  return -1;
}

constexpr const char* k_damaged = "it is damaged or cut off: import it again";

Owned<EVP_PKEY> read_key(std::string_view block) {
  const Owned<BIO> bio = memory(block);
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, &no_passphrase, nullptr));
  if (!key) {
    refuse("its private key cannot be read", k_damaged);
  }
  return key;
}

bool is_whole(std::string_view block) {
  const Owned<BIO> bio = memory(block);
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio.get(), &name, &header, &data, &size) != 1) {
    return false;
  }
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_clear_free(data, static_cast<std::size_t>(size));
  return true;
}

// nullptr for a block of another kind, as parameters or a request.
Owned<X509> read_certificate(std::string_view block, std::size_t number) {
  const Owned<BIO> bio = memory(block);
  Owned<X509> certificate(PEM_read_bio_X509_AUX(bio.get(), nullptr, &no_passphrase, nullptr));
  const bool none = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!certificate && !(none && is_whole(block))) {
    refuse(fmt::format("its certificate {} cannot be read", number), k_damaged);
  }
  return certificate;
}

Certificates read_pem(std::string_view text) {
  Certificates read;
  if (text.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos ||
      text.find("Proc-Type: 4,ENCRYPTED") != std::string_view::npos) {
    refuse("its private key has a passphrase",
           "Key Vault stores certificates without one: import it again");
  }
  for (const PemBlock& block : pem_blocks(text)) {
    if (block.label.find("PRIVATE KEY") != std::string_view::npos) {
      Owned<EVP_PKEY> key = read_key(block.text);
      read.key = read.key ? std::move(read.key) : std::move(key);
    } else if (auto certificate = read_certificate(block.text, read.all.size() + 1)) {
      read.all.push_back(std::move(certificate));
    }
  }
  return read;
}

Owned<PKCS12> parse_pfx(std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  Owned<PKCS12> pfx(d2i_PKCS12(nullptr, &at, static_cast<long>(bytes.size())));
  if (!pfx) {
    refuse("it is neither PEM nor PKCS#12", "'format' is for certificates");
  }
  return pfx;
}

Certificates read_pfx(std::string_view bytes) {
  const Owned<PKCS12> pfx = parse_pfx(bytes);
  const bool has_mac = PKCS12_mac_present(pfx.get()) == 1;
  if (has_mac && PKCS12_verify_mac(pfx.get(), "", 0) != 1 &&
      PKCS12_verify_mac(pfx.get(), nullptr, 0) != 1) {
    refuse("its PKCS#12 has a password",
           "Key Vault stores certificates without one: import it as a certificate");
  }
  EVP_PKEY* key = nullptr;
  X509* leaf = nullptr;
  STACK_OF(X509)* rest = nullptr;
  const auto parse = [&] { return PKCS12_parse(pfx.get(), "", &key, &leaf, &rest) == 1; };
  // Without a MAC to try it on, OpenSSL takes no password for an empty one; to PKCS#12's own
  // ciphers these are two.
  const auto parse_as_empty = [&] {
    return PKCS12_set_mac(pfx.get(), "", 0, nullptr, 0, 1, nullptr) == 1 && parse();
  };
  if (!parse() && (has_mac || !parse_as_empty())) {
    refuse("its PKCS#12 cannot be read",
           has_mac ? "it may use an algorithm that OpenSSL no longer has"
                   : "it may have a password, or use an algorithm that OpenSSL no longer has");
  }
  Certificates read;
  read.key.reset(key);
  if (leaf != nullptr) {
    read.all.emplace_back(leaf);
  }
  const Owned<STACK_OF(X509)> others(rest);
  for (int i = 0; rest != nullptr && i < sk_X509_num(rest); ++i) {
    X509* one = sk_X509_value(rest, i);
    X509_up_ref(one);
    read.all.emplace_back(one);
  }
  return read;
}

bool issued(const X509* issuer, const X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(issuer), X509_get_issuer_name(certificate)) == 0;
}

// The leaf first, then each one's issuer; what belongs to no chain comes last, in the order it is
// stored.
void sort(Certificates& read) {
  auto& all = read.all;
  const auto leaf = std::find_if(all.begin(), all.end(), [&](const Owned<X509>& one) {
    if (read.key) {
      return X509_check_private_key(one.get(), read.key.get()) == 1;
    }
    return std::none_of(all.begin(), all.end(), [&](const Owned<X509>& other) {
      return other != one && issued(one.get(), other.get());
    });
  });
  if (leaf == all.end()) {
    if (read.key && !all.empty()) {
      refuse("none of its certificates is for its private key");
    }
    return;
  }
  std::rotate(all.begin(), leaf, leaf + 1);
  for (std::size_t sorted = 1; sorted < all.size(); ++sorted) {
    const auto next = std::find_if(
        all.begin() + static_cast<std::ptrdiff_t>(sorted), all.end(), [&](const Owned<X509>& one) {
          return issued(one.get(), all[sorted - 1].get());
        });
    if (next == all.end()) {
      return;
    }
    std::rotate(all.begin() + static_cast<std::ptrdiff_t>(sorted), next, next + 1);
  }
}

class PemWriter {
public:
  PemWriter() : bio_(BIO_new(BIO_s_secmem())) {}
  void key(const Certificates& from) {
    if (!from.key) {
      refuse("it has no private key", "the key may not be exportable; 'format: chain' needs none");
    }
    PEM_write_bio_PKCS8PrivateKey(
        bio_.get(), from.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }
  void certificates(const Certificates& from, std::size_t most) {
    if (from.all.empty()) {
      refuse("it has no certificate");
    }
    for (std::size_t i = 0; i < std::min(most, from.all.size()); ++i) {
      PEM_write_bio_X509(bio_.get(), from.all[i].get());
    }
  }
  [[nodiscard]] SecretString text() const {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio_.get(), &data);
    return SecretString({data, static_cast<std::size_t>(size)});
  }

private:
  Owned<BIO> bio_;
};

} // namespace

SecretString convert_certificate(std::string_view stored, config::Format format) {
  const bool is_pem = stored.find("-----BEGIN ") != std::string_view::npos;
  std::optional<SecretString> decoded = is_pem ? std::nullopt : decode_base64(stored);
  const std::string_view bytes = decoded && !decoded->empty() ? decoded->reveal() : stored;
  if (format == config::Format::pfx) {
    if (is_pem) {
      refuse("it is stored as PEM, not as PKCS#12", "use 'format: pem'");
    }
    static_cast<void>(parse_pfx(bytes)); // only the bytes are asked for, whatever protects them
    return SecretString(bytes);
  }
  Certificates read = is_pem ? read_pem(stored) : read_pfx(bytes);
  if (!read.key && read.all.empty()) {
    refuse("it holds neither a certificate nor a key", "'format' is for certificates");
  }
  sort(read);
  ERR_clear_error();
  PemWriter out;
  constexpr std::size_t all = ~std::size_t{0};
  switch (format) {
  case config::Format::pem:
    out.key(read);
    out.certificates(read, all);
    break;
  case config::Format::key:
    out.key(read);
    break;
  case config::Format::cert:
    out.certificates(read, 1);
    break;
  case config::Format::chain:
    out.certificates(read, all);
    break;
  case config::Format::pfx:
  case config::Format::none:
    break;
  }
  return out.text();
}

} // namespace kvrun::launcher
