// SPDX-License-Identifier: MIT
#include "tests/unit/azure/identity/identity_host.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace kvrun::azure {
namespace {

constexpr std::string_view k_az_answer =
    R"({"accessToken":"tok-az","expiresOn":"2029-12-31 05:00:00.000000","expires_on":1893373200,
    "subscription":"s","tenant":"t","tokenType":"Bearer"})";

// A host on which somebody may have signed in.
class DeveloperTools : public testing::Test {
protected:
  DeveloperTools() { host_.variables["PATH"] = folder_.path(); }

  // Installs a tool that notes its arguments and prints what is given.
  void install(const std::string& name, std::string_view answer, const std::string& more = "") {
    folder_.write("answer", answer);
    folder_.write(name,
                  fmt::format("#!/bin/sh\nPATH=/usr/bin:/bin\nprintf '%s\\n' \"$@\" > "
                              "'{0}/arguments'\n{1}\ncat '{0}/answer'\n",
                              folder_.path(),
                              more),
                  0700);
  }
  std::string arguments() {
    std::ifstream file(folder_.path() + "/arguments");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  TemporaryFolder folder_;
  IdentityHost host_;
};

TEST_F(DeveloperTools, GetATokenFromAz) {
  install("az", k_az_answer);
  const AccessToken token = host_.token("azure-cli");
  EXPECT_EQ(text_of(token), "tok-az");
  EXPECT_EQ(token.expires_on, 1893373200) << "expiresOn is local time";
  EXPECT_EQ(arguments(),
            "account\nget-access-token\n--output\njson\n--scope\n"
            "https://vault.azure.net/.default\n");
  EXPECT_TRUE(host_.transport.seen.empty());
}

TEST_F(DeveloperTools, AskForTheTenantOfTheEnvironment) {
  host_.variables["AZURE_TENANT_ID"] = "t-1";
  install("az", k_az_answer);
  EXPECT_EQ(text_of(host_.token("azure-cli")), "tok-az");
  expect_holds(arguments(), "--tenant\nt-1\n");
}

TEST_F(DeveloperTools, TakeNoOptionForATenant) {
  host_.variables["AZURE_TENANT_ID"] = "--debug";
  install("az", k_az_answer);
  EXPECT_EQ(host_.failure("azure-cli").kind(), ErrorKind::usage);
}

TEST_F(DeveloperTools, GetATokenFromAzd) {
  install("azd", R"({"token":"tok-azd","expiresOn":"2030-01-01T00:00:00Z"})");
  const AccessToken token = host_.token("azure-developer-cli");
  EXPECT_EQ(text_of(token), "tok-azd");
  EXPECT_EQ(token.expires_on, 1893456000);
  EXPECT_EQ(
      arguments(),
      "auth\ntoken\n--output\njson\n--no-prompt\n--scope\nhttps://vault.azure.net/.default\n");
}

TEST_F(DeveloperTools, AreNotInstalledEverywhere) {
  const Error error = host_.failure("azure-cli");
  EXPECT_EQ(error.kind(), ErrorKind::usage);
  expect_holds(error.message(), "'az'");
}

TEST_F(DeveloperTools, SayWhoHasToSignIn) {
  host_.variables["HOME"] = "/home/somebody";
  install("az", "", "echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1");
  const Error error = host_.failure("azure-cli");
  EXPECT_EQ(error.kind(), ErrorKind::refused);
  expect_holds(error.message(), "Please run 'az login' to setup account.");
  expect_holds(error.hint(), "HOME is '/home/somebody'");
}

TEST_F(DeveloperTools, ShowNothingThatCouldBeAToken) {
  install("az", "", fmt::format("echo \"ERROR: bad token {} here\" >&2; exit 1", k_jwt_ok));
  const Error error = host_.failure("azure-cli");
  expect_holds(error.message(), "ERROR: bad token [...] here");
  expect_lacks(error.message(), k_jwt_ok.substr(40, 20));
}

TEST_F(DeveloperTools, HaveToPrintAToken) {
  for (const char* answer : {"",
                             "tok-leak",
                             R"({"accessToken":""})",
                             R"({"accessToken":"tok-leak"})",
                             R"({"accessToken":"tok-leak","expires_on":"soon"})"}) {
    install("az", answer);
    const Error error = host_.failure("azure-cli");
    EXPECT_EQ(error.kind(), ErrorKind::refused) << answer;
    expect_lacks(error.message(), "tok-leak");
  }
}

TEST_F(DeveloperTools, AreOutOfTimeAtTheDeadline) {
  install("az", k_az_answer, "sleep 1000");
  host_.transport.patience = Milliseconds(0);
  const Error error = host_.failure("azure-cli", Milliseconds(3000));
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  expect_holds(error.message(), "had not ended within 3 s");
}

} // namespace
} // namespace kvrun::azure
