// SPDX-License-Identifier: MIT
#include "azure/identity/source.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace kvrun::azure {

namespace {

using Select = IdentitySetting::Select;

constexpr std::array<std::string_view, 15> k_kinds{"auto",
                                                   "cloud-shell",
                                                   "vm",
                                                   "app-service",
                                                   "azure-ml",
                                                   "arc",
                                                   "service-fabric",
                                                   "workload",
                                                   "client-secret",
                                                   "client-certificate",
                                                   "azure-pipelines",
                                                   "github",
                                                   "azure-cli",
                                                   "azure-developer-cli",
                                                   "token-file"};

constexpr std::array k_selectors{
    std::pair{std::string_view("client-id:"), Select::client_id},
    std::pair{std::string_view("object-id:"), Select::object_id},
    std::pair{std::string_view("resource-id:"), Select::resource_id},
};

// No message shows what was given: it may be a secret that was put in the wrong place.
[[noreturn]] void fail(std::string message, std::string hint) {
  throw Error(ErrorKind::usage, std::move(message), std::move(hint));
}

bool takes_path(std::string_view kind) {
  return kind == "client-certificate" || kind == "token-file";
}

void check_kind(std::string_view kind) {
  if (std::find(k_kinds.begin(), k_kinds.end(), kind) != k_kinds.end()) {
    return;
  }
  const auto near = nearest(kind, k_kinds);
  fail("identity: unknown kind",
       near ? fmt::format("did you mean '{}'?", *near)
            : fmt::format("the kinds are {}", fmt::join(k_kinds, ", ")));
}

bool is_id(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool is_resource_id(std::string_view text) {
  return text.starts_with('/') &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

IdentitySetting parse_path(std::string_view kind, std::string_view path) {
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    fail(fmt::format("identity '{}' has no path after '='", kind), "");
  }
  return {std::string(kind), Select::path, std::string(path)};
}

IdentitySetting parse_form(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string_view kind = text.substr(0, equals);
  check_kind(kind);
  if (equals == text.size()) {
    if (kind == "token-file") {
      fail("identity 'token-file' needs a path", "write token-file=PATH");
    }
    return {std::string(kind), Select::none, {}};
  }
  const std::string_view selector = text.substr(equals + 1);
  if (takes_path(kind)) {
    return parse_path(kind, selector);
  }
  if (selector == "system") {
    return {std::string(kind), Select::system, {}};
  }
  for (const auto& [prefix, select] : k_selectors) {
    if (!selector.starts_with(prefix)) {
      continue;
    }
    const std::string_view value = selector.substr(prefix.size());
    const bool good = select == Select::resource_id ? is_resource_id(value) : is_id(value);
    if (value.empty() || !good) {
      fail(fmt::format("identity '{}': what stands after '{}' is no such id", kind, prefix), "");
    }
    return {std::string(kind), select, std::string(value)};
  }
  fail(fmt::format("identity '{}': unknown selector after '='", kind),
       "a selector is system, client-id:ID, object-id:ID or resource-id:ID");
}

} // namespace

std::span<const std::string_view> identity_kinds() {
  return k_kinds;
}

IdentitySetting IdentitySetting::parse(std::string_view text) {
  IdentitySetting setting = parse_form(text);
  if (setting.kind != "auto") { // which source that is, is not known yet
    check_selector(setting.kind, setting.select);
  }
  return setting;
}

} // namespace kvrun::azure
