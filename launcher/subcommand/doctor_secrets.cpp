// SPDX-License-Identifier: MIT
#include "launcher/subcommand/doctor_secrets.hpp"

#include "launcher/assemble.hpp"
#include "launcher/binder.hpp"
#include "launcher/subcommand/doctor_fixes.hpp"
#include "launcher/timestamp.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace kvrun::launcher {

namespace {

using State = Step::State;

// A refusal comes before a 404, and before a secret's state.
bool shows_permission(const azure::FetchResult& result) {
  const auto* failure = std::get_if<azure::FetchFailure>(&result);
  return failure == nullptr || failure->absent ||
         (failure->answer && failure->answer->telling_code() == "SecretDisabled");
}

// The same answer, or none at all.
bool is_alike(const azure::FetchFailure& a, const azure::FetchFailure& b) {
  return a.answer.has_value() == b.answer.has_value() &&
         (!a.answer || (a.answer->status == b.answer->status &&
                        a.answer->telling_code() == b.answer->telling_code()));
}

} // namespace

void SecretsDoctor::look_at(const std::vector<AskedVault>& vaults) {
  read(vaults);
  for (const AskedVault& asked : vaults) {
    look_at_permission(asked);
  }
  std::size_t unread = plan_.secrets.size();
  for (Read& read : reads_) {
    if (read.index && !read.told) {
      look_at_secret(read, vaults);
      --unread;
    }
  }
  if (unread > 0) {
    findings_.add(
        {"secrets",
         State::skipped,
         fmt::format("{} of vaults that cannot be read", counted(unread, "secret", "secrets")),
         {},
         {},
         {}});
  }
  look_at_variables();
}

// Each mapped secret of these vaults; where one has none, a name that is not there.
void SecretsDoctor::read(const std::vector<AskedVault>& vaults) {
  std::vector<azure::SecretRead> wanted;
  const auto add = [&](const azure::SecretRead& read, std::optional<std::size_t> index) {
    wanted.push_back(read);
    reads_.push_back({read.secret, index, {}, false});
  };
  for (const auto& [vault, caller] : vaults) {
    const std::size_t before = wanted.size();
    for (std::size_t i = 0; caller && i < plan_.secrets.size(); ++i) {
      if (plan_.secrets[i].secret.vault == vault.origin) {
        add(plan_.secrets[i], i);
      }
    }
    if (caller && wanted.size() == before) {
      add({{vault.origin, vault.label, vault.audience, "kvrun-doctor", {}}, true}, std::nullopt);
    }
  }
  begun_ = std::chrono::steady_clock::now();
  azure::Fetched fetched = session_.fetch(wanted, deadline_);
  for (std::size_t i = 0; i < fetched.results.size(); ++i) {
    auto& result = fetched.results[i];
    reads_[i].result =
        result ? std::move(*result) : azure::FetchFailure{fetched.token_errors.front(), false};
  }
}

void SecretsDoctor::look_at_permission(const AskedVault& asked) {
  const auto& [vault, caller] = asked;
  if (!caller) {
    findings_.add({"permission", State::skipped, "there is no token", {}, {}, {}});
    return;
  }
  std::vector<Read*> refused;
  for (Read& read : reads_) {
    if (read.secret.vault == vault.origin) {
      if (shows_permission(read.result)) {
        findings_.add({"permission",
                       State::good,
                       fmt::format("it may read the secrets of '{}'", vault.label),
                       {},
                       {},
                       {}});
        return;
      }
      refused.push_back(&read);
    }
  }
  const auto& failure = std::get<azure::FetchFailure>(refused.front()->result);
  if (!failure.answer && ran_out_of_time(deadline_, begun_)) {
    findings_.add_out_of_time("permission");
  } else {
    findings_.add({"permission",
                   State::failed,
                   failure.error.message(),
                   {},
                   fix_for_failure(failure, vault, refused.front()->secret, *caller),
                   {}});
  }
  for (Read* read : refused) {
    read->told = is_alike(failure, std::get<azure::FetchFailure>(read->result));
  }
}

// The variables that a secret feeds.
std::string SecretsDoctor::fed_by(std::size_t index) const {
  std::vector<std::string> names;
  for (const PlannedBinding& planned : plan_.bindings) {
    if (std::find(planned.secrets.begin(), planned.secrets.end(), index) != planned.secrets.end()) {
      names.push_back(planned.binding.name);
    }
  }
  for (const PlannedBundle& bundle : plan_.bundles) {
    if (bundle.secret == index) {
      names.emplace_back("a bundle");
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

void SecretsDoctor::look_at_secret(const Read& read, const std::vector<AskedVault>& vaults) {
  const auto asked = std::find_if(vaults.begin(), vaults.end(), [&](const AskedVault& one) {
    return one.vault.origin == read.secret.vault;
  });
  Step step;
  step.name = "secret";
  if (const auto* failure = std::get_if<azure::FetchFailure>(&read.result)) {
    const bool forgiven = failure->absent && plan_.secrets[*read.index].may_be_absent;
    step.state = forgiven ? State::warning : State::failed;
    step.text = fmt::format("{}: {}", fed_by(*read.index), failure->error.message());
    step.fix = fix_for_failure(*failure, asked->vault, read.secret, *asked->caller);
  } else {
    const auto& bundle = std::get<azure::SecretBundle>(read.result);
    step.text = fmt::format("{}: {}/{}/{}{}",
                            fed_by(*read.index),
                            read.secret.vault_label,
                            read.secret.name,
                            bundle.version,
                            bundle.expires ? ", until " + timestamp(*bundle.expires) : "");
  }
  findings_.add(std::move(step));
}

// What a run would make of them. A read that failed was told: binding finds no result for it, and
// tells the other problems.
void SecretsDoctor::look_at_variables() {
  azure::Fetched fetched;
  fetched.results.resize(plan_.secrets.size());
  std::size_t missing = plan_.secrets.size();
  for (Read& read : reads_) {
    const auto* failure = std::get_if<azure::FetchFailure>(&read.result);
    if (read.index &&
        (failure == nullptr || (failure->absent && plan_.secrets[*read.index].may_be_absent))) {
      fetched.results[*read.index] = std::move(read.result);
      --missing;
    }
  }
  if (plan_.bindings.empty() && plan_.bundles.empty()) {
    return;
  }
  Bound bound = bind(plan_, settings_, fetched, unix_now());
  static_cast<void>(assemble(plan_.inherited, bound.variables, nullptr, bound.errors));
  for (const Error& error : bound.errors) {
    findings_.add({"variables", State::failed, error.message(), {}, error.hint(), {}});
  }
  Step step;
  step.name = "variables";
  step.text =
      fmt::format("{} would be set", counted(bound.variables.size(), "variable", "variables"));
  step.details = std::move(bound.warnings);
  if (missing > 0 || !bound.errors.empty()) {
    step.state = State::skipped;
    step.text = "a run would not get this far";
  }
  if (!step.details.empty()) {
    step.state = State::warning;
  }
  if (bound.errors.empty() || !step.details.empty()) {
    findings_.add(std::move(step));
  }
}

} // namespace kvrun::launcher
