// SPDX-License-Identifier: MIT
#include "emulator/seed_faults.hpp"

#include "base/text.hpp"
#include "emulator/clouds.hpp"

#include <algorithm>
#include <array>

namespace kvrun::emulator {
namespace {

constexpr std::array<std::string_view, 15> k_fault_keys{"host",
                                                        "path",
                                                        "method",
                                                        "times",
                                                        "status",
                                                        "retry-after",
                                                        "code",
                                                        "inner-code",
                                                        "body",
                                                        "headers",
                                                        "reset",
                                                        "delay",
                                                        "truncate",
                                                        "drip",
                                                        "chunked"};
constexpr std::array<std::string_view, 11> k_effects{"status",
                                                     "retry-after",
                                                     "code",
                                                     "inner-code",
                                                     "body",
                                                     "headers",
                                                     "reset",
                                                     "delay",
                                                     "truncate",
                                                     "drip",
                                                     "chunked"};
constexpr std::int64_t k_much = 1'000'000'000;

bool is_fault_host(const std::string& host) {
  return host == "identity" || host == "login" || is_vault_name(host) ||
         vault_address(host).has_value() || is_login_host(host) || host == k_arm_host ||
         host == k_github_host || host == k_pipelines_host;
}

std::size_t count(const yaml::Node* node, std::string_view what, SeedReader& reader) {
  return node == nullptr
             ? 0
             : static_cast<std::size_t>(reader.integer(*node, what, 1, k_much).value_or(0));
}

void parse_delivery(const yaml::Node& node, Fault& fault, SeedReader& reader) {
  if (const yaml::Node* delay = node.find("delay")) {
    fault.delivery.delay = reader.duration(*delay, "delay").value_or(Milliseconds(0));
  }
  if (const yaml::Node* reset = node.find("reset")) {
    fault.delivery.reset = reader.boolean(*reset, "reset", true);
  }
  if (const yaml::Node* truncate = node.find("truncate")) {
    if (const auto bytes = reader.integer(*truncate, "truncate", 0, k_much)) {
      fault.delivery.truncate = static_cast<std::size_t>(*bytes);
    }
  }
  fault.delivery.drip = count(node.find("drip"), "drip", reader);
  fault.delivery.chunked = count(node.find("chunked"), "chunked", reader);
}

void parse_subject(const yaml::Node& node, Fault& fault, SeedReader& reader) {
  if (const yaml::Node* host = node.find("host")) {
    fault.host = lower(reader.text(*host, "host"));
    if (host->kind == yaml::Node::Kind::scalar && !is_fault_host(fault.host)) {
      reader.problems().add(
          host->place, "'host' is no vault", "a vault's name or host, 'identity' or 'login'");
    }
  }
  if (const yaml::Node* path = node.find("path")) {
    fault.path = reader.text(*path, "path");
    if (path->kind == yaml::Node::Kind::scalar && !fault.path.starts_with('/')) {
      reader.problems().add(path->place, "'path' starts with '/'");
    }
  }
  if (const yaml::Node* method = node.find("method")) {
    fault.method = reader.text(*method, "method");
    std::transform(fault.method.begin(), fault.method.end(), fault.method.begin(), [](char c) {
      return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
  }
  if (const yaml::Node* times = node.find("times")) {
    if (const auto parsed = reader.integer(*times, "times", 0, k_much)) {
      fault.times = static_cast<int>(*parsed);
    }
  }
}

// A header that would end the head early is none.
bool is_header(const std::string& name, const std::string& value) {
  const auto clean = [](const std::string& text) {
    return text.find_first_of("\r\n") == std::string::npos;
  };
  return !name.empty() && name.find_first_of(" :\r\n") == std::string::npos && clean(value);
}

void parse_headers(const yaml::Node& node, Fault& fault, SeedReader& reader) {
  if (!reader.mapping(node, "'headers'")) {
    return;
  }
  for (const yaml::Member& member : node.members) {
    const std::string value = reader.text(member.value, "a header");
    if (!is_header(member.key, value)) {
      reader.problems().add(member.place, "no header");
    }
    fault.headers.emplace_back(member.key, value);
  }
}

void parse_answer(const yaml::Node& node, Fault& fault, SeedReader& reader) {
  if (const yaml::Node* status = node.find("status")) {
    if (const auto parsed = reader.integer(*status, "status", 200, 599)) {
      fault.status = static_cast<int>(*parsed);
    }
  }
  if (const yaml::Node* wait = node.find("retry-after")) {
    fault.retry_after = reader.duration(*wait, "retry-after");
  }
  if (const yaml::Node* code = node.find("code")) {
    fault.code = reader.text(*code, "code");
  }
  if (const yaml::Node* inner = node.find("inner-code")) {
    fault.inner_code = reader.text(*inner, "inner-code");
  }
  if (const yaml::Node* body = node.find("body")) {
    fault.body = reader.text(*body, "body");
    if (!fault.status) {
      fault.status = 200;
    }
  }
  if (const yaml::Node* headers = node.find("headers")) {
    parse_headers(*headers, fault, reader);
  }
}

Fault parse_fault(const yaml::Node& node, SeedReader& reader) {
  Fault fault;
  if (!reader.mapping(node, "a fault", k_fault_keys)) {
    return fault;
  }
  parse_subject(node, fault, reader);
  parse_answer(node, fault, reader);
  parse_delivery(node, fault, reader);
  const bool acts = std::any_of(k_effects.begin(), k_effects.end(), [&](std::string_view key) {
    return node.find(key) != nullptr;
  });
  const bool known = std::all_of(node.members.begin(), node.members.end(), [](const auto& member) {
    return std::find(k_fault_keys.begin(), k_fault_keys.end(), member.key) != k_fault_keys.end();
  });
  if (!acts && known) {
    reader.problems().add(
        node.place, "a fault that does nothing", "add 'status', 'reset', 'delay'");
  }
  if (!fault.status && (!fault.code.empty() || !fault.inner_code.empty())) {
    reader.problems().add(node.place, "'code' and 'inner-code' need 'status'");
  }
  return fault;
}

} // namespace

std::vector<Fault> parse_faults(const yaml::Node& node, SeedReader& reader) {
  std::vector<Fault> faults;
  if (reader.sequence(node, "faults")) {
    for (const yaml::Node& item : node.items) {
      faults.push_back(parse_fault(item, reader));
    }
  }
  return faults;
}

} // namespace kvrun::emulator
