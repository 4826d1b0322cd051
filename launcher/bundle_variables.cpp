// SPDX-License-Identifier: MIT
#include "launcher/bundle_variables.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "config/dotenv.hpp"
#include "launcher/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kvrun::launcher {

namespace {

using Members = std::vector<std::pair<std::string, std::optional<SecretString>>>;

Members read_json(std::string_view value) {
  Members members;
  try {
    const json::Document document = json::Document::parse(value);
    if (document.root().kind != json::Value::Kind::object) {
      throw Error(ErrorKind::refused,
                  "it is not a JSON object",
                  "a bundle is one object, a member a variable");
    }
    for (const json::Member& member : document.root().members) {
      members.emplace_back(member.name, text_of(member.value));
    }
  } catch (const json::ParseError& e) {
    throw Error(ErrorKind::refused,
                fmt::format("it is {}", e.what()),
                "for a bundle in dotenv form, 'format: dotenv'");
  }
  return members;
}

Members read_dotenv(std::string_view value, std::vector<Error>& problems) {
  config::Dotenv parsed = config::parse_dotenv(value);
  for (const config::DotenvProblem& problem : parsed.problems) {
    problems.emplace_back(
        ErrorKind::refused,
        fmt::format("line {} of it: {}", problem.line, one_line(problem.message)));
  }
  Members members;
  for (config::DotenvEntry& entry : parsed.entries) {
    members.emplace_back(entry.name, std::move(entry.value));
  }
  return members;
}

} // namespace

BundleVariables read_bundle(const config::Bundle& bundle, std::string_view value) {
  BundleVariables read;
  Members members = bundle.format == config::BundleFormat::json ? read_json(value)
                                                                : read_dotenv(value, read.problems);
  if (!read.problems.empty()) {
    return read; // which names it was to hold is not known
  }
  if (bundle.only) {
    for (const std::string& name : *bundle.only) {
      if (std::none_of(members.begin(), members.end(), [&](const auto& member) {
            return member.first == name && member.second; // null is absent (rules A37)
          })) {
        read.problems.emplace_back(
            ErrorKind::refused,
            fmt::format("'only' names '{}', which it does not hold", one_line(name, 80)));
      }
    }
  }
  for (auto& [in_data, text] : members) {
    if (!text || !takes(bundle, in_data)) {
      continue;
    }
    const auto renamed =
        std::find_if(bundle.rename.begin(),
                     bundle.rename.end(),
                     [&name = in_data](const auto& pair) { return pair.first == name; });
    const bool is_renamed = renamed != bundle.rename.end();
    const std::string name = is_renamed ? renamed->second : bundle.prefix + in_data;
    if (std::any_of(read.variables.begin(), read.variables.end(), [&](const BundleVariable& other) {
          return other.name == name;
        })) {
      read.problems.emplace_back(ErrorKind::refused,
                                 fmt::format("two of its names become '{}'", name));
      continue;
    }
    read.variables.push_back({name, std::move(*text), bundle.only.has_value() || is_renamed});
  }
  return read;
}

} // namespace kvrun::launcher
