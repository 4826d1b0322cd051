// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"
#include "config/model.hpp"

#include <string_view>

namespace kvrun::launcher {

// A certificate as Key Vault stores it (PKCS#12 in base64 or as bytes, with an empty password; or
// PEM) in the form that is asked for (rules A41): pem is key, leaf, chain; cert the leaf; chain the
// leaf and the rest; key PKCS#8; pfx the stored PKCS#12 bytes, whatever password or algorithm they
// need. The leaf is the certificate of the key, whatever the order. Throws Error(refused).
[[nodiscard]] SecretString convert_certificate(std::string_view stored, config::Format format);

} // namespace kvrun::launcher
