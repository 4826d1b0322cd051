// SPDX-License-Identifier: MIT
#include "azure/http_date.hpp"
#include "azure/transport/resolver.hpp"
#include "base/text.hpp"
#include "launcher/binder.hpp"
#include "launcher/plan.hpp"
#include "launcher/session.hpp"
#include "launcher/subcommand/doctor_findings.hpp"
#include "launcher/subcommand/doctor_fixes.hpp"
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

// One look at a host; a run would try again until its deadline.
constexpr Milliseconds k_patience{10'000};
constexpr std::int64_t k_clock_warning = 60;
constexpr std::int64_t k_clock_failure = 300; // what the services allow (RFC 7519 §4.1.4)

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
      : invocation_(invocation), findings_(findings), begun_(std::chrono::steady_clock::now()) {}

  void run() {
    Problems problems;
    const Deadline provisional = Deadline::after(
        invocation_.started, provisional_timeout(invocation_.options, invocation_.environment));
    settings_ = read_settings(invocation_.options, invocation_.environment, provisional, problems);
    plan_ = make_plan(settings_, invocation_.environment, problems);
    find_vaults(problems);
    look_at_config(problems);
    const Deadline deadline = Deadline::after(invocation_.started, settings_.timeout);
    Waiting waiting(invocation_.log, invocation_.started, deadline);
    Trace trace;
    try {
      Session session(settings_, invocation_.environment, invocation_.log, trace, &waiting);
      session_ = &session;
      look_at_identity();
      look_at_tokens(deadline);
      for (const Vault& vault : vaults_) {
        look_at_vault(vault, deadline);
      }
      look_at_secrets(deadline);
    } catch (const Error& error) { // a proxy variable that holds none
      add({"settings", State::failed, error.message(), {}, error.hint(), {}});
    }
    session_ = nullptr;
  }

private:
  // Adds a step that took the time since the last one.
  void add(Step step) {
    const TimePoint now = std::chrono::steady_clock::now();
    if (step.took.count() == 0) {
      step.took = std::chrono::duration_cast<Milliseconds>(now - begun_);
    }
    begun_ = now;
    findings_.add(std::move(step));
  }

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
    add(std::move(step));
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
    add(std::move(step));
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
      add(std::move(step));
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
    add(std::move(step));
  }

  void look_at_vault(const Vault& vault, const Deadline& deadline) {
    if (!look_up(vault, deadline)) {
      return;
    }
    const TimePoint now = std::chrono::steady_clock::now();
    azure::HttpRequest request;
    request.origin = vault.origin;
    request.target = "/healthstatus"; // it needs no token (reference/key-vault.md §3.8)
    request.patience = k_patience;
    const azure::HttpResult result = session_->transport().send(
        std::move(request), Deadline::after(now, std::min(2 * k_patience, deadline.left(now))));
    const auto* failure = std::get_if<azure::TransportFailure>(&result);
    if (!look_at_connection(vault, failure)) {
      return;
    }
    if (failure != nullptr) {
      add({"key vault", State::failed, failure->message, {}, failure->hint, {}});
      return;
    }
    const auto& response = std::get<azure::HttpResponse>(result);
    if (look_at_service(vault, response)) {
      look_at_clock(response);
      look_at_permission(vault, deadline);
    }
  }

  bool look_up(const Vault& vault, const Deadline& deadline) {
    const azure::ConnectionFacts way = session_->transport().describe(vault.origin);
    Step step;
    step.name = "name";
    const std::string host =
        way.proxy.empty()
            ? (way.redirected
                   ? fmt::format("{} by --connect-to at {}", vault.origin.host, way.dial_host)
                   : vault.origin.host)
            : fmt::format("{} by the proxy {}", vault.origin.host, way.proxy);
    const azure::Lookup lookup(way.dial_host, way.dial_port);
    const TimePoint now = std::chrono::steady_clock::now();
    if (!lookup.done()) {
      session_->transport().wait(deadline.cut(now, k_patience), lookup.descriptor());
    }
    if (!lookup.done()) {
      step.state = State::failed;
      step.text = fmt::format("{}: the name servers do not answer", host);
      step.fix = "check the name servers in /etc/resolv.conf";
    } else if (lookup.result().status != azure::Resolution::Status::found) {
      step.state = State::failed;
      step.text = fmt::format("{}: {}", host, lookup.result().reason);
      step.fix = way.proxy.empty() && !way.redirected
                     ? fix_for_name(vault)
                     : "check the name, and the name servers in /etc/resolv.conf";
    } else {
      std::vector<std::string> addresses;
      for (const azure::Address& address : lookup.result().addresses) {
        addresses.push_back(fmt::format(
            "{} ({})", address.text(), is_private(address.storage) ? "private" : "public"));
      }
      step.text = fmt::format("{}: {}", host, fmt::join(addresses, ", "));
    }
    const bool good = step.state == State::good;
    add(std::move(step));
    return good;
  }

  // TCP, what a proxy said, and TLS. Whether the connection stood.
  bool look_at_connection(const Vault& vault, const azure::TransportFailure* failure) {
    const azure::ConnectionFacts way = session_->transport().describe(vault.origin);
    const auto milliseconds = [](Microseconds time) {
      return std::max(Milliseconds(1), std::chrono::ceil<Milliseconds>(time));
    };
    if (way.address.empty()) {
      const std::string text = failure != nullptr ? failure->message : "no connection";
      const std::string fix =
          failure != nullptr && !failure->hint.empty()
              ? failure->hint
              : fmt::format(
                    "let this host connect to {}:{}: look at its firewall, network security "
                    "group and routes",
                    way.dial_host,
                    way.dial_port);
      add({"tcp", State::failed, text, {}, fix, {}});
      return false;
    }
    add({"tcp", State::good, way.address, {}, {}, milliseconds(way.tcp_time)});
    if (!way.tls_time && failure != nullptr &&
        failure->kind == azure::TransportFailure::Kind::proxy) {
      add({"proxy", State::failed, failure->message, {}, failure->hint, {}});
      return false;
    }
    if (!way.tls_time) {
      Step step{"tls", State::failed, failure != nullptr ? failure->message : "no TLS", {}, {}, {}};
      step.fix = failure != nullptr ? failure->hint : std::string();
      if (!way.tls.subject.empty()) {
        step.details.push_back(certificate_text(way.tls));
      }
      step.details.push_back(roots_text());
      add(std::move(step));
      return false;
    }
    Step step{"tls", State::good, {}, {}, {}, milliseconds(*way.tls_time)};
    step.text = fmt::format("{}, {}", way.tls.version, certificate_text(way.tls));
    step.details.push_back(
        fmt::format("trusted by {}; {}", one_line(way.tls.root, 120), roots_text()));
    add(std::move(step));
    return true;
  }

  static std::string certificate_text(const azure::TlsFacts& facts) {
    return fmt::format("certificate of {}, issued by {}, until {}",
                       one_line(facts.subject, 120),
                       one_line(facts.issuer, 120),
                       facts.until ? timestamp(*facts.until) : "?");
  }
  [[nodiscard]] std::string roots_text() const {
    return settings_.ca_file.empty()
               ? std::string("roots: the system's")
               : fmt::format("roots: the system's and '{}'", one_line(settings_.ca_file, 200));
  }

  bool look_at_service(const Vault& vault, const azure::HttpResponse& response) {
    const azure::ServiceError service = azure::parse_service_error(response);
    Step step;
    step.name = "key vault";
    if (!service.from_key_vault) {
      step.state = State::failed;
      step.text = fmt::format("{}: {}, but not from Key Vault: something between this host and the "
                              "vault answered",
                              vault.origin.authority(),
                              response.status);
      for (const std::string_view name : {"server", "via"}) {
        if (const std::string_view value = response.header(name); !value.empty()) {
          step.details.push_back(fmt::format("{}: {}", name, one_line(value, 80)));
        }
      }
      step.fix =
          fmt::format("let the proxy, firewall or captive portal pass {} through, or name it "
                      "in no_proxy",
                      vault.origin.host);
      add(std::move(step));
      return false;
    }
    const std::string region = one_line(response.header("x-ms-keyvault-region"), 40);
    const std::string version = one_line(response.header("x-ms-keyvault-service-version"), 40);
    step.text = fmt::format("{}{}{}",
                            region.empty() ? "it answered" : "in " + region,
                            version.empty() ? "" : ", version " + version,
                            service.client_address.empty()
                                ? ""
                                : ", which sees this host as " + service.client_address);
    add(std::move(step));
    return true;
  }

  void look_at_clock(const azure::HttpResponse& response) {
    const auto date = azure::parse_http_date(trim(response.header("date")));
    if (!date || std::exchange(clock_seen_, true)) {
      return;
    }
    const std::int64_t ahead = unix_now() - *date;
    const std::int64_t off = ahead < 0 ? -ahead : ahead;
    Step step;
    step.name = "clock";
    step.text = off <= 1
                    ? "as the server's"
                    : fmt::format("{} s {} the server's", off, ahead > 0 ? "before" : "behind");
    if (off > k_clock_warning) {
      step.state = off > k_clock_failure ? State::failed : State::warning;
      step.fix = "set this host's clock: timedatectl set-ntp true";
    }
    add(std::move(step));
  }

  // Whether the identity may read: asked of the first secret of the vault that is mapped, else of a
  // name that is not there, for a refusal comes before a 404.
  void look_at_permission(const Vault& vault, const Deadline& deadline) {
    Step step;
    step.name = "permission";
    const auto claims = tokens_.find(vault.audience);
    if (claims == tokens_.end()) {
      step.state = State::skipped;
      step.text = "there is no token";
      add(std::move(step));
      return;
    }
    azure::SecretIdentifier secret{vault.origin, vault.label, vault.audience, "kvrun-doctor", {}};
    for (const azure::SecretRead& read : plan_.secrets) {
      if (read.secret.vault == vault.origin) {
        secret = read.secret;
        break;
      }
    }
    const azure::AccessTokens::Held& held = session_->tokens().get(vault.audience, deadline);
    const azure::HttpResult result = session_->transport().send(
        azure::secret_request(secret, held.token.token.reveal(), azure::make_uuid()), deadline);
    if (const auto* failure = std::get_if<azure::TransportFailure>(&result)) {
      step.state = State::failed;
      step.text = failure->message;
      step.fix = failure->hint;
      add(std::move(step));
      return;
    }
    const auto& response = std::get<azure::HttpResponse>(result);
    const azure::ServiceError service = azure::parse_service_error(response);
    const bool may_read = response.status == 200 ||
                          azure::verdict_of(service) == azure::Verdict::absent ||
                          service.telling_code() == "SecretDisabled";
    if (may_read) {
      step.text = fmt::format("it may read the secrets of '{}'", vault.label);
      good_vaults_.insert(vault.origin);
    } else {
      const Error error = azure::explain(service, secret, claims->second);
      step.state = State::failed;
      step.text = error.message();
      step.fix = fix_for_refusal(service, response, vault, secret.name, claims->second);
      step.fix = step.fix.empty() ? error.hint() : step.fix;
      const azure::Verdict verdict = azure::verdict_of(service);
      if (verdict == azure::Verdict::retry || verdict == azure::Verdict::fresh_token) {
        step.state = State::warning; // a run tries again, and so do the reads below
        good_vaults_.insert(vault.origin);
      }
    }
    add(std::move(step));
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
      add({"token", State::failed, error.message(), {}, error.hint(), {}});
    }
    if (all && !plan_.secrets.empty()) {
      look_at_variables(some);
    } else if (vaults_.empty() && !plan_.secrets.empty()) {
      add({"secrets", State::skipped, "the config has problems", {}, {}, {}});
    } else if (indexes.size() < plan_.secrets.size()) {
      add({"secrets",
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
      add(std::move(step));
      return forgiven;
    }
    const auto& bundle = std::get<azure::SecretBundle>(*result);
    step.text = fmt::format("{}: {}/{}/{}{}",
                            fed_by(index),
                            read.secret.vault_label,
                            read.secret.name,
                            bundle.version,
                            bundle.expires ? ", until " + timestamp(*bundle.expires) : "");
    add(std::move(step));
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
    add(std::move(step));
  }

  const Invocation& invocation_;
  Findings& findings_;
  TimePoint begun_;
  Settings settings_;
  Plan plan_;
  std::vector<Vault> vaults_;
  Session* session_ = nullptr;
  bool has_identity_ = false;
  std::map<std::string, azure::AccessToken::Claims> tokens_; // by audience
  std::set<azure::Origin> good_vaults_;
  bool clock_seen_ = false;
};

} // namespace

int doctor(const Invocation& invocation) {
  Findings findings(invocation.options.format ? Findings::Format::json : Findings::Format::text);
  Doctor(invocation, findings).run();
  return findings.finish();
}

} // namespace kvrun::launcher
