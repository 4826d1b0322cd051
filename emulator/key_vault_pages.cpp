// SPDX-License-Identifier: MIT
#include "base/text.hpp"
#include "emulator/key_vault.hpp"
#include "emulator/secret_json.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::emulator {
namespace {

std::optional<Page> page_of(const Request& request) {
  return parse_page(request.parameter("maxresults"), request.parameter("$skiptoken"));
}

std::string bad_page() {
  return error_body("BadParameter",
                    "The request URI contains an invalid value for maxresults or $skiptoken.");
}

// The real one keeps the port (key-vault.md §1.4).
std::string next_link(const Request& request,
                      const VaultAddress& address,
                      std::string_view path,
                      std::string_view marker) {
  const std::string* size = request.parameter("maxresults");
  return fmt::format("\"https://{}:443{}?api-version={}&$skiptoken={}{}{}\"",
                     address.host,
                     path,
                     *request.parameter("api-version"),
                     skip_token(marker),
                     size == nullptr ? "" : "&maxresults=",
                     size == nullptr ? "" : *size);
}

std::string list_body(const std::vector<std::string>& items, std::string_view link) {
  return fmt::format(R"({{"value":[{}],"nextLink":{}}})", fmt::join(items, ","), link);
}

} // namespace

Answer KeyVault::list(const Call& call) const {
  const std::optional<Page> page = page_of(call.request);
  if (!page) {
    return reply(call.request, 400, bad_page());
  }
  const bool deleted = call.target.kind == VaultTarget::Kind::deleted_secrets;
  std::vector<const Secret*> found = call.vault.list(
      deleted ? SecretState::deleted : SecretState::active, page->marker, page->size, call.now);
  std::string link = "null";
  if (found.size() > page->size) {
    link = next_link(call.request,
                     call.address,
                     deleted ? "/deletedsecrets" : "/secrets",
                     lower(found.back()->name));
    found.pop_back();
  }
  std::vector<std::string> items;
  items.reserve(found.size());
  for (const Secret* secret : found) {
    items.push_back(deleted ? deleted_item(call.address.host, *secret)
                            : secret_item(call.address.host, *secret));
  }
  return reply(call.request, 200, list_body(items, link));
}

Answer KeyVault::list_versions(const Call& call) const {
  const std::optional<Page> page = page_of(call.request);
  if (!page) {
    return reply(call.request, 400, bad_page());
  }
  std::vector<std::string> items;
  std::string link = "null";
  if (call.vault.state(call.target.name, call.now) == SecretState::active) {
    const Secret& secret = *call.vault.find(call.target.name);
    auto at = std::find_if(secret.versions.rbegin(), secret.versions.rend(), [&](const auto& each) {
      return page->marker.empty() || each.id == page->marker;
    });
    for (; at != secret.versions.rend() && items.size() < page->size; ++at) {
      items.push_back(version_item(call.address.host, secret, *at));
    }
    if (at != secret.versions.rend()) {
      link = next_link(
          call.request, call.address, fmt::format("/secrets/{}/versions", secret.name), at->id);
    }
  }
  return reply(call.request, 200, list_body(items, link));
}

} // namespace kvrun::emulator
