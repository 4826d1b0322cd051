// SPDX-License-Identifier: MIT
#include "launcher/subcommand/doctor_vault.hpp"

#include "azure/http_date.hpp"
#include "azure/service_error.hpp"
#include "azure/transport/resolver.hpp"
#include "base/text.hpp"
#include "launcher/subcommand/doctor_fixes.hpp"
#include "launcher/timestamp.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace kvrun::launcher {

namespace {

using State = Step::State;

// One look at a host; a run would try again until its deadline.
constexpr Milliseconds k_patience{10'000};
constexpr std::int64_t k_clock_warning = 60;
constexpr std::int64_t k_clock_failure = 300; // what most services allow

std::string certificate_text(const azure::TlsFacts& facts) {
  return fmt::format("certificate of {}, issued by {}, until {}",
                     one_line(facts.subject, 120),
                     one_line(facts.issuer, 120),
                     facts.until ? timestamp(*facts.until) : "?");
}

} // namespace

bool VaultDoctor::look_at(const Vault& vault) {
  if (!look_up(vault)) {
    return false;
  }
  const TimePoint now = std::chrono::steady_clock::now();
  azure::HttpRequest request;
  request.origin = vault.origin;
  request.target = "/healthstatus"; // it needs no token (reference/key-vault.md §3.8)
  request.patience = k_patience;
  const azure::HttpResult result = session_.transport().send(
      std::move(request), Deadline::after(now, std::min(2 * k_patience, deadline_.left(now))));
  const auto* failure = std::get_if<azure::TransportFailure>(&result);
  log_.very_verbose(fmt::format(
      "GET {}/healthstatus: {}",
      vault.label,
      failure != nullptr ? failure->message
                         : std::to_string(std::get<azure::HttpResponse>(result).status)));
  const bool out_of_time =
      failure != nullptr && failure->retryable() && ran_out_of_time(deadline_, now);
  if (!look_at_connection(vault, failure, out_of_time)) {
    return false;
  }
  if (out_of_time) {
    findings_.add_out_of_time("key vault");
    return false;
  }
  if (failure != nullptr) {
    findings_.add({"key vault", State::failed, failure->message, {}, failure->hint, {}});
    return false;
  }
  const auto& response = std::get<azure::HttpResponse>(result);
  if (!look_at_service(vault, response)) {
    return false;
  }
  look_at_clock(response);
  return true;
}

bool VaultDoctor::look_up(const Vault& vault) {
  const azure::ConnectionFacts way = session_.transport().describe(vault.origin);
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
  if (lookup.descriptor() >= 0) {
    session_.transport().wait(deadline_.cut(now, k_patience), lookup.descriptor());
  }
  if (!lookup.done() && ran_out_of_time(deadline_, now)) {
    findings_.add_out_of_time("name");
    return false;
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
  findings_.add(std::move(step));
  return good;
}

// TCP, what a proxy said, and TLS. Whether the connection stood.
bool VaultDoctor::look_at_connection(const Vault& vault,
                                     const azure::TransportFailure* failure,
                                     bool out_of_time) {
  const azure::ConnectionFacts way = session_.transport().describe(vault.origin);
  const auto milliseconds = [](Microseconds time) {
    return std::max(Milliseconds(1), std::chrono::ceil<Milliseconds>(time));
  };
  if (way.address.empty() && out_of_time) {
    findings_.add_out_of_time("tcp");
    return false;
  }
  if (way.address.empty()) {
    const std::string text = failure != nullptr ? failure->message : "no connection";
    const std::string fix =
        failure != nullptr && !failure->hint.empty()
            ? failure->hint
            : fmt::format("let this host connect to {}:{}: look at its firewall, network security "
                          "group and routes",
                          way.dial_host,
                          way.dial_port);
    findings_.add({"tcp", State::failed, text, {}, fix, {}});
    return false;
  }
  findings_.add({"tcp", State::good, way.address, {}, {}, milliseconds(way.tcp_time)});
  if (!way.tls_time && failure != nullptr &&
      failure->kind == azure::TransportFailure::Kind::proxy) {
    findings_.add({"proxy", State::failed, failure->message, {}, failure->hint, {}});
    return false;
  }
  if (!way.tls_time && out_of_time) {
    findings_.add_out_of_time("tls");
    return false;
  }
  if (!way.tls_time) {
    Step step{"tls", State::failed, failure != nullptr ? failure->message : "no TLS", {}, {}, {}};
    step.fix = failure != nullptr ? failure->hint : std::string();
    if (!way.tls.subject.empty()) {
      step.details.push_back(certificate_text(way.tls));
    }
    step.details.push_back(roots_text());
    findings_.add(std::move(step));
    return false;
  }
  Step step{"tls", State::good, {}, {}, {}, milliseconds(*way.tls_time)};
  step.text = fmt::format("{}, {}", way.tls.version, certificate_text(way.tls));
  step.details.push_back(
      fmt::format("trusted by {}; {}", one_line(way.tls.root, 120), roots_text()));
  findings_.add(std::move(step));
  return true;
}

std::string VaultDoctor::roots_text() const {
  return settings_.ca_file.empty()
             ? std::string("roots: the system's")
             : fmt::format("roots: the system's and '{}'", one_line(settings_.ca_file, 200));
}

bool VaultDoctor::look_at_service(const Vault& vault, const azure::HttpResponse& response) {
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
    step.fix = fmt::format("let the proxy, firewall or captive portal pass {} through, or name it "
                           "in no_proxy",
                           vault.origin.host);
    findings_.add(std::move(step));
    return false;
  }
  const std::string region = one_line(response.header("x-ms-keyvault-region"), 40);
  const std::string version = one_line(response.header("x-ms-keyvault-service-version"), 40);
  step.text = fmt::format(
      "{}{}{}",
      region.empty() ? "it answered" : "in " + region,
      version.empty() ? "" : ", version " + version,
      service.client_address.empty() ? "" : ", which sees this host as " + service.client_address);
  if (response.status != 200) { // whether it matters, the reads will show
    step.state = State::warning;
    step.details.push_back(fmt::format("/healthstatus answered {}", response.status));
  }
  findings_.add(std::move(step));
  return true;
}

void VaultDoctor::look_at_clock(const azure::HttpResponse& response) {
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
                  : fmt::format("{} s {} the server's", off, ahead > 0 ? "ahead of" : "behind");
  if (off > k_clock_warning) {
    step.state = off > k_clock_failure ? State::failed : State::warning;
    step.fix = "set this host's clock: timedatectl set-ntp true";
  }
  findings_.add(std::move(step));
}

} // namespace kvrun::launcher
