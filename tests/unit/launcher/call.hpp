// SPDX-License-Identifier: MIT
#pragma once

#include "launcher/binder.hpp"
#include "launcher/options.hpp"
#include "launcher/plan.hpp"
#include "launcher/settings.hpp"
#include "tests/fakes/expectations.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::launcher {

inline Environment environment_of(const std::vector<std::string>& entries) {
  std::vector<const char*> pointers;
  pointers.reserve(entries.size() + 1);
  for (const std::string& entry : entries) {
    pointers.push_back(entry.c_str());
  }
  pointers.push_back(nullptr);
  return Environment(pointers.data());
}

inline std::vector<std::string> texts_of(const Environment& environment) {
  std::vector<std::string> texts;
  for (const SecretString& entry : environment.entries()) {
    texts.emplace_back(entry.reveal().substr(0, entry.size() - 1));
  }
  return texts;
}

using fakes::expect_holds;
using fakes::expect_lacks;

// A call of kvrun: options, environment, config; read, planned and bound without a network.
class Call {
public:
  explicit Call(std::vector<std::string> options = {}) : words(std::move(options)) {}

  // A config that the call names.
  Call& config(std::string_view yaml) {
    words.insert(words.end(), {"-c", folder.write("kvrun.yaml", yaml)});
    return *this;
  }
  Call& env_file(std::string_view text) {
    words.insert(words.end(),
                 {"--env-file", folder.write(fmt::format("{}.env", words.size()), text)});
    return *this;
  }
  Call& with(std::vector<std::string> entries) {
    variables.insert(variables.end(), entries.begin(), entries.end());
    return *this;
  }

  const Settings& settings() {
    read();
    return *settings_;
  }
  const Plan& plan() {
    read();
    return *plan_;
  }
  // What is wrong with it, a line each: "MESSAGE (HINT)".
  std::vector<std::string> problems() {
    read();
    std::vector<std::string> texts;
    for (const Error& error : problems_.all()) {
      EXPECT_EQ(exit_status(error.kind()), 125) << error.message();
      texts.push_back(fmt::format("{} ({})", error.message(), error.hint()));
    }
    return texts;
  }
  // The one thing that is wrong with it.
  std::string problem() {
    const std::vector<std::string> all = problems();
    EXPECT_EQ(all.size(), 1U) << fmt::format("{}", fmt::join(all, "\n"));
    return all.empty() ? std::string() : all.front();
  }
  // "HOST/NAME[/VERSION]" of what would be asked for, in order.
  std::vector<std::string> secrets() {
    std::vector<std::string> texts;
    for (const azure::SecretRead& read : plan().secrets) {
      texts.push_back(fmt::format("{}/{}{}{}",
                                  read.secret.vault.host,
                                  read.secret.name,
                                  read.secret.version.empty() ? "" : "/",
                                  read.secret.version));
    }
    return texts;
  }
  // Names of the planned bindings, in order.
  std::vector<std::string> names() {
    std::vector<std::string> texts;
    for (const PlannedBinding& one : plan().bindings) {
      texts.push_back(one.binding.name);
    }
    return texts;
  }

  // What the vault gives for a secret of that name; without it: 404.
  Call& holds(const std::string& name, std::string_view value) {
    azure::SecretBundle bundle;
    bundle.value = SecretString(value);
    held_.insert_or_assign(name, std::move(bundle));
    return *this;
  }
  Call& holds(const std::string& name, azure::SecretBundle bundle) {
    held_.insert_or_assign(name, std::move(bundle));
    return *this;
  }
  Call& refuses(const std::string& name, ErrorKind kind, std::string message) {
    refused_.insert_or_assign(name, Error(kind, std::move(message)));
    return *this;
  }
  Bound bind() {
    const std::vector<std::string> wrong = problems();
    EXPECT_TRUE(wrong.empty()) << fmt::format("{}", fmt::join(wrong, "\n"));
    azure::Fetched fetched;
    for (const azure::SecretRead& read : plan().secrets) {
      fetched.results.emplace_back(result_of(read.secret));
    }
    return launcher::bind(*plan_, *settings_, fetched, k_now);
  }
  // NAME=value of all that is bound; "NAME" alone is left as inherited. Expects no error.
  std::vector<std::string> bound() {
    const Bound all = bind();
    for (const Error& error : all.errors) {
      ADD_FAILURE() << error.message();
    }
    std::vector<std::string> texts;
    for (const BoundVariable& one : all.variables) {
      texts.push_back(one.value ? fmt::format("{}={}", one.name, one.value->reveal()) : one.name);
    }
    return texts;
  }
  // The one thing that binding ends with: "KIND MESSAGE (HINT)".
  std::string refusal() {
    const Bound all = bind();
    EXPECT_EQ(all.errors.size(), 1U);
    return all.errors.empty() ? std::string()
                              : fmt::format("{} {} ({})",
                                            exit_status(all.errors.front().kind()),
                                            all.errors.front().message(),
                                            all.errors.front().hint());
  }

  static constexpr std::int64_t k_now = 1'700'000'000;

  azure::TemporaryFolder folder;
  std::vector<std::string> words;
  std::vector<std::string> variables{"PATH=/usr/bin:/bin"};

private:
  void read() {
    if (settings_) {
      return;
    }
    std::vector<const char*> pointers;
    for (const std::string& word : words) {
      pointers.push_back(word.c_str());
    }
    pointers.insert(pointers.end(), {"--", "true"});
    options_ = parse_options(pointers, problems_);
    environment_ = environment_of(variables);
    settings_ =
        read_settings(options_,
                      environment_,
                      Deadline::after(std::chrono::steady_clock::now(), std::chrono::seconds(30)),
                      problems_);
    plan_ = make_plan(*settings_, environment_, problems_);
  }
  azure::FetchResult result_of(const azure::SecretIdentifier& secret) {
    if (const auto refused = refused_.find(secret.name); refused != refused_.end()) {
      return azure::FetchFailure{refused->second.within(secret.label()), false};
    }
    const auto held = held_.find(secret.name);
    if (held == held_.end()) {
      return azure::FetchFailure{
          Error(ErrorKind::refused, fmt::format("{}: 404 SecretNotFound", secret.label())), true};
    }
    azure::SecretBundle copy;
    copy.value = held->second.value.clone();
    copy.version = held->second.version;
    copy.expires = held->second.expires;
    copy.not_before = held->second.not_before;
    return copy;
  }

  Options options_;
  Environment environment_;
  Problems problems_;
  std::optional<Settings> settings_;
  std::optional<Plan> plan_;
  std::map<std::string, azure::SecretBundle> held_;
  std::map<std::string, Error> refused_;
};

using Texts = std::vector<std::string>;

} // namespace kvrun::launcher
