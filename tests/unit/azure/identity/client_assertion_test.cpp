// SPDX-License-Identifier: MIT
#include "azure/identity/client_assertion.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "tests/unit/azure/identity/certificate_maker.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

namespace kvrun::azure {
namespace {

const AssertionClaims k_claims{
    "https://login.microsoftonline.com/T/oauth2/v2.0/token", "C", k_frozen_now};

// The parts of a signed JWT.
struct Jwt {
  explicit Jwt(const SecretString& text)
      : parts(split(text.reveal(), '.')), header(part(0)), payload(part(1)),
        signature(decode_base64(parts.at(2)).value()) {
    signed_text = text.reveal().substr(0, parts[0].size() + 1 + parts[1].size());
  }
  [[nodiscard]] json::Document part(std::size_t number) const {
    return json::Document::parse(decode_base64(parts.at(number)).value().reveal());
  }
  std::vector<std::string_view> parts;
  json::Document header;
  json::Document payload;
  SecretString signature;
  std::string signed_text;
};

std::string_view member(const json::Document& document, std::string_view name) {
  const json::Value* found = document.root().find(name);
  return found == nullptr ? std::string_view() : found->text;
}

const MadeCertificate& rsa() {
  static const MadeCertificate made = MadeCertificate::rsa();
  return made;
}

std::string reason(std::string_view content, std::string_view password = "") {
  try {
    (void)ClientCertificate::load(content, password);
    return {};
  } catch (const BadCertificate& e) {
    return e.what();
  }
}

TEST(ClientAssertion, IsWhatTheLoginHostAsksFor) {
  const auto certificate = ClientCertificate::load(rsa().pem(), "");
  const SecretString text = certificate.sign(k_claims, AssertionForm::entra, false);
  const Jwt jwt(text);
  EXPECT_EQ(member(jwt.header, "alg"), "PS256");
  EXPECT_EQ(member(jwt.header, "typ"), "JWT");
  EXPECT_EQ(member(jwt.header, "x5t#S256"), encode_base64url(rsa().digest("SHA256")));
  EXPECT_EQ(jwt.header.root().find("x5c"), nullptr);
  EXPECT_EQ(member(jwt.payload, "aud"), k_claims.audience);
  EXPECT_EQ(member(jwt.payload, "iss"), "C");
  EXPECT_EQ(member(jwt.payload, "sub"), "C");
  EXPECT_EQ(member(jwt.payload, "nbf"), "1893369600");
  EXPECT_EQ(member(jwt.payload, "exp"), "1893370200");
  EXPECT_TRUE(rsa().verifies(jwt.signed_text, jwt.signature.reveal(), Padding::pss));
}

TEST(ClientAssertion, HasAnIdOfItsOwn) {
  const auto certificate = ClientCertificate::load(rsa().pem(), "");
  const SecretString one = certificate.sign(k_claims, AssertionForm::entra, false);
  const SecretString two = certificate.sign(k_claims, AssertionForm::entra, false);
  EXPECT_NE(member(Jwt(one).payload, "jti"), member(Jwt(two).payload, "jti"));
  EXPECT_EQ(member(Jwt(one).payload, "jti").size(), 36U);
}

TEST(ClientAssertion, IsInTheOldFormForAdFs) {
  const auto certificate = ClientCertificate::load(rsa().pem(), "");
  const SecretString text = certificate.sign(k_claims, AssertionForm::adfs, false);
  const Jwt jwt(text);
  EXPECT_EQ(member(jwt.header, "alg"), "RS256");
  EXPECT_EQ(member(jwt.header, "x5t"), encode_base64url(rsa().digest("SHA1")));
  EXPECT_TRUE(rsa().verifies(jwt.signed_text, jwt.signature.reveal(), Padding::pkcs1));
}

TEST(ClientAssertion, CarriesTheChainWhenAsked) {
  const MadeCertificate other = MadeCertificate::rsa();
  const auto certificate = ClientCertificate::load(other.certificate_pem() + rsa().pem(), "");
  const SecretString text = certificate.sign(k_claims, AssertionForm::entra, true);
  const Jwt jwt(text);
  const json::Value* chain = jwt.header.root().find("x5c");
  ASSERT_NE(chain, nullptr);
  ASSERT_EQ(chain->items.size(), 2U);
  EXPECT_EQ(decode_base64(chain->items[0].text).value().reveal(), rsa().der());
  EXPECT_EQ(decode_base64(chain->items[1].text).value().reveal(), other.der());
}

TEST(ClientCertificateFile, MayBePkcs12) {
  for (const char* password : {"", "pass-word"}) {
    const auto certificate = ClientCertificate::load(rsa().pkcs12(password), password);
    const SecretString text = certificate.sign(k_claims, AssertionForm::entra, false);
    const Jwt jwt(text);
    EXPECT_TRUE(rsa().verifies(jwt.signed_text, jwt.signature.reveal(), Padding::pss));
  }
}

TEST(ClientCertificateFile, MayHaveAPassword) {
  const std::string pem = rsa().certificate_pem() + rsa().key_pem("pass-word");
  EXPECT_EQ(reason(pem, "pass-word"), "");
  expect_holds(reason(pem), "set AZURE_CLIENT_CERTIFICATE_PASSWORD");
  expect_holds(reason(pem, "wrong-word"), "is not its key's password");
  expect_holds(reason(rsa().pkcs12("pass-word")), "set AZURE_CLIENT_CERTIFICATE_PASSWORD");
  expect_holds(reason(rsa().pkcs12("pass-word"), "wrong-word"), "is not its password");
}

TEST(ClientCertificateFile, SaysWhatItLacks) {
  const MadeCertificate other = MadeCertificate::rsa();
  expect_holds(reason(rsa().certificate_pem()), "no private key");
  expect_holds(reason(rsa().key_pem("")), "no certificate");
  expect_holds(reason(other.certificate_pem() + rsa().key_pem("")), "does not fit");
  expect_holds(reason(MadeCertificate::elliptic().pem()), "no RSA key");
  expect_holds(reason("something else"), "neither PEM nor PKCS#12");
  expect_holds(reason({}), "it is empty"); // a null pointer, as an empty file's
}

// The rest of a chain is sent too, where it is asked for: none of it is left out without a word.
TEST(ClientCertificateFile, IsReadToItsEndOrNotAtAll) {
  const std::string pem = rsa().key_pem("") + rsa().certificate_pem();
  std::string cut = MadeCertificate::rsa().certificate_pem();
  cut.erase(100, 40);
  expect_holds(reason(pem + cut), "its certificate 2 is damaged or cut off");
  EXPECT_EQ(reason(pem + "some words\n"), "");
}

class CertificateHost : public testing::Test {
protected:
  CertificateHost() {
    host.variables = {{"AZURE_TENANT_ID", "T"}, {"AZURE_CLIENT_ID", "C"}};
    host.transport.always(
        "", {200, R"({"access_token":"tok-sp","expires_in":3599})", {}, {}, {}, false});
  }
  SecretString assertion() {
    return SecretString(host.transport.seen.at(0).form().at("client_assertion"));
  }
  TemporaryFolder folder;
  IdentityHost host;
};

TEST_F(CertificateHost, ProvesItselfForTheUrlThatItPostsTo) {
  host.variables["AZURE_CLIENT_CERTIFICATE_PATH"] = folder.write("sp.pem", rsa().pem());
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  const SecretString text = assertion();
  const Jwt jwt(text);
  EXPECT_EQ(member(jwt.payload, "aud"), host.transport.seen.at(0).url);
  EXPECT_EQ(jwt.header.root().find("x5c"), nullptr);
}

TEST_F(CertificateHost, SendsTheChainWhenTheVariableSaysSo) {
  host.variables["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] = "true";
  const std::string path = folder.write("sp.pem", rsa().pem());
  EXPECT_EQ(text_of(host.token("client-certificate=" + path)), "tok-sp");
  const SecretString text = assertion();
  EXPECT_NE(Jwt(text).header.root().find("x5c"), nullptr);
}

TEST_F(CertificateHost, UsesTheOldFormForAdFs) {
  host.variables["AZURE_TENANT_ID"] = "adfs";
  host.variables["AZURE_CLIENT_CERTIFICATE_PATH"] = folder.write("sp.pem", rsa().pem());
  EXPECT_EQ(text_of(host.token()), "tok-sp");
  const SecretString text = assertion();
  EXPECT_EQ(member(Jwt(text).header, "alg"), "RS256");
}

TEST_F(CertificateHost, NamesAFileThatIsNoGood) {
  host.variables["AZURE_CLIENT_CERTIFICATE_PATH"] =
      folder.write("sp-nokey.pem", rsa().certificate_pem());
  const Error error = host.failure();
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "sp-nokey.pem': it has no private key");
  EXPECT_TRUE(host.transport.seen.empty());
}

} // namespace
} // namespace kvrun::azure
