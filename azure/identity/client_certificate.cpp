// SPDX-License-Identifier: MIT
#include "azure/identity/client_assertion.hpp"
#include "azure/identity/entra.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <optional>

namespace kvrun::azure {

namespace {

constexpr std::size_t k_largest_file = std::size_t{1024} * 1024;

// An application with a certificate (identity.md §9.2).
class CertificateCredential final : public Federated {
public:
  CertificateCredential(const IdentityContext& context, Application application, std::string path)
      : Federated("client-certificate", context, std::move(application)), path_(std::move(path)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    const ClientCertificate certificate = load(deadline);
    const std::string_view chain = context().environment("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN");
    const bool with_chain = chain == "1" || equal_without_case(chain, "true");
    const auto sign = [&] {
      return certificate.sign(
          {application().token_url(), application().client_id, context().unix_time()},
          application().is_adfs() ? AssertionForm::adfs : AssertionForm::entra,
          with_chain);
    };
    return exchange_assertion(sign, audience, deadline);
  }

  [[nodiscard]] ClientCertificate load(const Deadline& deadline) const {
    const SecretString content = read_file(path_, k_largest_file, ErrorKind::refused, deadline);
    try {
      return ClientCertificate::load(content.reveal(),
                                     context().environment("AZURE_CLIENT_CERTIFICATE_PASSWORD"));
    } catch (const BadCertificate& e) {
      throw Error(ErrorKind::refused,
                  fmt::format("identity 'client-certificate': '{}': {}", path_, e.what()),
                  "the file holds an RSA certificate and its private key, as PEM or PKCS#12");
    }
  }

  std::string path_;
};

} // namespace

std::unique_ptr<TokenCredential> make_client_certificate(const IdentitySetting& setting,
                                                         const IdentityContext& context) {
  const bool named = setting.select == IdentitySetting::Select::path;
  return std::make_unique<CertificateCredential>(
      context,
      find_application("client-certificate", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", context),
      named ? setting.value : std::string(context.environment("AZURE_CLIENT_CERTIFICATE_PATH")));
}

} // namespace kvrun::azure
