// SPDX-License-Identifier: MIT
#include "base/text.hpp"
#include "launcher/binder.hpp"
#include "launcher/plan.hpp"
#include "launcher/session.hpp"
#include "launcher/subcommand/doctor_findings.hpp"
#include "launcher/subcommand/doctor_vault.hpp"
#include "launcher/subcommand/subcommand.hpp"
#include "launcher/timestamp.hpp"
#include "launcher/waiting.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace kvrun::launcher {

namespace {

using State = Step::State;

std::string counted(std::size_t count, std::string_view one, std::string_view more) {
  return fmt::format("{} {}", count, count == 1 ? one : more);
}

std::string for_how_long(std::int64_t seconds) {
  return seconds >= 7200 ? fmt::format("{} h", seconds / 3600)
                         : fmt::format("{} min", seconds / 60);
}

class Doctor {
public:
  Doctor(const Invocation& invocation, Findings& findings)
      : invocation_(invocation), findings_(findings) {}

  void run() {
    Problems problems;
    const Deadline provisional = Deadline::after(
        invocation_.started, provisional_timeout(invocation_.options, invocation_.environment));
    settings_ = read_settings(invocation_.options, invocation_.environment, provisional, problems);
    plan_ = make_plan(settings_, invocation_.environment, problems);
    find_vaults(problems);
    if (is_command_line_wrong(problems.all())) {
      problems.raise();
    }
    look_at_config(problems);
    const Deadline deadline = Deadline::after(invocation_.started, settings_.timeout);
    Waiting waiting(invocation_.log, deadline);
    Trace trace;
    try {
      Session session(settings_, invocation_.environment, invocation_.log, trace, &waiting);
      session_ = &session;
      look_at_identity();
      look_at_tokens(deadline);
      VaultDoctor vault_doctor(session, settings_, findings_, deadline);
      for (const Vault& vault : vaults_) {
        const auto claims = tokens_.find(vault.audience);
        if (vault_doctor.look_at(vault,
                                 secret_to_ask_for(vault),
                                 claims == tokens_.end() ? nullptr : &claims->second)) {
          good_vaults_.insert(vault.origin);
        }
      }
      look_at_secrets(deadline);
    } catch (const Error& error) { // a proxy variable that holds none
      findings_.add({"settings", State::failed, error.message(), {}, error.hint(), {}});
    }
    session_ = nullptr;
  }

private:
  // Every vault that a run would ask, and the default one.
  void find_vaults(Problems& problems) {
    for (const azure::SecretRead& read : plan_.secrets) {
      note({read.secret.vault, read.secret.vault_label, read.secret.audience});
    }
    if (settings_.vault && problems.empty()) {
      try {
        note(default_vault(settings_));
      } catch (const Error& error) {
        problems.add(error);
      }
    }
  }
  void note(const Vault& vault) {
    const auto same = [&](const Vault& other) { return other.origin == vault.origin; };
    if (std::none_of(vaults_.begin(), vaults_.end(), same)) {
      vaults_.push_back(vault);
    }
  }

  void look_at_config(const Problems& problems) {
    Step step;
    step.name = "config";
    const std::string file =
        settings_.config_file.empty() ? std::string("no config") : settings_.config_file;
    if (!problems.empty()) {
      step.state = State::failed;
      step.text =
          fmt::format("{}: {}", file, counted(problems.all().size(), "problem", "problems"));
      for (const Error& error : problems.all()) {
        step.details.push_back(error.message());
        if (step.fix.empty()) {
          step.fix = error.hint();
        }
      }
      vaults_.clear();
    } else if (vaults_.empty()) {
      step.text = fmt::format("{}: no vault is named, so only the identity is tested", file);
    } else {
      step.text =
          fmt::format("{}: {}, {}, {}",
                      file,
                      counted(plan_.bindings.size() + plan_.bundles.size(), "entry", "entries"),
                      counted(plan_.secrets.size(), "secret", "secrets"),
                      counted(vaults_.size(), "vault", "vaults"));
    }
    findings_.add(std::move(step));
  }

  void look_at_identity() {
    Step step;
    step.name = "identity";
    const std::vector<azure::SourceReport> reports =
        azure::survey_sources(session_->identity_context());
    const bool named = settings_.identity.kind != "auto";
    try {
      const std::string_view kind = session_->credential().kind();
      const auto taken = std::find_if(
          reports.begin(), reports.end(), [&](const auto& report) { return report.announced; });
      if (named) {
        step.text = fmt::format("{}: it was named", kind);
      } else if (taken != reports.end()) {
        step.text = fmt::format("{}: announced by {}", kind, taken->found);
      } else {
        step.text = fmt::format("{}: no other identity is announced", kind);
      }
      has_identity_ = true;
    } catch (const Error& error) {
      step.state = State::failed;
      step.text = error.message();
      step.fix = error.hint();
    }
    for (const azure::SourceReport& report : reports) {
      if (!named && !report.announced && report.kind != "vm") {
        step.details.push_back(fmt::format(
            "{}: {}{}", report.kind, report.missed, report.incomplete ? " (incomplete)" : ""));
      }
    }
    findings_.add(std::move(step));
  }

  void look_at_tokens(const Deadline& deadline) {
    std::set<std::string> audiences;
    for (const Vault& vault : vaults_) {
      audiences.insert(vault.audience);
    }
    if (audiences.empty()) {
      audiences.emplace(settings_.cloud->audience);
    }
    for (const std::string& audience : audiences) {
      look_at_token(audience, deadline);
    }
  }

  void look_at_token(const std::string& audience, const Deadline& deadline) {
    Step step;
    step.name = "token";
    if (!has_identity_) {
      step.state = State::skipped;
      step.text = "there is no identity";
      findings_.add(std::move(step));
      return;
    }
    try {
      const azure::AccessToken& token = session_->tokens().get(audience, deadline).token;
      const azure::AccessToken::Claims claims = token.claims();
      const auto shown = [](const std::string& claim) {
        return claim.empty() ? std::string("not told") : one_line(claim, 64);
      };
      step.text = fmt::format("for {}, from tenant {}, object id {}, for another {}",
                              audience,
                              shown(claims.tenant_id),
                              shown(claims.object_id),
                              for_how_long(token.expires_on - unix_now()));
      for (const auto& [what, claim] : {std::pair("client id", claims.client_id),
                                        std::pair("user", claims.user),
                                        std::pair("resource id", claims.resource_id)}) {
        if (!claim.empty()) {
          step.details.push_back(fmt::format("{} {}", what, one_line(claim)));
        }
      }
      tokens_.emplace(audience, claims);
    } catch (const Error& error) {
      step.state = State::failed;
      step.text = error.message();
      step.fix = error.hint().empty()
                     ? "name another identity: --identity KIND; signed in with 'az login': "
                       "--identity azure-cli"
                     : error.hint();
    }
    findings_.add(std::move(step));
  }

  // A secret of a vault that is mapped; else a name that is not there, for a refusal comes before a
  // 404.
  [[nodiscard]] azure::SecretIdentifier secret_to_ask_for(const Vault& vault) const {
    for (const azure::SecretRead& read : plan_.secrets) {
      if (read.secret.vault == vault.origin) {
        return read.secret;
      }
    }
    return {vault.origin, vault.label, vault.audience, "kvrun-doctor", {}};
  }

  // Each mapped secret, read as a run does; then what a run would make of them.
  void look_at_secrets(const Deadline& deadline) {
    std::vector<azure::SecretRead> wanted;
    std::vector<std::size_t> indexes;
    for (std::size_t i = 0; i < plan_.secrets.size(); ++i) {
      if (good_vaults_.count(plan_.secrets[i].secret.vault) > 0) {
        wanted.push_back(plan_.secrets[i]);
        indexes.push_back(i);
      }
    }
    const azure::Fetched some = session_->fetch(wanted, deadline);
    bool all = wanted.size() == plan_.secrets.size();
    for (std::size_t i = 0; i < some.results.size(); ++i) {
      all = look_at_secret(indexes[i], some.results[i]) && all;
    }
    for (const Error& error : some.token_errors) {
      findings_.add({"token", State::failed, error.message(), {}, error.hint(), {}});
    }
    if (all && !plan_.secrets.empty()) {
      look_at_variables(some);
    } else if (vaults_.empty() && !plan_.secrets.empty()) {
      findings_.add({"secrets", State::skipped, "the config has problems", {}, {}, {}});
    } else if (indexes.size() < plan_.secrets.size()) {
      findings_.add(
          {"secrets",
           State::skipped,
           fmt::format("{} of vaults that cannot be read",
                       counted(plan_.secrets.size() - indexes.size(), "secret", "secrets")),
           {},
           {},
           {}});
    }
  }

  // The variables that a secret feeds.
  [[nodiscard]] std::string fed_by(std::size_t index) const {
    std::vector<std::string> names;
    for (const PlannedBinding& planned : plan_.bindings) {
      if (std::find(planned.secrets.begin(), planned.secrets.end(), index) !=
          planned.secrets.end()) {
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

  bool look_at_secret(std::size_t index, const std::optional<azure::FetchResult>& result) {
    const azure::SecretRead& read = plan_.secrets[index];
    Step step;
    step.name = "secret";
    if (!result) {
      return false; // no token: told
    }
    if (const auto* failure = std::get_if<azure::FetchFailure>(&*result)) {
      const bool forgiven = failure->absent && read.may_be_absent;
      step.state = forgiven ? State::warning : State::failed;
      step.text = fmt::format("{}: {}", fed_by(index), failure->error.message());
      step.fix = failure->absent ? fmt::format("az keyvault secret set --vault-name {} --name {} "
                                               "--file FILE; or, if it was deleted: az keyvault "
                                               "secret recover --vault-name {} --name {}",
                                               read.secret.vault_label,
                                               read.secret.name,
                                               read.secret.vault_label,
                                               read.secret.name)
                                 : failure->error.hint();
      findings_.add(std::move(step));
      return forgiven;
    }
    const auto& bundle = std::get<azure::SecretBundle>(*result);
    step.text = fmt::format("{}: {}/{}/{}{}",
                            fed_by(index),
                            read.secret.vault_label,
                            read.secret.name,
                            bundle.version,
                            bundle.expires ? ", until " + timestamp(*bundle.expires) : "");
    findings_.add(std::move(step));
    return true;
  }

  void look_at_variables(const azure::Fetched& fetched) {
    const Bound bound = bind(plan_, settings_, fetched, unix_now());
    Step step;
    step.name = "variables";
    step.text =
        fmt::format("{} would be set", counted(bound.variables.size(), "variable", "variables"));
    if (!bound.errors.empty()) {
      step.state = State::failed;
      step.text = counted(bound.errors.size(), "problem", "problems");
      step.fix = bound.errors.front().hint();
    } else if (!bound.warnings.empty()) {
      step.state = State::warning;
    }
    for (const Error& error : bound.errors) {
      step.details.push_back(error.message());
    }
    for (const std::string& warning : bound.warnings) {
      step.details.push_back(warning);
    }
    findings_.add(std::move(step));
  }

  const Invocation& invocation_;
  Findings& findings_;
  Settings settings_;
  Plan plan_;
  std::vector<Vault> vaults_;
  Session* session_ = nullptr;
  bool has_identity_ = false;
  std::map<std::string, azure::AccessToken::Claims> tokens_; // by audience
  std::set<azure::Origin> good_vaults_;
};

} // namespace

int doctor(const Invocation& invocation) {
  Findings findings(invocation.options.format ? Findings::Format::json : Findings::Format::text);
  Doctor(invocation, findings).run();
  return findings.finish();
}

} // namespace kvrun::launcher
