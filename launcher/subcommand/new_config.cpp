// SPDX-License-Identifier: MIT
#include "launcher/subcommand/new_config.hpp"

#include "base/text.hpp"
#include "config/loader_names.hpp"
#include "config/secret_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace kvrun::launcher {

namespace {

std::string variable_of(std::string_view secret) {
  std::string name(secret);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '-' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  });
  return name;
}

std::string secret_of(std::string_view variable) {
  std::string name = lower(variable);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

// A scalar of YAML that is this text, whatever reads it: `null` and `yes` are names of secrets too.
std::string scalar(std::string_view text) {
  constexpr std::array<std::string_view, 9> words{
      "null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  const char first = text.empty() ? '\0' : text.front();
  const bool letter =
      (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_';
  const bool plain = letter && std::find(words.begin(), words.end(), lower(text)) == words.end();
  return plain ? std::string(text) : fmt::format("\"{}\"", text);
}

class Writer {
public:
  Writer(std::string_view vault, std::string_view cloud) {
    if (!cloud.empty()) {
      config_.text += fmt::format("cloud: {}\n", cloud);
    }
    config_.text += vault.empty() ? std::string("# vault: the name of the vault that holds these\n")
                                  : fmt::format("vault: {}\n", scalar(vault));
  }

  // Maps a variable to a secret, or says why not.
  void add(const std::string& variable, const std::string& secret, std::string why_not) {
    if (why_not.empty() && !is_variable_name(variable)) {
      why_not = "a variable's name begins with no digit";
    }
    if (why_not.empty() && config::is_loader_name(variable)) {
      why_not = "it changes how programs load or find things, which a config that is only found "
                "may not";
    }
    if (why_not.empty() && !config::is_secret_name(secret)) {
      why_not = "the name is too long for a secret, which has at most 127 characters";
    }
    if (why_not.empty()) {
      const auto [taken, added] = taken_.try_emplace(secret, variable);
      if (!added) {
        why_not = fmt::format("'{}' has this secret already", taken->second);
      }
    }
    if (why_not.empty()) {
      entries_ += fmt::format("  {}: {}\n", scalar(variable), scalar(secret));
      ++config_.mapped;
    } else {
      leave_out(fmt::format("{}: {}", variable, secret), why_not);
    }
  }

  void leave_out(std::string_view what, std::string_view why) {
    entries_ += fmt::format("  # {} # {}\n", what, why);
    ++config_.left_out;
  }

  NewConfig finish() {
    config_.text += config_.mapped > 0 ? "env:\n" : "env: {}\n";
    config_.text += entries_;
    return std::move(config_);
  }

private:
  NewConfig config_;
  std::string entries_;
  std::map<std::string, std::string> taken_; // secret → variable
};

} // namespace

NewConfig config_from_listing(std::string_view vault,
                              std::string_view cloud,
                              std::span<const azure::SecretItem> items) {
  Writer writer(vault, cloud);
  for (const azure::SecretItem& item : items) {
    writer.add(variable_of(item.name), item.name, item.enabled ? "" : "the secret is disabled");
  }
  return writer.finish();
}

NewConfig config_from_names(std::string_view vault,
                            std::string_view cloud,
                            std::span<const FoundName> names) {
  Writer writer(vault, cloud);
  for (const auto& [line, name] : names) {
    if (is_variable_name(name)) {
      writer.add(name, secret_of(name), {});
    } else {
      writer.leave_out(name.empty() ? fmt::format("line {}", line) : name,
                       "no variable's name: letters, digits and '_', not a digit first");
    }
  }
  return writer.finish();
}

} // namespace kvrun::launcher
