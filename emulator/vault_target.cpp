// SPDX-License-Identifier: MIT
#include "emulator/vault_target.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "emulator/http_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace kvrun::emulator {
namespace {

// key-vault.md §1.1, interop.md §1.
constexpr std::array<std::string_view, 24> k_api_versions{"2015-06-01",
                                                          "2016-10-01",
                                                          "7.0-preview",
                                                          "7.0",
                                                          "7.1-preview",
                                                          "7.1",
                                                          "7.2-preview",
                                                          "7.2",
                                                          "7.3-preview",
                                                          "7.3",
                                                          "7.4-preview.1",
                                                          "7.4",
                                                          "7.5-preview.1",
                                                          "7.5",
                                                          "7.6-preview.1",
                                                          "7.6-preview.2",
                                                          "7.6",
                                                          "2025-06-01-preview",
                                                          "2025-07-01",
                                                          "2026-01-01-preview",
                                                          "2026-03-01-preview",
                                                          "2026-04-01",
                                                          "2026-05-01-preview",
                                                          "2026-07-01-preview"};

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  for (const std::string_view segment : split(path, '/')) {
    segments.push_back(percent_decode(segment));
  }
  segments.erase(segments.begin()); // before the first slash
  // The C++ SDK asks for the latest version with an encoded slash (key-vault.md §1.2).
  if (segments.size() > 1 && (segments.back().empty() || segments.back() == "/")) {
    segments.pop_back();
  }
  return segments;
}

VaultTarget secret_target(std::string_view method, const std::vector<std::string>& segments) {
  using Kind = VaultTarget::Kind;
  if (segments.size() == 2) {
    const bool restoring = method == "POST" && equal_without_case(segments[1], "restore");
    return {restoring ? Kind::restore : Kind::secret, segments[1], {}};
  }
  if (equal_without_case(segments[2], "versions")) {
    return {Kind::versions, segments[1], {}};
  }
  if (equal_without_case(segments[2], "backup")) {
    return {Kind::backup, segments[1], {}};
  }
  return {Kind::secret, segments[1], segments[2]};
}

VaultTarget deleted_target(const std::vector<std::string>& segments) {
  using Kind = VaultTarget::Kind;
  if (segments.size() == 2) {
    return {Kind::deleted_secret, segments[1], {}};
  }
  const bool recovering = equal_without_case(segments[2], "recover");
  return {recovering ? Kind::recover : Kind::unknown, segments[1], {}};
}

} // namespace

VaultTarget parse_vault_target(std::string_view method, std::string_view path) {
  using Kind = VaultTarget::Kind;
  if (!path.starts_with('/')) {
    return {};
  }
  const std::vector<std::string> segments = segments_of(path);
  if (segments.empty() || segments.size() > 3) {
    return {};
  }
  if (equal_without_case(segments[0], "secrets")) {
    return segments.size() == 1 ? VaultTarget{Kind::secrets, {}, {}}
                                : secret_target(method, segments);
  }
  if (equal_without_case(segments[0], "deletedsecrets")) {
    return segments.size() == 1 ? VaultTarget{Kind::deleted_secrets, {}, {}}
                                : deleted_target(segments);
  }
  const bool health = segments.size() == 1 && equal_without_case(segments[0], "healthstatus");
  return {health ? Kind::health : Kind::unknown, {}, {}};
}

bool is_known_api_version(std::string_view version) {
  return std::find(k_api_versions.begin(), k_api_versions.end(), version) != k_api_versions.end();
}

std::optional<Page> parse_page(const std::string* max_results, const std::string* token) {
  constexpr std::size_t most = 25;
  Page page;
  if (max_results != nullptr) {
    const char* end = max_results->data() + max_results->size();
    const auto [at, error] = std::from_chars(max_results->data(), end, page.size);
    if (error != std::errc() || at != end || page.size < 1 || page.size > most) {
      return std::nullopt;
    }
  }
  if (token == nullptr) {
    return page;
  }
  const auto text = decode_base64(*token);
  if (!text) {
    return std::nullopt;
  }
  try {
    const json::Document document = json::Document::parse(text->reveal());
    const std::string_view marker = document.root().string("NextMarker");
    const auto name = decode_base64(marker.substr(marker.rfind('!') + 1));
    if (!name || name->empty()) {
      return std::nullopt;
    }
    page.marker = std::string(name->reveal());
    return page;
  } catch (const json::ParseError&) {
    return std::nullopt;
  }
}

std::string skip_token(std::string_view marker) {
  return encode_base64url(fmt::format(
      R"({{"NextMarker":"2!{}!{}","TargetLocation":0}})", marker.size(), encode_base64url(marker)));
}

} // namespace kvrun::emulator
