// SPDX-License-Identifier: MIT
// Only for tls_context.cpp and connection.cpp.
#pragma once

#include "azure/transport/tls_context.hpp"

#include <Poco/Net/Context.h>

namespace kvrun::azure {

struct TlsContext::Library {
  Poco::Net::Context::Ptr context;
  std::string refusal;
  TlsFacts facts;
  std::string pinned_sha1;
};

} // namespace kvrun::azure
