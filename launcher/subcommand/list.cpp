// SPDX-License-Identifier: MIT
#include "launcher/plan.hpp"
#include "launcher/report_json.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/subcommand.hpp"
#include "launcher/subcommand/vault_listing.hpp"
#include "launcher/timestamp.hpp"

#include <fmt/format.h>

namespace kvrun::launcher {

namespace {

std::string state_of(const azure::SecretItem& item, std::int64_t now) {
  std::string state = item.enabled ? "enabled" : "disabled";
  if (item.expires && *item.expires <= now) {
    state += ", expired";
  } else if (item.not_before && *item.not_before > now) {
    state += ", not yet valid";
  }
  return state;
}

std::string as_table(const std::vector<azure::SecretItem>& items, std::int64_t now) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(items.size());
  for (const azure::SecretItem& item : items) {
    rows.push_back({item.name,
                    state_of(item, now),
                    item.expires ? timestamp(*item.expires) : "-",
                    item.content_type.empty() ? "-" : item.content_type});
  }
  return aligned(rows);
}

std::string
as_json(const std::string& vault, const std::vector<azure::SecretItem>& items, std::int64_t now) {
  std::string list;
  for (const azure::SecretItem& item : items) {
    list += fmt::format("{}\n    {{ \"name\": {}, \"state\": {}, \"enabled\": {}, \"not_before\": "
                        "{}, \"expires\": {}, \"content_type\": {}, \"managed\": {} }}",
                        list.empty() ? "" : ",",
                        json_text(item.name),
                        json_text(state_of(item, now)),
                        item.enabled,
                        json_time(item.not_before),
                        json_time(item.expires),
                        item.content_type.empty() ? "null" : json_text(item.content_type),
                        item.managed);
  }
  return fmt::format("{{\n  \"vault\": {},\n  \"secrets\": [{}{}]\n}}\n",
                     json_text(vault),
                     list,
                     list.empty() ? "" : "\n  ");
}

} // namespace

int list(const Invocation& invocation, RunRecord& record) {
  const Settings settings = settings_of(invocation);
  const std::vector<azure::SecretItem> items = list_default_vault(invocation, settings, record);
  const std::int64_t now = unix_now();
  write_stdout(invocation.options.format ? as_json(default_vault(settings).label, items, now)
                                         : as_table(items, now));
  return 0;
}

} // namespace kvrun::launcher
