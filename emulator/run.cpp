// SPDX-License-Identifier: MIT
#include "emulator/run.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "emulator/certificates.hpp"
#include "emulator/environment.hpp"
#include "emulator/host_setup.hpp"
#include "emulator/http_server.hpp"
#include "emulator/name_server.hpp"
#include "emulator/options.hpp"
#include "emulator/private_hosts.hpp"
#include "emulator/process.hpp"
#include "emulator/service.hpp"
#include "version.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>

namespace kvrun::emulator {
namespace {

Seed load_seed(const std::string& file) {
  Problems problems;
  if (file.empty()) {
    return {};
  }
  constexpr std::size_t limit = 16UL * 1024 * 1024;
  const SecretString text =
      read_file(file,
                limit,
                ErrorKind::usage,
                Deadline::after(std::chrono::steady_clock::now(), std::chrono::seconds(10)));
  Seed seed = parse_seed(text.reveal(), file, problems);
  problems.raise();
  return seed;
}

// Where the counts go. Opened before anything starts, so that a wrong path is told then.
class CountsFile {
public:
  explicit CountsFile(const std::string& path) : path_(path) {
    constexpr mode_t mode = 0666;
    if (!path.empty()) {
      file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
      if (!file_) {
        fail();
      }
    }
  }

  void write(const std::string& text) const {
    if (file_ && ::write(file_.get(), text.data(), text.size()) < 0) {
      fail();
    }
  }

private:
  [[noreturn]] void fail() const {
    throw Error(ErrorKind::usage,
                fmt::format("cannot write '{}': {}", path_, system_reason(errno)));
  }

  std::string path_;
  UniqueFd file_;
};

// Opens what listens and says in the environment where that is.
class Emulator {
public:
  Emulator(const Options& options, Seed seed, const TemporaryFolder& folder)
      : options_(options), folder_(folder), material_(make_material(options.kind())),
        service_(std::move(seed),
                 options.kind(),
                 material_.credentials,
                 [] { return std::chrono::system_clock::now(); }),
        server_(service_, authority_, material_.fabric.certificate ? &material_.fabric : nullptr) {}

  // Listens, but does not serve yet.
  void open(Environment& environment) {
    listen();
    remove_identities(environment);
    const HostKind kind = options_.kind();
    announce_host(kind, service_, material_, ports_, options_.as_hosts, folder_, environment);
    if (second_host()) {
      service_.add_identity(HostKind::app_service);
      announce_host(HostKind::app_service,
                    service_,
                    material_,
                    ports_,
                    options_.as_hosts,
                    folder_,
                    environment);
    }
    announce_vaults(kind, folder_.write("ca.pem", authority_.pem()), ports_, environment);
    announce_ways(environment);
  }

  void start() {
    server_.start();
    if (names_) {
      names_->start();
    }
  }

  void stop() { server_.stop(); }
  [[nodiscard]] std::string counts() { return service_.counts().json(); }

private:
  // The SDKs know App Service better than Cloud Shell (interop.md §4), so a proxy offers both.
  [[nodiscard]] bool second_host() const { return options_.as_proxy && !options_.host; }

  void listen() {
    const HostKind kind = options_.kind();
    const std::string local = "127.0.0.1";
    constexpr std::uint16_t https = 443;
    constexpr std::uint16_t http = 80;
    ports_.tls = server_.listen(local, options_.as_hosts ? https : 0, Opening::tls);
    if (kind < HostKind::workload) {
      ports_.identity = server_.listen(
          local, 0, kind == HostKind::service_fabric ? Opening::fabric : Opening::identity);
    }
    if (options_.as_proxy) {
      ports_.proxy = server_.listen(local, 0, Opening::proxy);
    }
    if (options_.as_hosts) {
      names_.emplace([this](std::string_view host) { return service_.exists(host); });
      if (kind != HostKind::none) {
        server_.listen("169.254.169.254", http, Opening::metadata);
      }
    }
  }

  void announce_ways(Environment& environment) {
    if (options_.as_proxy || options_.as_hosts) {
      const std::string more =
          material_.fabric.certificate ? to_pem(material_.fabric.certificate.get()) : std::string();
      announce_trust(authority_.pem(), more, folder_, environment);
    }
    if (options_.as_proxy) {
      announce_proxy(ports_, environment);
    } else if (options_.as_hosts) {
      remove_proxies(environment);
    } else {
      bypass_proxy(environment);
    }
  }

  const Options& options_;
  const TemporaryFolder& folder_;
  CertificateAuthority authority_;
  HostMaterial material_;
  Service service_;
  HttpServer server_;
  std::optional<NameServer> names_;
  Ports ports_;
};

void print(const Environment& environment) {
  for (const auto& [name, value] : environment.changes()) {
    fmt::print("{}={}\n", name, shell_word(value));
  }
  std::fflush(stdout); // NOLINT(cert-err33-c): who reads them sees that they are not there
}

void enter_namespaces(const Options& options) {
  if (options.as_hosts) {
    enter_private_network();
  }
  if (options.kind() == HostKind::arc) {
    mount_arc_keys(options.as_hosts ? MountNamespace::entered : MountNamespace::own);
  }
}

int serve(const Options& options) {
  const CountsFile counts(options.counts);
  Seed seed = load_seed(options.seed);
  const bool has_command = !options.command.empty();
  if (options.as_hosts && !has_command) {
    throw Error(ErrorKind::usage,
                "--as-hosts needs a command",
                "the private network is the command's: kvrun-emulator --as-hosts -- COMMAND");
  }
  const std::string path = has_command ? find_command(options.command.front()) : std::string();
  enter_namespaces(options);
  const Signals signals;
  const TemporaryFolder folder;
  if (options.as_hosts) {
    mount_names(seed, folder);
  }
  Environment environment(environ);
  Emulator emulator(options, std::move(seed), folder);
  emulator.open(environment);
  int status = 0;
  if (has_command) {
    // Before any connection is accepted, so that the command inherits none.
    const pid_t child = start_command(path, options.command, environment.entries(), signals);
    emulator.start();
    status = signals.wait_for(child);
  } else {
    emulator.start();
    print(environment);
    signals.wait_for_end();
  }
  emulator.stop();
  counts.write(emulator.counts());
  return status;
}

} // namespace

int run(int argc, char** argv) {
  const Log log(Verbosity::normal, "kvrun-emulator");
  try {
    const Options options =
        parse_options(std::span<char* const>(argv, static_cast<std::size_t>(argc)).subspan(1));
    if (options.help) {
      fmt::print("{}", help_text());
      return 0;
    }
    if (options.version) {
      fmt::print("kvrun-emulator {}\n", k_version);
      return 0;
    }
    return serve(options);
  } catch (const Errors& errors) {
    for (const Error& error : errors.all()) {
      log.error(error);
    }
    return exit_status(errors.all());
  } catch (const Error& error) {
    log.error(error);
    return exit_status(error.kind());
  } catch (const std::exception& error) {
    log.error(Error(ErrorKind::usage, error.what()));
    return exit_status(ErrorKind::usage);
  }
}

} // namespace kvrun::emulator
