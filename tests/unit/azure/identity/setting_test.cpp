// SPDX-License-Identifier: MIT
#include "azure/identity/credential.hpp"

#include <gtest/gtest.h>

namespace kvrun::azure {
namespace {

using Select = IdentitySetting::Select;

std::string refusal(std::string_view text) {
  try {
    (void)IdentitySetting::parse(text);
    return {};
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::usage);
    return e.message() + ' ' + e.hint();
  }
}

TEST(IdentitySetting, TakesEveryKind) {
  for (const std::string_view kind : identity_kinds()) {
    if (kind != "token-file") {
      EXPECT_EQ(IdentitySetting::parse(kind).kind, kind);
      EXPECT_EQ(IdentitySetting::parse(kind).select, Select::none);
    }
  }
}

TEST(IdentitySetting, TakesASelector) {
  const auto client = IdentitySetting::parse("vm=client-id:11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(client.kind, "vm");
  EXPECT_EQ(client.select, Select::client_id);
  EXPECT_EQ(client.value, "11111111-1111-4111-8111-111111111111");
  EXPECT_EQ(IdentitySetting::parse("arc=object-id:o-1").select, Select::object_id);
  EXPECT_EQ(IdentitySetting::parse("vm=resource-id:/subscriptions/s/x=y").value,
            "/subscriptions/s/x=y");
  EXPECT_EQ(IdentitySetting::parse("vm=system").select, Select::system);
}

TEST(IdentitySetting, TakesAPathWithAnyCharacter) {
  const auto file = IdentitySetting::parse("token-file=/run/a=b c");
  EXPECT_EQ(file.select, Select::path);
  EXPECT_EQ(file.value, "/run/a=b c");
  EXPECT_EQ(IdentitySetting::parse("client-certificate=sp.pem").value, "sp.pem");
}

TEST(IdentitySetting, NamesTheNearestKind) {
  EXPECT_NE(refusal("azurecli").find("'azure-cli'"), std::string::npos);
  EXPECT_NE(refusal("cloudshell").find("'cloud-shell'"), std::string::npos);
}

TEST(IdentitySetting, RefusesWhatItDoesNotKnow) {
  for (const char* text : {"",
                           "VM",
                           "vm ",
                           "vm=",
                           "vm=11111111-1111-4111-8111-111111111111",
                           "vm=client-id:",
                           "vm=client-id:a b",
                           "vm=client-id:a&b",
                           "vm=resource-id:subscriptions/s",
                           "vm=resource-id:/a b",
                           "token-file",
                           "token-file=",
                           "client-certificate="}) {
    EXPECT_NE(refusal(text), "") << text;
  }
}

TEST(IdentitySetting, SelectsOnlyAsTheKindCan) {
  for (const char* text : {"cloud-shell=client-id:a",
                           "cloud-shell=system",
                           "service-fabric=object-id:a",
                           "workload=client-id:a",
                           "azure-ml=object-id:a",
                           "azure-cli=system"}) {
    EXPECT_NE(refusal(text).find("cannot select an identity like this"), std::string::npos) << text;
  }
  EXPECT_EQ(refusal("azure-ml=client-id:a"), "");
  EXPECT_EQ(refusal("auto=client-id:a"), "");
}

TEST(IdentitySetting, NeverShowsWhatWasGiven) {
  for (const char* text :
       {"hunter2hunter2", "client-secret=hunter2hunter2", "vm=client-id:hunter2hunter2!"}) {
    EXPECT_EQ(refusal(text).find("hunter2"), std::string::npos) << text;
    EXPECT_NE(refusal(text), "") << text;
  }
}

} // namespace
} // namespace kvrun::azure
