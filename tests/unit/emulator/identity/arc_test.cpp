// SPDX-License-Identifier: MIT
#include "../support.hpp"
#include "emulator/temporary_folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace kvrun::emulator {
namespace {

class Arc : public IdentityFixture {
protected:
  Answer get(std::string_view more = {}, Fields headers = {{"Metadata", "true"}}) {
    return endpoint_->answer(
        make_request(fmt::format("GET /metadata/identity/oauth2/token?api-version=2020-06-01&"
                                 "resource=https%3A%2F%2Fvault.azure.net{}",
                                 more),
                     std::move(headers)));
  }
  // The path in a challenge.
  static std::string key_path(const Answer& challenge) {
    const std::string header = header_of(challenge, "WWW-Authenticate");
    EXPECT_TRUE(header.starts_with("Basic realm=")) << header;
    return header.substr(header.find('=') + 1);
  }
  static std::string content_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  Answer get_with_key(const std::string& key, std::string_view more = {}) {
    return get(more, {{"Metadata", "true"}, {"Authorization", "Basic " + key}});
  }

  // NOLINTBEGIN(misc-non-private-member-variables-in-classes): a fixture's are its tests'
  TemporaryFolder folder_;
  std::unique_ptr<IdentityEndpoint> endpoint_ = make_arc(context(), folder_.path());
  // NOLINTEND(misc-non-private-member-variables-in-classes)
};

TEST_F(Arc, GivesATokenToWhoCanReadTheKey) {
  const Answer challenge = get();
  ASSERT_EQ(challenge.status, 401);
  const std::string path = key_path(challenge);
  EXPECT_TRUE(path.starts_with(folder_.path() + '/'));
  EXPECT_TRUE(path.ends_with(".key"));
  const Answer answer = get_with_key(content_of(path));
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(claims_of(answer).audience, "https://vault.azure.net");
}

TEST_F(Arc, TakesEachKeyOnce) {
  const std::string path = key_path(get());
  const std::string key = content_of(path);
  ASSERT_EQ(get_with_key(key).status, 200);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(get_with_key(key).status, 401);
}

TEST_F(Arc, EchoesTheSelectorUnderItsName) {
  const std::string key = content_of(key_path(get()));
  const Answer answer = get_with_key(key, "&client_id=AAAAAAAA-0000-4000-8000-000000000001");
  ASSERT_EQ(answer.status, 200);
  EXPECT_NE(answer.body.find(R"("client_id":"AAAAAAAA-0000-4000-8000-000000000001")"),
            std::string::npos);
}

TEST_F(Arc, IsStrict) {
  EXPECT_EQ(get({}, {}).status, 400);
  EXPECT_EQ(get_with_key("bm90IGl0").status, 401);
  const auto answer_to = [&](std::string_view query) {
    return endpoint_
        ->answer(make_request(
            fmt::format("GET /metadata/identity/oauth2/token?{}", query),
            {{"Metadata", "true"}, {"Authorization", "Basic " + content_of(key_path(get()))}}))
        .status;
  };
  EXPECT_EQ(answer_to("api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net"), 400);
  EXPECT_EQ(answer_to("api-version=2020-06-01&resource=https%3A%2F%2Fevil.example"), 400);
  EXPECT_EQ(answer_to("api-version=2020-06-01&resource=https%3A%2F%2Fvault.azure.net&client_id=x"),
            400);
}

TEST_F(Arc, KeepsABoundedNumberOfKeys) {
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(get().status, 401);
  }
  const auto count = std::distance(std::filesystem::directory_iterator(folder_.path()),
                                   std::filesystem::directory_iterator());
  EXPECT_EQ(count, 64);
}

} // namespace
} // namespace kvrun::emulator
