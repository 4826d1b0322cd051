// SPDX-License-Identifier: MIT
#include "emulator/private_hosts.hpp"

#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "emulator/clouds.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kvrun::emulator {
namespace {

[[noreturn]] void fail(std::string_view what, int error, std::string_view hint) {
  throw Error(
      ErrorKind::usage, fmt::format("{}: {}", what, system_reason(error)), std::string(hint));
}

constexpr std::string_view k_needs =
    "run it as root, or allow unprivileged user namespaces; --as-proxy needs neither";

void write_file(const char* path, const std::string& text) {
  const UniqueFd file(::open(path, O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), text.data(), text.size()) < 0) {
    fail(fmt::format("cannot write '{}'", path), errno, k_needs);
  }
}

void unshare(int flags) {
  if (::unshare(flags) == 0) {
    return;
  }
  if (errno != EPERM) {
    fail("cannot make a private namespace", errno, k_needs);
  }
  const uid_t user = ::geteuid();
  const gid_t group = ::getegid();
  if (::unshare(flags | CLONE_NEWUSER) != 0) {
    fail("cannot make a private namespace", errno, k_needs);
  }
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", fmt::format("{} {} 1\n", user, user));
  write_file("/proc/self/gid_map", fmt::format("{} {} 1\n", group, group));
}

void make_mounts_private() {
  if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    fail("cannot make the mounts private", errno, k_needs);
  }
}

ifreq request_for(const char* interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  return request;
}

void set_address(int control, unsigned long kind, const char* text) {
  ifreq request = request_for("lo:1");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, text, &address.sin_addr);
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): netdevice(7) has it so
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  if (::ioctl(control, kind, &request) != 0) {
    fail("cannot set up the private network", errno, k_needs);
  }
}

void set_up_loopback() {
  const UniqueFd control(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = request_for("lo");
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-union-access): netdevice(7) has it so
  request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_LOOPBACK;
  if (!control || ::ioctl(control.get(), SIOCSIFFLAGS, &request) != 0) {
    fail("cannot set up the private network", errno, k_needs);
  }
  set_address(control.get(), SIOCSIFADDR, "169.254.169.254");
  set_address(control.get(), SIOCSIFNETMASK, "255.255.255.255");
}

enum class Required { no, yes };

void bind_mount(const std::string& source, const char* target, Required required) {
  if (::mount(source.c_str(), target, nullptr, MS_BIND, nullptr) != 0 &&
      required == Required::yes) {
    fail(fmt::format("cannot mount '{}'", target), errno, k_needs);
  }
}

std::string hosts_file(const Seed& seed) {
  std::string text = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";
  const auto add = [&](std::string_view host) { text += fmt::format("127.0.0.1 {}\n", host); };
  std::string own(256, '\0');
  if (::gethostname(own.data(), own.size() - 1) == 0) {
    add(own.c_str());
  }
  for (const SeedVault& vault : seed.vaults.value_or(std::vector<SeedVault>())) {
    if (vault_address(vault.name)) {
      add(vault.name);
      continue;
    }
    for (const Cloud& cloud : k_clouds) {
      add(fmt::format("{}.{}", vault.name, cloud.vault_suffix));
    }
  }
  for (const std::string_view host : k_login_hosts) {
    add(host);
  }
  for (const std::string_view host : {k_arm_host, k_github_host, k_pipelines_host}) {
    add(host);
  }
  return text;
}

// The caller's, with names asked of files and of DNS only: a resolver daemon is behind a Unix
// socket, which no network namespace closes.
std::string nsswitch_file() {
  std::string text = "hosts: files dns\n";
  try {
    constexpr std::size_t limit = 64UL * 1024;
    const SecretString own =
        read_file("/etc/nsswitch.conf",
                  limit,
                  ErrorKind::usage,
                  Deadline::after(std::chrono::steady_clock::now(), Milliseconds(1000)));
    for (const std::string_view line : split(own.reveal(), '\n')) {
      if (!trim(line).starts_with("hosts:")) {
        text += fmt::format("{}\n", line);
      }
    }
  } catch (const Error&) {
    return text;
  }
  return text;
}

} // namespace

void enter_private_network() {
  unshare(CLONE_NEWNET | CLONE_NEWNS);
  make_mounts_private();
  set_up_loopback();
}

void mount_names(const Seed& seed, const TemporaryFolder& folder) {
  constexpr mode_t readable = 0644;
  bind_mount(folder.write("hosts", hosts_file(seed), readable), "/etc/hosts", Required::yes);
  bind_mount(
      folder.write("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n", readable),
      "/etc/resolv.conf",
      Required::no);
  bind_mount(
      folder.write("nsswitch.conf", nsswitch_file(), readable), "/etc/nsswitch.conf", Required::no);
}

void mount_arc_keys(MountNamespace where) {
  constexpr mode_t folder = 0755;
  if (where == MountNamespace::own) {
    unshare(CLONE_NEWNS);
    make_mounts_private();
  }
  if (::mount("kvrun-emulator", "/var/opt", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") != 0) {
    fail("cannot mount an empty '/var/opt' for the keys of Azure Arc", errno, k_needs);
  }
  if (::mkdir("/var/opt/azcmagent", folder) != 0 ||
      ::mkdir("/var/opt/azcmagent/tokens", folder) != 0) {
    fail("cannot make '/var/opt/azcmagent/tokens'", errno, k_needs);
  }
}

} // namespace kvrun::emulator
