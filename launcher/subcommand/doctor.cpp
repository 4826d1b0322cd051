// SPDX-License-Identifier: MIT
#include "base/text.hpp"
#include "launcher/plan.hpp"
#include "launcher/session.hpp"
#include "launcher/subcommand/doctor_findings.hpp"
#include "launcher/subcommand/doctor_fixes.hpp"
#include "launcher/subcommand/doctor_secrets.hpp"
#include "launcher/subcommand/doctor_vault.hpp"
#include "launcher/subcommand/subcommand.hpp"
#include "launcher/waiting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace kvrun::launcher {

namespace {

using State = Step::State;

std::string for_how_long(std::int64_t seconds) {
  return seconds >= 7200 ? fmt::format("{} h", seconds / 3600)
                         : fmt::format("{} min", seconds / 60);
}

class Doctor {
public:
  Doctor(const Invocation& invocation, Findings& findings, RunRecord& record)
      : invocation_(invocation), findings_(findings), record_(record) {}

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
    try {
      Session session(settings_, invocation_.environment, invocation_.log, record_.trace, &waiting);
      session_ = &session;
      look_at_identity();
      look_at_tokens(deadline);
      look_at_vaults(deadline);
      record_.identity = session.identity_used();
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
    const std::string file =
        settings_.config_file.empty() ? std::string("no config") : settings_.config_file;
    for (const Error& error : problems.all()) {
      findings_.add({"config", State::failed, error.message(), {}, error.hint(), {}});
    }
    if (!problems.empty()) {
      vaults_.clear();
      config_is_good_ = false;
      return;
    }
    Step step;
    step.name = "config";
    if (vaults_.empty()) {
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
    if (!settings_.identity_is_good) {
      step.state = State::skipped;
      step.text = "the one that is named is none";
      findings_.add(std::move(step));
      return;
    }
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
      const bool other = std::any_of(reports.begin(), reports.end(), [&](const auto& report) {
        return report.announced && report.kind != settings_.identity.kind;
      });
      step.fix = error.hint().empty() || (named && other)
                     ? fix_for_identity(settings_.identity, reports)
                     : error.hint();
    }
    for (const azure::SourceReport& report : reports) {
      if (!named && !report.announced && report.kind != "vm") {
        step.details.push_back(fmt::format(
            "{}: {}{}", report.kind, report.missed, report.incomplete ? " (incomplete)" : ""));
      }
    }
    findings_.add(std::move(step));
  }

  void look_at_vaults(const Deadline& deadline) {
    VaultDoctor vault_doctor(*session_, settings_, findings_, invocation_.log, deadline);
    std::vector<AskedVault> answering;
    for (const Vault& vault : vaults_) {
      if (vault_doctor.look_at(vault)) {
        const auto claims = tokens_.find(vault.audience);
        answering.push_back(
            {vault, claims == tokens_.end() ? std::nullopt : std::optional(claims->second)});
      }
    }
    if (config_is_good_) {
      SecretsDoctor(*session_, settings_, plan_, findings_, deadline).look_at(answering);
    } else if (!plan_.secrets.empty()) {
      findings_.add({"secrets", State::skipped, "the config has problems", {}, {}, {}});
    }
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

  const Invocation& invocation_;
  Findings& findings_;
  RunRecord& record_;
  Settings settings_;
  Plan plan_;
  std::vector<Vault> vaults_;
  Session* session_ = nullptr;
  bool config_is_good_ = true;
  bool has_identity_ = false;
  std::map<std::string, azure::AccessToken::Claims> tokens_; // by audience
};

} // namespace

int doctor(const Invocation& invocation, RunRecord& record) {
  Findings findings(invocation.options.format ? Findings::Format::json : Findings::Format::text);
  Doctor(invocation, findings, record).run();
  for (const Step& step : findings.steps()) {
    if (step.state == State::failed) {
      record.errors.emplace_back(
          ErrorKind::refused, fmt::format("{}: {}", step.name, step.text), step.fix);
    }
  }
  record.told = record.errors.size();
  return findings.finish();
}

} // namespace kvrun::launcher
