// SPDX-License-Identifier: MIT
#include "emulator/seed.hpp"

#include "base/text.hpp"
#include "emulator/clouds.hpp"
#include "emulator/secret_name.hpp"
#include "emulator/seed_faults.hpp"
#include "emulator/seed_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace kvrun::emulator {
namespace {

constexpr std::array<std::string_view, 7> k_seed_keys{
    "vaults", "latency", "limit", "faults", "tenants", "propagation", "token-life"};
constexpr std::array<std::string_view, 8> k_secret_keys{
    "value", "version", "enabled", "expires", "not-before", "content-type", "tags", "versions"};
constexpr std::array<std::string_view, 7> k_version_keys{
    "value", "version", "enabled", "expires", "not-before", "content-type", "tags"};
constexpr std::array<std::string_view, 2> k_limit_keys{"reads", "per"};

std::string parse_version(const yaml::Node& node, SeedReader& reader) {
  std::string text = reader.text(node, "version");
  if (node.kind == yaml::Node::Kind::scalar && !is_version(text)) {
    reader.problems().add(node.place, "'version' is 32 hexadecimal digits");
  }
  return lower(text);
}

Fields parse_texts(const yaml::Node& node, std::string_view what, SeedReader& reader) {
  Fields texts;
  if (reader.mapping(node, fmt::format("'{}'", what))) {
    for (const yaml::Member& member : node.members) {
      texts.emplace_back(member.key, reader.text(member.value, member.key));
    }
  }
  return texts;
}

SeedVersion version_of(const std::string& value) {
  SeedVersion made;
  made.value = value;
  return made;
}

// Everything but `versions`.
SeedVersion parse_fields(const yaml::Node& node, SeedReader& reader) {
  SeedVersion made;
  if (const yaml::Node* value = node.find("value")) {
    made.value = reader.text(*value, "value");
  } else {
    reader.problems().add(node.place, "a secret without 'value'");
  }
  if (made.value.size() > k_largest_value) {
    reader.problems().add(node.place, "a value of more than 25,600 bytes");
  }
  if (const yaml::Node* version = node.find("version")) {
    made.version = parse_version(*version, reader);
  }
  if (const yaml::Node* enabled = node.find("enabled")) {
    made.enabled = reader.boolean(*enabled, "enabled", true);
  }
  if (const yaml::Node* expires = node.find("expires")) {
    made.expires = reader.date(*expires, "expires");
  }
  if (const yaml::Node* not_before = node.find("not-before")) {
    made.not_before = reader.date(*not_before, "not-before");
  }
  if (const yaml::Node* type = node.find("content-type")) {
    made.content_type = reader.text(*type, "content-type");
  }
  if (const yaml::Node* tags = node.find("tags")) {
    made.tags = parse_texts(*tags, "tags", reader);
  }
  return made;
}

void parse_older(const yaml::Node& node, SeedSecret& secret, SeedReader& reader) {
  if (!reader.sequence(node, "versions")) {
    return;
  }
  for (const yaml::Node& item : node.items) {
    if (item.kind == yaml::Node::Kind::scalar) {
      secret.versions.push_back(version_of(item.text));
    } else if (reader.mapping(item, "a version", k_version_keys)) {
      secret.versions.push_back(parse_fields(item, reader));
    }
  }
}

void check_versions(const SeedSecret& secret, const Place& place, Problems& problems) {
  std::set<std::string> seen;
  for (const SeedVersion& version : secret.versions) {
    if (!version.version.empty() && !seen.insert(version.version).second) {
      problems.add(place, fmt::format("two versions of '{}' with one name", secret.name));
    }
  }
}

SeedSecret parse_secret(const yaml::Member& member, SeedReader& reader) {
  SeedSecret secret{member.key, {}};
  const yaml::Node& node = member.value;
  if (!is_secret_name(member.key)) {
    reader.problems().add(member.place,
                          fmt::format("'{}' is no name of a secret", one_line(member.key, 80)),
                          "1 to 127 letters, digits and hyphens");
  }
  if (node.kind == yaml::Node::Kind::scalar) {
    secret.versions.push_back(version_of(node.text));
    if (node.text.size() > k_largest_value) {
      reader.problems().add(node.place, "a value of more than 25,600 bytes");
    }
  } else if (node.kind != yaml::Node::Kind::mapping) {
    reader.problems().add(
        node.place,
        fmt::format("secret '{}' is text or a mapping, not {}", member.key, yaml::describe(node)));
  } else if (reader.mapping(node, "a secret", k_secret_keys)) {
    if (const yaml::Node* versions = node.find("versions")) {
      parse_older(*versions, secret, reader);
    }
    secret.versions.push_back(parse_fields(node, reader));
    check_versions(secret, member.place, reader.problems());
  }
  return secret;
}

bool is_vault(std::string_view name) {
  return is_vault_name(name) || vault_address(lower(name)).has_value();
}

void check_vault_name(const yaml::Member& member, Problems& problems) {
  if (!is_vault(member.key)) {
    problems.add(member.place,
                 fmt::format("'{}' is no name of a vault", one_line(member.key, 80)),
                 "3 to 24 letters, digits and single hyphens, or a host such as "
                 "contoso.vault.azure.cn");
  }
}

SeedVault parse_vault(const yaml::Member& member, SeedReader& reader) {
  SeedVault vault{lower(member.key), {}};
  check_vault_name(member, reader.problems());
  if (member.value.kind == yaml::Node::Kind::null) {
    return vault;
  }
  if (!reader.mapping(member.value, fmt::format("vault '{}'", member.key))) {
    return vault;
  }
  std::set<std::string> names;
  for (const yaml::Member& secret : member.value.members) {
    if (!names.insert(lower(secret.key)).second) {
      reader.problems().add(secret.place,
                            fmt::format("'{}' twice: names compare without case", secret.key));
    }
    vault.secrets.push_back(parse_secret(secret, reader));
  }
  return vault;
}

std::vector<SeedVault> parse_vaults(const yaml::Node& node, SeedReader& reader) {
  std::vector<SeedVault> vaults;
  if (reader.mapping(node, "'vaults'")) {
    std::set<std::string> names;
    for (const yaml::Member& member : node.members) {
      if (!names.insert(lower(member.key)).second) {
        reader.problems().add(member.place,
                              fmt::format("'{}' twice: names compare without case", member.key));
      }
      vaults.push_back(parse_vault(member, reader));
    }
  }
  return vaults;
}

std::optional<Limit> parse_limit(const yaml::Node& node, SeedReader& reader) {
  if (!reader.mapping(node, "'limit'", k_limit_keys)) {
    return std::nullopt;
  }
  const yaml::Node* reads = node.find("reads");
  const yaml::Node* per = node.find("per");
  if (reads == nullptr || per == nullptr) {
    reader.problems().add(node.place, "'limit' needs 'reads' and 'per'");
    return std::nullopt;
  }
  const auto count = reader.integer(*reads, "reads", 0, 1'000'000'000);
  const auto window = reader.duration(*per, "per");
  if (window && *window <= Milliseconds::zero()) {
    reader.problems().add(per->place, "'per' is longer than nothing");
  }
  return count && window ? std::optional(Limit{static_cast<int>(*count), *window}) : std::nullopt;
}

std::map<std::string, std::string> parse_tenants(const yaml::Node& node, SeedReader& reader) {
  std::map<std::string, std::string> tenants;
  if (reader.mapping(node, "'tenants'")) {
    for (const yaml::Member& member : node.members) {
      check_vault_name(member, reader.problems());
      const std::string tenant = lower(reader.text(member.value, member.key));
      if (member.value.kind == yaml::Node::Kind::scalar && !is_uuid(tenant)) {
        reader.problems().add(member.value.place, "a tenant is a UUID");
      }
      tenants.emplace(lower(member.key), tenant);
    }
  }
  return tenants;
}

void parse_top(const yaml::Node& node, Seed& seed, SeedReader& reader) {
  if (const yaml::Node* vaults = node.find("vaults")) {
    seed.vaults = parse_vaults(*vaults, reader);
  }
  if (const yaml::Node* latency = node.find("latency")) {
    seed.latency = reader.duration(*latency, "latency").value_or(seed.latency);
  }
  if (const yaml::Node* propagation = node.find("propagation")) {
    seed.propagation = reader.duration(*propagation, "propagation").value_or(seed.propagation);
  }
  if (const yaml::Node* limit = node.find("limit")) {
    seed.limit = parse_limit(*limit, reader);
  }
  if (const yaml::Node* tenants = node.find("tenants")) {
    seed.tenants = parse_tenants(*tenants, reader);
  }
  if (const yaml::Node* life = node.find("token-life")) {
    if (const auto parsed = reader.duration(*life, "token-life")) {
      seed.token_life = std::chrono::floor<std::chrono::seconds>(*parsed).count();
    }
  }
  if (const yaml::Node* faults = node.find("faults")) {
    seed.faults = parse_faults(*faults, reader);
  }
}

} // namespace

bool Seed::has_vault(std::string_view name, std::string_view host) const {
  return !vaults || std::any_of(vaults->begin(), vaults->end(), [&](const SeedVault& vault) {
    return vault.name == name || vault.name == host;
  });
}

Seed parse_seed(std::string_view text, const std::string& file, Problems& problems) {
  Seed seed;
  const std::optional<yaml::Node> root = yaml::parse(text, file, problems);
  SeedReader reader(problems);
  if (root && root->kind != yaml::Node::Kind::null &&
      reader.mapping(*root, "a seed", k_seed_keys)) {
    parse_top(*root, seed, reader);
  }
  return seed;
}

} // namespace kvrun::emulator
