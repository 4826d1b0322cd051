// SPDX-License-Identifier: MIT
#include "base/error.hpp"
#include "launcher/connect_to.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace kvrun::launcher {
namespace {

std::string parsed(std::string_view text) {
  const azure::ConnectTo entry = parse_connect_to(text);
  return fmt::format("{}|{}|{}|{}", entry.host, entry.port, entry.address, entry.address_port);
}

TEST(ConnectTo, TakesTheFormsOfCurl) {
  EXPECT_EQ(parsed("kv1.vault.azure.net:443:10.0.0.4:8443"),
            "kv1.vault.azure.net|443|10.0.0.4|8443");
  EXPECT_EQ(parsed(":443:127.0.0.1:8443"), "|443|127.0.0.1|8443");
  EXPECT_EQ(parsed("::127.0.0.1:8443"), "|0|127.0.0.1|8443");
  EXPECT_EQ(parsed(":::"), "|0||0");
  EXPECT_EQ(parsed("KV1.Vault.Azure.Net::Other:"), "kv1.vault.azure.net|0|other|0");
  EXPECT_EQ(parsed("[::1]:443:[fd00::2]:8443"), "::1|443|fd00::2|8443");
}

TEST(ConnectTo, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "a",
                           "a:1",
                           "a:1:b",
                           "a:1:b:2:c",
                           "a:x:b:2",
                           "a:0:b:2",
                           "a:65536:b:2",
                           "a:1:b:-2",
                           "a b:1:c:2",
                           "a/:1:c:2",
                           "u@a:1:c:2",
                           "[::1:1:c:2",
                           "[::1]x:1:c:2",
                           "::1:1:c:2"}) {
    try {
      static_cast<void>(parse_connect_to(text));
      ADD_FAILURE() << text << " was taken";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
    }
  }
}

} // namespace
} // namespace kvrun::launcher
