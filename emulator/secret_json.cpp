// SPDX-License-Identifier: MIT
#include "emulator/secret_json.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "emulator/secret_name.hpp"

#include <fmt/format.h>

#include <charconv>

namespace kvrun::emulator {
namespace {

constexpr std::int64_t k_retention = 90L * 24 * 60 * 60;
constexpr std::string_view k_backup_mark = "kvrun-emulator backup 1\n";
// The service's own text, with two blanks.
constexpr const char* k_invalid_value = "Property  has invalid value";

std::string attributes(const Attributes& set) {
  std::string text = fmt::format(R"("attributes":{{"enabled":{})", set.enabled);
  if (set.not_before) {
    text += fmt::format(R"(,"nbf":{})", *set.not_before);
  }
  if (set.expires) {
    text += fmt::format(R"(,"exp":{})", *set.expires);
  }
  return text + fmt::format(R"(,"created":{},"updated":{},"recoveryLevel":"Recoverable+Purgeable",)"
                            R"("recoverableDays":90}})",
                            set.created,
                            set.updated);
}

std::string tags(const Fields& set) {
  if (set.empty()) {
    return {};
  }
  std::string text;
  for (const auto& [name, value] : set) {
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", json::quote(name), json::quote(value));
  }
  return fmt::format(R"(,"tags":{{{}}})", text);
}

std::string content_type(const Version& version) {
  return version.content_type
             ? fmt::format(R"("contentType":{},)", json::quote(*version.content_type))
             : std::string();
}

// All but the value: content type, id, attributes, tags.
std::string described(const Version& version, const std::string& id) {
  return fmt::format(R"({}"id":"{}",{}{})",
                     content_type(version),
                     id,
                     attributes(version.attributes),
                     tags(version.tags));
}

std::string deletion(std::string_view host, const Secret& secret) {
  const std::int64_t at = secret.deleted ? unix_seconds(*secret.deleted) : 0;
  return fmt::format(R"("recoveryId":"https://{}/deletedsecrets/{}","deletedDate":{},)"
                     R"("scheduledPurgeDate":{},)",
                     host,
                     secret.name,
                     at,
                     at + k_retention);
}

std::string secret_id(std::string_view host, const Secret& secret) {
  return fmt::format("https://{}/secrets/{}", host, secret.name);
}

std::string version_id(std::string_view host, const Secret& secret, const Version& version) {
  return secret_id(host, secret) + '/' + version.id;
}

json::Document parse_json(std::string_view text) {
  try {
    return json::Document::parse(text);
  } catch (const json::ParseError&) {
    throw BadBody("Bad JSON content found.");
  }
}

bool is_absent(const json::Value* value) {
  return value == nullptr || value->kind == json::Value::Kind::null;
}

std::optional<std::string>
text_member(const json::Value& object, std::string_view name, std::size_t most) {
  const json::Value* value = object.find(name);
  if (is_absent(value)) {
    return std::nullopt;
  }
  if (value->kind != json::Value::Kind::string || value->text.size() > most) {
    throw BadBody(k_invalid_value);
  }
  return std::string(value->text);
}

std::optional<std::int64_t> seconds_member(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  if (is_absent(value)) {
    return std::nullopt;
  }
  std::int64_t seconds = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [at, error] = std::from_chars(value->text.data(), end, seconds);
  if (value->kind != json::Value::Kind::number || error != std::errc() || at != end ||
      seconds < 0) {
    throw BadBody(k_invalid_value);
  }
  return seconds;
}

std::optional<bool> boolean_member(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  if (is_absent(value)) {
    return std::nullopt;
  }
  if (value->kind != json::Value::Kind::boolean) {
    throw BadBody(k_invalid_value);
  }
  return value->text == "true";
}

const json::Value* object_member(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  if (is_absent(value)) {
    return nullptr;
  }
  if (value->kind != json::Value::Kind::object) {
    throw BadBody(k_invalid_value);
  }
  return value;
}

std::optional<Fields> tags_member(const json::Value& object) {
  constexpr std::size_t most = 15;
  constexpr std::size_t longest = 512;
  const json::Value* value = object_member(object, "tags");
  if (value == nullptr) {
    return std::nullopt;
  }
  Fields made;
  for (const json::Member& member : value->members) {
    if (member.value.kind != json::Value::Kind::string || member.name.size() > longest ||
        member.value.text.size() > longest) {
      throw BadBody(k_invalid_value);
    }
    made.emplace_back(member.name, member.value.text);
  }
  if (made.size() > most) {
    throw BadBody(k_invalid_value);
  }
  return made;
}

Change change_of(const json::Value& object) {
  constexpr std::size_t longest_content_type = 255;
  if (object.kind != json::Value::Kind::object) {
    throw BadBody("Bad JSON content found.");
  }
  Change change{.value = text_member(object, "value", k_largest_value),
                .content_type = text_member(object, "contentType", longest_content_type),
                .enabled = {},
                .not_before = {},
                .expires = {},
                .tags = tags_member(object)};
  if (const json::Value* set = object_member(object, "attributes")) {
    change.enabled = boolean_member(*set, "enabled");
    change.not_before = seconds_member(*set, "nbf");
    change.expires = seconds_member(*set, "exp");
  }
  return change;
}

Version version_of(const json::Value& object) {
  const Change change = change_of(object);
  const json::Value* set = object_member(object, "attributes");
  const std::string id(object.string("id"));
  if (!change.value || set == nullptr || id.size() < 32) {
    throw BadBody(k_invalid_value);
  }
  return {.id = id.substr(id.size() - 32),
          .value = *change.value,
          .content_type = change.content_type,
          .attributes = {change.enabled.value_or(true),
                         change.not_before,
                         change.expires,
                         seconds_member(*set, "created").value_or(0),
                         seconds_member(*set, "updated").value_or(0)},
          .tags = change.tags.value_or(Fields())};
}

} // namespace

std::string secret_bundle(std::string_view host,
                          const Secret& secret,
                          const Version& version,
                          WithValue value) {
  const std::string shown = value == WithValue::yes
                                ? fmt::format(R"("value":{},)", json::quote(version.value))
                                : std::string();
  return fmt::format("{{{}{}}}", shown, described(version, version_id(host, secret, version)));
}

std::string deleted_bundle(std::string_view host, const Secret& secret) {
  const Version& latest = secret.latest();
  return fmt::format(
      "{{{}{}}}", deletion(host, secret), described(latest, version_id(host, secret, latest)));
}

std::string secret_item(std::string_view host, const Secret& secret) {
  return fmt::format("{{{}}}", described(secret.latest(), secret_id(host, secret)));
}

std::string deleted_item(std::string_view host, const Secret& secret) {
  return fmt::format(
      "{{{}{}}}", deletion(host, secret), described(secret.latest(), secret_id(host, secret)));
}

std::string version_item(std::string_view host, const Secret& secret, const Version& version) {
  return fmt::format("{{{}}}", described(version, version_id(host, secret, version)));
}

Change parse_change(std::string_view body) {
  return change_of(parse_json(body).root());
}

std::string backup_blob(const Secret& secret) {
  std::string versions;
  for (const Version& version : secret.versions) {
    versions +=
        (versions.empty() ? "" : ",") + secret_bundle("backup", secret, version, WithValue::yes);
  }
  return encode_base64url(fmt::format(
      R"({}{{"name":{},"versions":[{}]}})", k_backup_mark, json::quote(secret.name), versions));
}

Secret parse_backup(std::string_view blob) {
  const auto bytes = decode_base64(blob);
  if (!bytes || !bytes->reveal().starts_with(k_backup_mark)) {
    throw BadBody(k_invalid_value);
  }
  const json::Document document = parse_json(bytes->reveal().substr(k_backup_mark.size()));
  Secret secret{std::string(document.root().string("name")), {}, {}, {}};
  if (const json::Value* versions = document.root().find("versions")) {
    for (const json::Value& version : versions->items) {
      secret.versions.push_back(version_of(version));
    }
  }
  if (secret.versions.empty() || !is_secret_name(secret.name)) {
    throw BadBody(k_invalid_value);
  }
  return secret;
}

std::string parse_restore(std::string_view body) {
  const json::Document document = parse_json(body);
  const json::Value* value = document.root().find("value");
  if (value == nullptr || value->kind != json::Value::Kind::string) {
    throw BadBody(k_invalid_value);
  }
  return std::string(value->text);
}

} // namespace kvrun::emulator
