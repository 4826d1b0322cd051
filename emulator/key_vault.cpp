// SPDX-License-Identifier: MIT
#include "emulator/key_vault.hpp"

#include "base/text.hpp"
#include "emulator/random.hpp"
#include "emulator/secret_json.hpp"
#include "emulator/secret_name.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::emulator {
namespace {

using Kind = VaultTarget::Kind;

std::string bad_parameter(std::string_view message) {
  return error_body("BadParameter", message);
}

std::optional<std::string_view> bearer(const Request& request) {
  const std::string* header = request.header("Authorization");
  constexpr std::string_view scheme = "bearer ";
  if (header == nullptr ||
      !equal_without_case(std::string_view(*header).substr(0, scheme.size()), scheme)) {
    return std::nullopt;
  }
  return trim(std::string_view(*header).substr(scheme.size()));
}

// What the service shows of a name that it refuses. Bytes that JSON cannot hold stay encoded.
std::string shown(const std::string& part, const Request& request) {
  const bool plain =
      std::all_of(part.begin(), part.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? part : request.path;
}

// The 400 for a request that says nothing sensible; "" when it does.
std::string bad_request(const Request& request, const VaultTarget& target) {
  const std::string* version = request.parameter("api-version");
  if (version == nullptr) {
    return bad_parameter("api-version must be specified");
  }
  if (!is_known_api_version(*version)) {
    return bad_parameter(fmt::format("The specified version ({}) is not recognized. Consider using "
                                     "the latest supported version (7.4).",
                                     one_line(*version)));
  }
  const bool named = target.kind != Kind::secrets && target.kind != Kind::deleted_secrets &&
                     target.kind != Kind::restore && target.kind != Kind::unknown;
  if (named && !is_secret_name(target.name)) {
    return bad_parameter(
        fmt::format("The request URI contains an invalid name: {}", shown(target.name, request)));
  }
  if (!target.version.empty() && !is_secret_name(target.version)) {
    return bad_parameter(fmt::format("The request URI contains an invalid version: {}",
                                     shown(target.version, request)));
  }
  return {};
}

bool is_read(const Request& request) {
  return request.method == "GET";
}

} // namespace

KeyVault::KeyVault(const Seed& seed,
                   const TokenIssuer& issuer,
                   Clock clock,
                   Vault::NewVersion new_version)
    : seed_(seed), issuer_(issuer), clock_(std::move(clock)), started_(clock_()),
      new_version_(std::move(new_version)), limiter_(seed.limit) {}

std::string KeyVault::random_version() {
  return random_hex(16);
}

bool KeyVault::exists(const VaultAddress& address) const {
  return seed_.has_vault(address.name, address.host);
}

Vault& KeyVault::vault(const VaultAddress& address) {
  auto found = vaults_.find(address.host);
  if (found == vaults_.end()) {
    found = vaults_.try_emplace(address.host, seed_.propagation, new_version_).first;
    for (const SeedVault& seeded : seed_.vaults.value_or(std::vector<SeedVault>())) {
      if (seeded.name == address.host || seeded.name == address.name) {
        for (const SeedSecret& secret : seeded.secrets) {
          found->second.add(secret, started_);
        }
      }
    }
  }
  return found->second;
}

Answer KeyVault::answer(const Request& request, const VaultAddress& address) {
  const VaultTarget target = parse_vault_target(request.method, request.path);
  if (target.kind == Kind::health && is_read(request)) {
    return reply(request, 200, "null");
  }
  const auto token = bearer(request);
  const std::optional<Claims> claims = token ? issuer_.read(*token) : std::nullopt;
  const std::string tenant = tenant_of(address);
  const ErrorSubject subject = subject_of(request, address, target, claims, tenant);
  if (std::string body = refusal(claims, token.has_value(), subject); !body.empty()) {
    return unauthorized(request, address, tenant, std::move(body));
  }
  const Time now = clock_();
  if (is_read(request) && !limiter_.admit(address.host, now)) {
    Answer throttled = reply(request, 429, throttled_body("VaultRequestTypeLimitReached"));
    throttled.reason = "";
    return throttled;
  }
  if (std::string body = bad_request(request, target); !body.empty()) {
    return reply(request, 400, std::move(body));
  }
  const std::scoped_lock lock(mutex_);
  Call call{request, address, target, vault(address), now};
  return dispatch(call);
}

Answer KeyVault::dispatch(Call& call) const {
  const std::string& method = call.request.method;
  const auto is = [&](Kind kind, std::string_view wanted) {
    return call.target.kind == kind && method == wanted;
  };
  try {
    // clang-format off
    if (is(Kind::secret, "GET"))            { return get(call); }
    if (is(Kind::secrets, "GET"))           { return list(call); }
    if (is(Kind::deleted_secrets, "GET"))   { return list(call); }
    if (is(Kind::versions, "GET"))          { return list_versions(call); }
    if (is(Kind::deleted_secret, "GET"))    { return get_deleted(call); }
    if (is(Kind::secret, "PATCH"))          { return update(call); }
    if (is(Kind::backup, "POST"))           { return backup(call); }
    if (is(Kind::restore, "POST"))          { return restore(call); }
    if (is(Kind::recover, "POST"))          { return recover(call); }
    if (is(Kind::deleted_secret, "DELETE")) { return purge(call); }
    // clang-format on
    if (call.target.version.empty()) {
      if (is(Kind::secret, "PUT")) {
        return set(call);
      }
      if (is(Kind::secret, "DELETE")) {
        return remove(call);
      }
    }
  } catch (const BadBody& error) {
    return reply(call.request, 400, bad_parameter(error.what()));
  }
  if (call.target.kind == Kind::unknown) {
    return reply(
        call.request, 404, error_body("NotFound", "The requested resource was not found."));
  }
  return reply(
      call.request,
      405,
      error_body("MethodNotAllowed",
                 fmt::format("The requested resource does not support http method '{}'.", method)));
}

Answer KeyVault::get(const Call& call) const {
  const Secret* secret = call.vault.find(call.target.name);
  const bool active = call.vault.state(call.target.name, call.now) == SecretState::active;
  const Version* version = active ? secret->version(call.target.version) : nullptr;
  if (version == nullptr) {
    return not_found(call);
  }
  if (!version->attributes.enabled) {
    return reply(call.request,
                 403,
                 error_body("Forbidden",
                            "Operation get is not allowed on a disabled secret.",
                            "SecretDisabled"));
  }
  return reply(
      call.request, 200, secret_bundle(call.address.host, *secret, *version, WithValue::yes));
}

Answer KeyVault::set(Call& call) const {
  const Change change = parse_change(call.request.body);
  if (!change.value) {
    throw BadBody("Property  has invalid value");
  }
  if (auto refused = conflict(call)) {
    return std::move(*refused);
  }
  const Secret& secret = call.vault.set(call.target.name, change, call.now);
  return reply(
      call.request, 200, secret_bundle(call.address.host, secret, secret.latest(), WithValue::yes));
}

Answer KeyVault::update(Call& call) const {
  Change change = parse_change(call.request.body);
  change.value.reset(); // the value of a version never changes
  if (call.vault.state(call.target.name, call.now) != SecretState::active) {
    return not_found(call);
  }
  const Version* version =
      call.vault.update(call.target.name, call.target.version, change, call.now);
  if (version == nullptr) {
    return not_found(call);
  }
  const Secret& secret = *call.vault.find(call.target.name);
  return reply(
      call.request, 200, secret_bundle(call.address.host, secret, *version, WithValue::no));
}

Answer KeyVault::remove(Call& call) const {
  if (call.vault.state(call.target.name, call.now) != SecretState::active) {
    return not_found(call);
  }
  call.vault.remove(call.target.name, call.now);
  return reply(
      call.request, 200, deleted_bundle(call.address.host, *call.vault.find(call.target.name)));
}

Answer KeyVault::backup(const Call& call) const {
  if (call.vault.state(call.target.name, call.now) != SecretState::active) {
    return not_found(call);
  }
  return reply(call.request,
               200,
               fmt::format(R"({{"value":"{}"}})", backup_blob(*call.vault.find(call.target.name))));
}

Answer KeyVault::restore(Call& call) const {
  Secret restored = parse_backup(parse_restore(call.request.body));
  if (call.vault.find(restored.name) != nullptr) {
    return reply(call.request, 409, conflict_body({}, restored.name));
  }
  const Secret& secret = call.vault.restore(std::move(restored));
  return reply(
      call.request, 200, secret_bundle(call.address.host, secret, secret.latest(), WithValue::no));
}

Answer KeyVault::get_deleted(const Call& call) const {
  if (call.vault.state(call.target.name, call.now) != SecretState::deleted) {
    return reply(call.request, 404, deleted_not_found_body(call.target.name));
  }
  return reply(
      call.request, 200, deleted_bundle(call.address.host, *call.vault.find(call.target.name)));
}

Answer KeyVault::recover(Call& call) const {
  const SecretState state = call.vault.state(call.target.name, call.now);
  if (state == SecretState::being_deleted) {
    return *conflict(call);
  }
  if (state != SecretState::deleted) {
    return reply(call.request, 404, deleted_not_found_body(call.target.name));
  }
  call.vault.recover(call.target.name, call.now);
  const Secret& secret = *call.vault.find(call.target.name);
  return reply(
      call.request, 200, secret_bundle(call.address.host, secret, secret.latest(), WithValue::no));
}

Answer KeyVault::purge(Call& call) const {
  const SecretState state = call.vault.state(call.target.name, call.now);
  if (state == SecretState::being_deleted) {
    return *conflict(call);
  }
  if (state != SecretState::deleted) {
    return reply(call.request, 404, deleted_not_found_body(call.target.name));
  }
  call.vault.purge(call.target.name);
  return reply(call.request, 204, {});
}

} // namespace kvrun::emulator
