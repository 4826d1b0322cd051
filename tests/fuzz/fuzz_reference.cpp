// SPDX-License-Identifier: MIT
#include "config/secret_reference.hpp"
#include "tests/fuzz/input.hpp"

#include <algorithm>
#include <string>

namespace kvrun::fuzz {
namespace {

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// The same reference, written as kv:// or https:// has it.
std::string written(const config::SecretReference& reference) {
  std::string text = reference.vault.empty() ? ""
                     : reference.url         ? "https://" + reference.vault + "/secrets/"
                                             : "kv://" + reference.vault + "/";
  text += reference.name;
  text += reference.version.empty() ? "" : "/" + reference.version;
  return text + (reference.pointer.empty() ? "" : "#" + reference.pointer);
}

// What is taken is made of characters that are safe in a URL and in a message.
void require_plain_vault(std::string_view vault) {
  require(std::all_of(vault.begin(), vault.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
           c == '.' || c == ':' || c == '[' || c == ']';
  }));
}

} // namespace

void run(std::string_view text) {
  static_cast<void>(config::looks_like_reference(text));
  try {
    const config::SecretReference reference = config::parse_reference(text);
    require(config::is_secret_name(reference.name));
    require(reference.version.empty() ||
            (reference.version.size() == 32 && is_hex(reference.version)));
    require(reference.pointer.empty() || reference.pointer.front() == '/');
    require_plain_vault(reference.vault);
    require(config::parse_reference(written(reference)) == reference);
  } catch (const config::ReferenceError&) { // the usual end
  }
  try {
    const config::VaultText vault = config::parse_vault(text);
    require(!vault.vault.empty());
    require_plain_vault(vault.vault);
  } catch (const config::ReferenceError&) { // the usual end
  }
}

} // namespace kvrun::fuzz
