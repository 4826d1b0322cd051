// SPDX-License-Identifier: MIT
#pragma once

#include "emulator/openssl.hpp"

#include <string>
#include <string_view>

namespace kvrun::emulator {

// The system's root certificates as PEM: those of `ssl_cert_file`, else of the usual places; ""
// where there are none.
[[nodiscard]] std::string system_roots(const std::string& ssl_cert_file);

inline constexpr std::string_view k_java_password = "changeit";
// A trust store for Java (PKCS#12): these PEM certificates, each trusted for everything.
[[nodiscard]] std::string java_trust_store(std::string_view pem);

} // namespace kvrun::emulator
