// SPDX-License-Identifier: MIT
#include "emulator/store.hpp"

#include "base/text.hpp"
#include "emulator/openssl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kvrun::emulator {
namespace {

void apply(const Change& change, Version& version, std::int64_t now) {
  if (change.value) {
    version.value = *change.value;
  }
  if (change.content_type) {
    version.content_type = change.content_type;
  }
  if (change.tags) {
    version.tags = *change.tags;
  }
  version.attributes.enabled = change.enabled.value_or(version.attributes.enabled);
  if (change.not_before) {
    version.attributes.not_before = change.not_before;
  }
  if (change.expires) {
    version.attributes.expires = change.expires;
  }
  version.attributes.updated = now;
}

SecretState state_of(const Secret& secret, Milliseconds propagation, Time now) {
  if (secret.deleted) {
    return now < *secret.deleted + propagation ? SecretState::being_deleted : SecretState::deleted;
  }
  return secret.recovered && now < *secret.recovered + propagation ? SecretState::being_recovered
                                                                   : SecretState::active;
}

} // namespace

const Version* Secret::version(std::string_view id) const {
  if (id.empty()) {
    return &latest();
  }
  const auto found = std::find_if(versions.begin(), versions.end(), [&](const Version& version) {
    return equal_without_case(version.id, id);
  });
  return found == versions.end() ? nullptr : &*found;
}

Vault::Vault(Milliseconds propagation, NewVersion new_version)
    : propagation_(propagation), new_version_(std::move(new_version)) {}

void Vault::add(const SeedSecret& secret, Time now) {
  Secret made{secret.name, {}, {}, {}};
  auto age = static_cast<std::int64_t>(secret.versions.size());
  for (std::size_t i = 0; i < secret.versions.size(); ++i, --age) {
    const SeedVersion& version = secret.versions[i];
    const std::int64_t created = unix_seconds(now) - (age - 1);
    made.versions.push_back(
        {.id = version.version.empty() ? seeded_version(secret.name, i) : version.version,
         .value = version.value,
         .content_type = version.content_type,
         .attributes = {version.enabled, version.not_before, version.expires, created, created},
         .tags = version.tags});
  }
  secrets_.insert_or_assign(lower(secret.name), std::move(made));
}

SecretState Vault::state(std::string_view name, Time now) const {
  const Secret* secret = find(name);
  return secret == nullptr ? SecretState::absent : state_of(*secret, propagation_, now);
}

const Secret* Vault::find(std::string_view name) const {
  const auto found = secrets_.find(lower(name));
  return found == secrets_.end() ? nullptr : &found->second;
}

std::vector<const Secret*>
Vault::list(SecretState state, std::string_view marker, std::size_t count, Time now) const {
  std::vector<const Secret*> page;
  for (auto at = secrets_.lower_bound(marker); at != secrets_.end() && page.size() <= count; ++at) {
    if (state_of(at->second, propagation_, now) == state) {
      page.push_back(&at->second);
    }
  }
  return page;
}

const Secret& Vault::set(std::string_view name, const Change& change, Time now) {
  Secret& secret =
      secrets_.try_emplace(lower(name), Secret{std::string(name), {}, {}, {}}).first->second;
  Version version{
      .id = new_version_(), .value = {}, .content_type = {}, .attributes = {}, .tags = {}};
  apply(change, version, unix_seconds(now));
  version.attributes.created = version.attributes.updated;
  secret.versions.push_back(std::move(version));
  return secret;
}

const Version*
Vault::update(std::string_view name, std::string_view version, const Change& change, Time now) {
  Secret* secret = get(name);
  const Version* found = secret == nullptr ? nullptr : secret->version(version);
  if (found == nullptr) {
    return nullptr;
  }
  Version& changed = secret->versions[static_cast<std::size_t>(found - secret->versions.data())];
  apply(change, changed, unix_seconds(now));
  return &changed;
}

void Vault::remove(std::string_view name, Time now) {
  if (Secret* secret = get(name)) {
    secret->deleted = now;
    secret->recovered.reset();
  }
}

void Vault::recover(std::string_view name, Time now) {
  if (Secret* secret = get(name)) {
    secret->deleted.reset();
    secret->recovered = now;
  }
}

void Vault::purge(std::string_view name) {
  secrets_.erase(lower(name));
}

const Secret& Vault::restore(Secret secret) {
  std::string key = lower(secret.name);
  return secrets_.insert_or_assign(std::move(key), std::move(secret)).first->second;
}

Secret* Vault::get(std::string_view name) {
  const auto found = secrets_.find(lower(name));
  return found == secrets_.end() ? nullptr : &found->second;
}

std::string seeded_version(std::string_view secret, std::size_t index) {
  const std::string text = fmt::format("{}/{}", lower(secret), index);
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  require(EVP_Digest(text.data(), text.size(), bytes.data(), nullptr, EVP_sha256(), nullptr) == 1,
          "digesting");
  std::string id;
  for (std::size_t i = 0; i < 16; ++i) {
    id += fmt::format("{:02x}", bytes[i]);
  }
  return id;
}

} // namespace kvrun::emulator
