// SPDX-License-Identifier: MIT
#include "emulator/fault_answer.hpp"
#include "emulator/faults.hpp"
#include "support.hpp"

namespace kvrun::emulator {
namespace {

FaultList list_of(std::string_view text) {
  return FaultList(seed_of(text).faults);
}

// The status of the fault that a request of kv1 meets; 0 for none.
int status_at(FaultList& faults, std::string_view path, std::string_view method = "GET") {
  const Fault* fault = faults.take({{"kv1", "kv1.vault.azure.net"}, method, path});
  return fault == nullptr ? 0 : *fault->status;
}

TEST(FaultList, TakesTheFirstThatIsNotUsedUp) {
  FaultList faults = list_of("faults:\n"
                             "  - { host: kv1, times: 2, status: 503 }\n"
                             "  - { host: kv1, status: 403 }\n");
  EXPECT_EQ(status_at(faults, "/secrets/a"), 503);
  EXPECT_EQ(status_at(faults, "/secrets/a"), 503);
  EXPECT_EQ(status_at(faults, "/secrets/a"), 403);
  EXPECT_EQ(status_at(faults, "/secrets/a"), 403);
}

TEST(FaultList, MatchesAPathAndWhatIsBelowIt) {
  FaultList faults = list_of("faults: [{ path: /secrets/api-key, status: 500 }]");
  EXPECT_EQ(status_at(faults, "/secrets/api-key"), 500);
  EXPECT_EQ(status_at(faults, "/Secrets/API-key/"), 500);
  EXPECT_EQ(status_at(faults, "/secrets/api-key/versions"), 500);
  EXPECT_EQ(status_at(faults, "/secrets/api-key-2"), 0);
  EXPECT_EQ(status_at(faults, "/secrets"), 0);
}

TEST(FaultList, MatchesHostsByNameAndMethodsExactly) {
  FaultList faults = list_of("faults:\n"
                             "  - { host: kv2, status: 500 }\n"
                             "  - { host: identity, status: 500 }\n"
                             "  - { host: KV1.vault.azure.net, method: PUT, status: 502 }\n"
                             "  - { method: GET, status: 504 }\n");
  EXPECT_EQ(status_at(faults, "/secrets/a", "PUT"), 502);
  EXPECT_EQ(status_at(faults, "/secrets/a", "GET"), 504);
  EXPECT_EQ(status_at(faults, "/secrets/a", "DELETE"), 0);
}

TEST(FaultAnswer, LaysItsOwnBodyAndHeadersOverTheAnswer) {
  Fault fault;
  fault.body = R"({"value":1})";
  fault.headers = {{"content-type", "application/problem+json"}, {"X-Own", "1"}};
  fault.retry_after = Milliseconds(7000);
  Answer answer{.status = 200,
                .headers = {{"Content-Type", "application/json"}, {"x-ms-request-id", "1"}},
                .body = "{}",
                .reason = {}};
  bend(answer, fault);
  EXPECT_EQ(answer.body, R"({"value":1})");
  EXPECT_EQ(answer.headers,
            (Fields{{"Content-Type", "application/problem+json"},
                    {"x-ms-request-id", "1"},
                    {"Retry-After", "7"},
                    {"X-Own", "1"}}));
}

TEST(FaultAnswer, SendsPartsOfASecondAsMilliseconds) {
  Fault fault;
  fault.retry_after = Milliseconds(1500);
  Answer answer;
  bend(answer, fault);
  EXPECT_EQ(answer.headers, (Fields{{"retry-after-ms", "1500"}}));
}

TEST(FaultAnswer, IsNotTheServicesWhenItIsHtml) {
  Fault fault;
  fault.body = "<html>Sign in</html>";
  Answer answer{.status = 200, .headers = {{"x-ms-request-id", "1"}}, .body = {}, .reason = {}};
  bend(answer, fault);
  EXPECT_EQ(answer.headers, (Fields{{"Content-Type", "text/html"}}));
}

} // namespace
} // namespace kvrun::emulator
