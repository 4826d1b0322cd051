// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/certificates.hpp"
#include "emulator/environment.hpp"
#include "emulator/host_kind.hpp"
#include "emulator/service.hpp"
#include "emulator/temporary_folder.hpp"

#include <cstdint>

namespace kvrun::emulator {

// What a host of some kind is made of, before anything listens.
struct HostMaterial {
  KeyedCertificate principal; // of the service principal, where it has one
  KeyedCertificate fabric;    // of Service Fabric's endpoint, where there is one
  Credentials credentials;
};
[[nodiscard]] HostMaterial make_material(HostKind kind);

// Where the emulator listens.
struct Ports {
  std::uint16_t tls = 0;
  std::uint16_t identity = 0;
  std::uint16_t proxy = 0; // 0: is none
};

// What the host announces itself with: variables, and the files they name. IMDS at its own address
// needs none.
void announce_host(HostKind kind,
                   const Service& service,
                   const HostMaterial& material,
                   const Ports& ports,
                   bool has_metadata_address,
                   const TemporaryFolder& folder,
                   Environment& environment);

// KVRUN_CA_FILE and KVRUN_CONNECT_TO.
void announce_vaults(HostKind kind,
                     const std::string& ca_file,
                     const Ports& ports,
                     Environment& environment);

// Lets the SDKs trust the emulator; `more` is trusted too.
void announce_trust(const std::string& authority_pem,
                    const std::string& more,
                    const TemporaryFolder& folder,
                    Environment& environment);

// The proxy of --as-proxy.
void announce_proxy(const Ports& ports, Environment& environment);
// Keeps a proxy that the caller uses away from what the emulator is.
void bypass_proxy(Environment& environment);
// Removes the proxies that a private network cannot reach.
void remove_proxies(Environment& environment);

} // namespace kvrun::emulator
