// SPDX-License-Identifier: MIT
#include "azure/identity/arc_key.hpp"
#include "azure/identity/source.hpp"
#include "tests/unit/azure/identity/identity_host.hpp"
#include "tests/unit/azure/identity/temporary_folder.hpp"

#include <fmt/format.h>

#include <sys/fsuid.h>
#include <unistd.h>

namespace kvrun::azure {
namespace {

constexpr std::string_view k_answer =
    R"({"access_token":"tok-arc","expires_in":"86400","expires_on":"1893456000",
    "resource":"https://vault.azure.net","token_type":"Bearer"})";

bool is_refused(std::string_view challenge) {
  try {
    (void)arc_key_path(challenge, "/tokens");
    return false;
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::refused);
    return true;
  }
}

TEST(ArcChallenge, NamesAKeyFileInTheAgentsDirectory) {
  EXPECT_EQ(arc_key_path("Basic realm=/tokens/abc.key", "/tokens"), "/tokens/abc.key");
  EXPECT_EQ(arc_key_path("basic realm=/tokens/6f1d-a.b_c.key", "/tokens"),
            "/tokens/6f1d-a.b_c.key");
}

TEST(ArcChallenge, IsRefusedForAnythingElse) {
  for (const char* challenge : {"",
                                "somefile=filename",
                                "Basic realm=",
                                "Bearer realm=/tokens/abc.key",
                                "Basic realm=/tokens/abc.txt",
                                "Basic realm=/tokens/.key",
                                "Basic realm=/tokens/..key",
                                "Basic realm=/tokens/../etc/shadow.key",
                                "Basic realm=/tokens/sub/abc.key",
                                "Basic realm=/tokens//abc.key",
                                "Basic realm=/tokens2/abc.key",
                                "Basic realm=/etc/abc.key",
                                "Basic realm=abc.key",
                                "Basic realm=\"/tokens/abc.key\"",
                                "Basic realm=/tokens/a b.key",
                                "Basic realm=/tokens/abc.key, x=y",
                                "Basic realm=/tokens/abc.KEY"}) {
    EXPECT_TRUE(is_refused(challenge)) << challenge;
  }
  EXPECT_TRUE(is_refused(std::string_view("Basic realm=/tokens/a\0.key", 26)));
}

class ArcKey : public testing::Test {
protected:
  std::string refusal(const std::string& path) {
    try {
      (void)read_arc_key(path, deadline_);
      return {};
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::refused);
      return e.message() + ' ' + e.hint();
    }
  }
  TemporaryFolder folder_;
  Deadline deadline_ = Deadline::after(std::chrono::steady_clock::now(), Milliseconds(60000));
};

TEST_F(ArcKey, IsTakenAsItIs) {
  EXPECT_EQ(read_arc_key(folder_.write("a.key", "k3y=="), deadline_).reveal(), "k3y==");
  EXPECT_EQ(read_arc_key(folder_.write("b.key", std::string(4096, 'k')), deadline_).size(), 4096U);
}

TEST_F(ArcKey, IsRefusedWhenNoHeaderCouldHoldIt) {
  EXPECT_NE(refusal(folder_.write("a.key", std::string(4097, 'k'))), "");
  EXPECT_NE(refusal(folder_.write("b.key", "")), "");
  EXPECT_NE(refusal(folder_.write("c.key", "k3y\r\nX: y")), "");
  EXPECT_NE(refusal(folder_.write("d.key", "k3y\n")), "");
  expect_lacks(refusal(folder_.write("e.key", "k3y\n")), "k3y\n");
}

TEST_F(ArcKey, IsARegularFileAndNoLink) {
  const std::string target = folder_.write("target.key", "k3y");
  const std::string link = folder_.path() + "/link.key";
  ASSERT_EQ(::symlink(target.c_str(), link.c_str()), 0);
  EXPECT_NE(refusal(link), "");
  EXPECT_NE(refusal(folder_.path()), "");
  const std::string fifo = folder_.path() + "/fifo.key";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  expect_holds(refusal(fifo), "no regular file");
  expect_holds(refusal(folder_.path() + "/nosuch.key"), "nosuch.key");
}

TEST_F(ArcKey, HasAHintWhenItMayNotBeRead) {
  const std::string key = folder_.write("a.key", "k3y", 0000);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0711), 0);
  constexpr uid_t nobody = 65534;
  const int before = ::setfsuid(nobody); // root may read everything; for others it changes nothing
  const std::string why = refusal(key);
  ::setfsuid(static_cast<uid_t>(before));
  expect_holds(why, "himds");
}

class ArcAgent : public testing::Test {
protected:
  ArcAgent() {
    host_.variables = {
        {"IMDS_ENDPOINT", "http://127.0.0.1:40342"},
        {"IDENTITY_ENDPOINT", "http://127.0.0.1:40342/metadata/identity/oauth2/token"}};
  }
  void challenge(const std::string& path) {
    host_.transport.reply(401, "", {{"www-authenticate", "Basic realm=" + path}});
  }
  AccessToken token(std::string_view setting = "arc") {
    const IdentityContext context = host_.context();
    return make_arc_with_keys_in(folder_.path(), IdentitySetting::parse(setting), context)
        ->get_token(k_vault_audience, Deadline::after(host_.transport.now(), k_budget));
  }
  ErrorKind failure(std::string_view setting = "arc") {
    try {
      (void)token(setting);
    } catch (const Error& e) {
      return e.kind();
    }
    ADD_FAILURE() << "there was a token";
    return ErrorKind::usage;
  }
  TemporaryFolder folder_;
  IdentityHost host_;
};

TEST_F(ArcAgent, IsAskedAgainWithTheKeyThatItNames) {
  challenge(folder_.write("abc.key", "k3y=="));
  host_.transport.reply(200, k_answer);
  const AccessToken token = this->token();
  EXPECT_EQ(text_of(token), "tok-arc");
  EXPECT_EQ(token.expires_on, 1893456000);
  ASSERT_EQ(host_.transport.seen.size(), 2U);
  for (const SeenRequest& request : host_.transport.seen) {
    EXPECT_EQ(request.path(), "/metadata/identity/oauth2/token");
    EXPECT_EQ(request.query().at("api-version"), "2020-06-01");
    EXPECT_EQ(request.header("Metadata"), "true");
    EXPECT_TRUE(request.route.direct);
  }
  EXPECT_EQ(host_.transport.seen[0].header("Authorization"), "");
  EXPECT_EQ(host_.transport.seen[1].header("Authorization"), "Basic k3y==");
}

TEST_F(ArcAgent, IsAskedForANewKeyOnceWhenTheFirstIsRefused) {
  challenge(folder_.write("old.key", "old"));
  host_.transport.reply(401, "");
  challenge(folder_.write("new.key", "new"));
  host_.transport.reply(200, k_answer);
  EXPECT_EQ(text_of(token()), "tok-arc");
  EXPECT_EQ(host_.transport.seen.at(3).header("Authorization"), "Basic new");
}

TEST_F(ArcAgent, IsRefusedWithoutAChallenge) {
  host_.transport.reply(401, "");
  EXPECT_EQ(failure(), ErrorKind::refused);
  EXPECT_EQ(host_.transport.seen.size(), 1U);
}

TEST_F(ArcAgent, IsRefusedWhenATokenComesAtOnce) {
  host_.transport.reply(200, k_answer);
  EXPECT_EQ(failure(), ErrorKind::refused);
}

TEST_F(ArcAgent, ReadsNoFileElsewhere) {
  challenge("/etc/hostname.key");
  EXPECT_EQ(failure(), ErrorKind::refused);
  EXPECT_EQ(host_.transport.seen.size(), 1U);
}

TEST_F(ArcAgent, HasToRepeatTheIdentityThatWasAskedFor) {
  const std::string key = folder_.write("abc.key", "k3y");
  challenge(key);
  host_.transport.reply(200, R"({"access_token":"t","expires_on":"1893456000","client_id":"c-1"})");
  EXPECT_EQ(text_of(token("arc=client-id:C-1")), "t");
  EXPECT_EQ(host_.transport.seen.at(1).query().at("client_id"), "C-1");
  challenge(key);
  host_.transport.reply(200, k_answer);
  EXPECT_EQ(failure("arc=client-id:C-1"), ErrorKind::refused);
}

TEST_F(ArcAgent, IgnoresAnIdOfTheEnvironmentThatItCannotSelect) {
  host_.variables["AZURE_CLIENT_ID"] = "E";
  challenge(folder_.write("abc.key", "k3y"));
  host_.transport.reply(200, k_answer);
  EXPECT_EQ(text_of(token()), "tok-arc");
}

TEST_F(ArcAgent, IsFoundAtItsUsualPortWhenItIsNamed) {
  host_.variables.clear();
  host_.transport.reply(401, "");
  EXPECT_EQ(failure(), ErrorKind::refused);
  EXPECT_EQ(host_.transport.seen.at(0).origin, (Origin{false, "127.0.0.1", 40342}));
}

} // namespace
} // namespace kvrun::azure
