// SPDX-License-Identifier: MIT
#include "azure/identity/source.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::azure {

namespace {

constexpr std::string_view k_thumbprint_variable = "IDENTITY_SERVER_THUMBPRINT";
constexpr std::size_t k_sha1_digits = 40;

// A Service Fabric application: its certificate is self-signed and known by its SHA-1 (identity.md
// §7). Which identity it has, its manifest says.
class ServiceFabric final : public Source {
public:
  ServiceFabric(const IdentityContext& context,
                Endpoint endpoint,
                Header secret,
                std::string thumbprint)
      : Source("service-fabric", context), endpoint_(std::move(endpoint)),
        secret_(std::move(secret.value)), thumbprint_(std::move(thumbprint)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    const std::string_view version = context().environment("IDENTITY_API_VERSION");
    const std::string target =
        endpoint_.target({{"api-version", version.empty() ? "2019-07-01-preview" : version},
                          {"resource", audience}});
    const auto request = [&] {
      HttpRequest made = local_request(endpoint_, target);
      made.route.pinned_sha1 = thumbprint_;
      made.headers.push_back({"Secret", secret_.clone()});
      return made;
    };
    const HttpResponse response = ask(peer(endpoint_), context(), request, deadline);
    return std::move(expect_token(peer(endpoint_), context(), response).token);
  }

  Endpoint endpoint_;
  SecretString secret_;
  std::string thumbprint_;
};

// 40 hex digits in lower case; tools write them with colons or blanks.
std::string parse_thumbprint(std::string_view text) {
  std::string digits = lower(text);
  std::erase_if(digits, [](char c) { return c == ':' || c == ' ' || c == '\t'; });
  const bool good =
      digits.size() == k_sha1_digits && std::all_of(digits.begin(), digits.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      });
  if (!good) {
    throw Error(ErrorKind::usage,
                fmt::format("the variable '{}' holds no SHA-1 of 40 hexadecimal digits",
                            k_thumbprint_variable));
  }
  return digits;
}

} // namespace

std::unique_ptr<TokenCredential> make_service_fabric(const IdentitySetting&,
                                                     const IdentityContext& context) {
  Endpoint endpoint = parse_endpoint(
      "IDENTITY_ENDPOINT", context.environment("IDENTITY_ENDPOINT"), Scheme::https_only);
  Header secret =
      secret_header("Secret", "IDENTITY_HEADER", context.environment("IDENTITY_HEADER"));
  std::string thumbprint = parse_thumbprint(context.environment(k_thumbprint_variable));
  if (!context.environment("AZURE_CLIENT_ID").empty()) {
    context.log.verbose(
        "identity 'service-fabric': AZURE_CLIENT_ID is ignored: the manifest selects the identity");
  }
  return std::make_unique<ServiceFabric>(
      context, std::move(endpoint), std::move(secret), std::move(thumbprint));
}

} // namespace kvrun::azure
