// SPDX-License-Identifier: MIT
#include "config/secret_reference.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <optional>

namespace kvrun::config {
namespace {

constexpr std::string_view k_kv = "kv://";
constexpr std::string_view k_https = "https://";
constexpr std::string_view k_app_service = "@Microsoft.KeyVault(";
constexpr std::size_t k_longest_shown = 200;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-';
}

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

bool is_version(std::string_view text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), is_hex_digit);
}

bool begins_with_app_service(std::string_view text) {
  return equal_without_case(text.substr(0, k_app_service.size()), k_app_service);
}

// The part of a text that may be shown, quoted and with a blank before it; "" when there is none.
std::string shown(std::string_view text) {
  std::size_t begin = std::min(text.find(k_kv), text.find(k_https));
  std::size_t keyword = text.find('@');
  while (keyword < begin && !begins_with_app_service(text.substr(keyword))) {
    keyword = text.find('@', keyword + 1);
  }
  begin = std::min(begin, keyword);
  if (begin == std::string_view::npos) {
    return {};
  }
  std::string_view rest = text.substr(begin);
  const std::string_view form = rest.starts_with(k_kv)      ? k_kv
                                : rest.starts_with(k_https) ? k_https
                                                            : rest.substr(0, k_app_service.size());
  rest.remove_prefix(form.size());
  const std::size_t query = rest.find('?');
  const std::string_view end = query == std::string_view::npos ? "" : "?...";
  rest = rest.substr(0, query);
  const std::size_t user_info = rest.rfind('@');
  const std::string_view start = user_info == std::string_view::npos ? "" : "...";
  rest = user_info == std::string_view::npos ? rest : rest.substr(user_info);
  return fmt::format(" '{}'",
                     one_line(fmt::format("{}{}{}{}", form, start, rest, end), k_longest_shown));
}

[[noreturn]] void refuse(std::string_view text, std::string_view why, std::string hint = {}) {
  throw ReferenceError(fmt::format("no secret reference{}: {}", shown(text), why), std::move(hint));
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && text.front() != '0' &&
         port <= 65535;
}

bool is_host(std::string_view text) {
  if (text.empty() || text.size() > 253) {
    return false;
  }
  const auto labels = split(text, '.');
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() && label.size() <= 63 &&
           std::all_of(label.begin(), label.end(), is_name_character);
  });
}

// Why a text is not HOST[:PORT]; nothing when it is.
std::optional<std::string_view> wrong_with_authority(std::string_view text) {
  if (text.find('@') != std::string_view::npos) {
    return "there may be no user name or password in it";
  }
  const std::size_t colon = text.find(':');
  const std::string_view host = text.substr(0, colon);
  if (host.ends_with('.')) {
    return "the host may not end with '.'";
  }
  if (!is_host(host)) {
    return "that is no host's name";
  }
  if (colon != std::string_view::npos && !is_port(text.substr(colon + 1))) {
    return "the port is no number from 1 to 65535";
  }
  return {};
}

// Why a text is not VAULT of rules A21; nothing when it is.
std::optional<std::string_view> wrong_with_vault(std::string_view text) {
  if (text.empty()) {
    return "the vault is missing";
  }
  if (text.find('.') != std::string_view::npos || text.find('@') != std::string_view::npos) {
    return wrong_with_authority(text);
  }
  if (!is_vault_name(text)) {
    return "a vault's name is 3 to 24 letters, digits and '-'";
  }
  return {};
}

void check_name(std::string_view text, std::string_view name) {
  if (is_secret_name(name)) {
    return;
  }
  if (name.empty()) {
    refuse(text, "the secret's name is missing");
  }
  std::string hint;
  if (name.find('_') != std::string_view::npos) {
    hint = "names in Key Vault have '-' where variables have '_'";
  } else if (name.find('%') != std::string_view::npos) {
    hint = "nothing is percent-decoded: write the name as it is";
  } else if (name.find('?') != std::string_view::npos) {
    hint = "leave out '?' and what follows; a version is written NAME/VERSION";
  }
  refuse(text, "a secret's name is 1 to 127 letters, digits and '-'", std::move(hint));
}

// NAME[/VERSION], of which no part may be empty.
void read_path(std::string_view text, std::string_view path, SecretReference& reference) {
  const std::size_t slash = path.find('/');
  const std::string_view name = path.substr(0, slash);
  check_name(text, name);
  reference.name = name;
  if (slash == std::string_view::npos) {
    return;
  }
  const std::string_view version = path.substr(slash + 1);
  if (version.empty()) {
    refuse(text, "'/' with no version after it", "leave out '/' to get the newest version");
  }
  if (!is_version(version)) {
    refuse(text, "a version is 32 hexadecimal digits, and nothing follows it");
  }
  reference.version = version;
}

void read_pointer(std::string_view text, std::string_view pointer, SecretReference& reference) {
  if (pointer.empty()) {
    refuse(text, "'#' with nothing after it", "leave out '#' to get the whole value");
  }
  if (pointer.front() != '/') {
    // Not the pointer itself: a bare text may be a password.
    refuse(text, "a JSON Pointer begins with '/'", "the member 'key' is written '#/key'");
  }
  for (std::size_t tilde = pointer.find('~'); tilde != std::string_view::npos;
       tilde = pointer.find('~', tilde + 1)) {
    const std::string_view escape = pointer.substr(tilde, 2);
    if (escape != "~0" && escape != "~1") {
      refuse(text, "in a JSON Pointer '~' stands only in '~0' (a '~') and '~1' (a '/')");
    }
  }
  if (std::any_of(pointer.begin(), pointer.end(), is_control)) {
    refuse(text, "there is a control character in its JSON Pointer");
  }
  reference.pointer = pointer;
}

// NAME[/VERSION][#POINTER]
void read_rest(std::string_view text, std::string_view rest, SecretReference& reference) {
  const std::size_t hash = rest.find('#');
  read_path(text, rest.substr(0, hash), reference);
  if (hash != std::string_view::npos) {
    read_pointer(text, rest.substr(hash + 1), reference);
  }
}

SecretReference parse_kv(std::string_view text) {
  const std::string_view rest = text.substr(k_kv.size());
  const std::size_t slash = rest.find('/');
  const std::string_view vault = rest.substr(0, slash);
  if (const auto wrong = wrong_with_vault(vault)) {
    refuse(text, *wrong, "it is written kv://VAULT/NAME");
  }
  SecretReference reference;
  reference.vault = vault;
  read_rest(text, slash == std::string_view::npos ? "" : rest.substr(slash + 1), reference);
  return reference;
}

// `text` is what the caller wrote, `url` the URL in it.
SecretReference parse_url(std::string_view text, std::string_view url) {
  const std::string_view rest = url.substr(k_https.size());
  const std::size_t slash = rest.find_first_of("/?#");
  const std::string_view host = rest.substr(0, slash);
  if (const auto wrong = wrong_with_authority(host)) {
    refuse(text, *wrong, "it is written https://HOST/secrets/NAME");
  }
  std::string_view path = slash == std::string_view::npos ? "" : rest.substr(slash);
  if (path.starts_with("/keys/") || path.starts_with("/certificates/")) {
    refuse(text, "that is no secret's address", "a certificate is read as /secrets/NAME");
  }
  constexpr std::string_view k_secrets = "/secrets/";
  if (!path.starts_with(k_secrets)) {
    refuse(text, "after the host comes '/secrets/'", "it is written https://HOST/secrets/NAME");
  }
  path.remove_prefix(k_secrets.size());
  if (path.find('#') != std::string_view::npos) {
    refuse(text,
           "a URL has no JSON Pointer",
           fmt::format("write kv://{}/NAME#POINTER", one_line(host, k_longest_shown)));
  }
  if (path.size() > 1 && path.ends_with('/')) {
    path.remove_suffix(1);
  }
  SecretReference reference;
  reference.vault = host;
  reference.url = true;
  read_path(text, path, reference);
  return reference;
}

// The values of k=v[;k=v]…, each key once and in any case.
class Arguments {
public:
  Arguments(std::string_view text, std::string_view list) : text_(text) {
    for (const std::string_view argument : split(list, ';')) {
      const std::size_t equals = argument.find('=');
      if (equals == std::string_view::npos) {
        refuse(text, "between '(' and ')' stands KEY=VALUE, separated by ';'");
      }
      set(argument.substr(0, equals), argument.substr(equals + 1));
    }
  }

  std::optional<std::string_view> uri, vault, name, version;

private:
  void set(std::string_view key, std::string_view value) {
    std::optional<std::string_view>* const place = equal_without_case(key, "SecretUri")    ? &uri
                                                   : equal_without_case(key, "VaultName")  ? &vault
                                                   : equal_without_case(key, "SecretName") ? &name
                                                   : equal_without_case(key, "SecretVersion")
                                                       ? &version
                                                       : nullptr;
    if (place == nullptr) {
      refuse(text_, "the keys are SecretUri, or VaultName, SecretName and SecretVersion");
    }
    if (*place) {
      refuse(text_, "a key is there twice");
    }
    *place = value;
  }

  std::string_view text_;
};

SecretReference parse_app_service(std::string_view text) {
  if (!text.ends_with(')')) {
    refuse(text, "it ends with ')'");
  }
  const std::string_view list =
      text.substr(k_app_service.size(), text.size() - k_app_service.size() - 1);
  const Arguments given(text, list);
  if (given.uri) {
    if (given.vault || given.name || given.version) {
      refuse(text, "beside SecretUri there is no other key");
    }
    if (!given.uri->starts_with(k_https)) {
      refuse(text, "SecretUri is https://HOST/secrets/NAME");
    }
    return parse_url(text, *given.uri);
  }
  if (!given.vault || !given.name) {
    refuse(text, "it has SecretUri, or VaultName and SecretName");
  }
  if (!is_vault_name(*given.vault)) {
    refuse(text, "a vault's name is 3 to 24 letters, digits and '-'");
  }
  check_name(text, *given.name);
  if (given.version && !is_version(*given.version)) {
    refuse(text, "a version is 32 hexadecimal digits, and nothing follows it");
  }
  SecretReference reference;
  reference.vault = *given.vault;
  reference.name = *given.name;
  reference.version = given.version.value_or("");
  return reference;
}

// Forms of other programs, and ours in other letters.
std::string hint_for_a_scheme(std::string_view text) {
  for (const std::string_view form : {k_kv, k_https}) {
    if (equal_without_case(text.substr(0, form.size()), form)) {
      return fmt::format("'{}' is written in lower case", form);
    }
  }
  if (equal_without_case(text.substr(0, 7), "http://")) {
    return "Key Vault is reached by https only";
  }
  return "another vault is written kv://VAULT/NAME";
}

} // namespace

bool is_secret_name(std::string_view text) {
  return !text.empty() && text.size() <= 127 &&
         std::all_of(text.begin(), text.end(), is_name_character);
}

bool is_vault_name(std::string_view text) {
  return text.size() >= 3 && text.size() <= 24 && is_secret_name(text);
}

bool looks_like_reference(std::string_view text) {
  return text.starts_with(k_kv) || begins_with_app_service(text);
}

SecretReference parse_reference(std::string_view text) {
  if (text.starts_with(k_kv)) {
    return parse_kv(text);
  }
  if (text.starts_with(k_https)) {
    return parse_url(text, text);
  }
  if (begins_with_app_service(text)) {
    return parse_app_service(text);
  }
  if (text.find("://") != std::string_view::npos) {
    refuse(text, "it begins as none", hint_for_a_scheme(text));
  }
  SecretReference reference;
  read_rest(text, text, reference);
  return reference;
}

VaultText parse_vault(std::string_view text) {
  VaultText vault;
  vault.url = text.starts_with(k_https);
  std::string_view rest = text;
  if (vault.url) {
    rest.remove_prefix(k_https.size());
    if (rest.ends_with('/')) {
      rest.remove_suffix(1);
    }
  }
  auto wrong = vault.url ? wrong_with_authority(rest) : wrong_with_vault(rest);
  if (!vault.url && rest.find("://") != std::string_view::npos) {
    wrong = "of the URLs only https:// will do";
  }
  if (wrong) {
    throw ReferenceError(fmt::format("no vault{}: {}", shown(text), *wrong),
                         "a vault is a name, a host or https://HOST");
  }
  vault.vault = rest;
  return vault;
}

} // namespace kvrun::config
