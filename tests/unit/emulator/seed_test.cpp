// SPDX-License-Identifier: MIT
#include "emulator/seed.hpp"
#include "emulator/seed_reader.hpp"
#include "support.hpp"
#include "tests/fakes/schema_cases.hpp"

#include <utility>
#include <vector>

namespace kvrun::emulator {
namespace {

// The messages of all problems of a seed.
std::vector<std::string> problems_of(std::string_view text) {
  Problems problems;
  static_cast<void>(parse_seed(text, "seed.yaml", problems));
  std::vector<std::string> messages;
  for (const Error& error : problems.all()) {
    messages.push_back(error.message());
    EXPECT_EQ(error.message().find("hunter2"), std::string::npos) << "shows a value";
    EXPECT_EQ(error.hint().find("hunter2"), std::string::npos) << "shows a value";
  }
  return messages;
}

TEST(Seed, TakesTheExampleOfTheContract) {
  const Seed seed = seed_of(R"(
vaults:
  contoso-prod:
    db-password: s3cret
    api-key: { value: k2, expires: 2030-01-01T00:00:00Z, not-before: 2024-01-01, content-type: text/plain, tags: { team: web },
               versions: [{ value: k1, version: 4387e9f3d6e14c459867679a90fd0f79, enabled: false }] }
latency: 20ms
limit: { reads: 4000, per: 10s }
faults:
  - { host: contoso-prod, path: /secrets/api-key, times: 2, status: 429, retry-after: 1s }
  - { host: identity, times: 1, reset: true }
)");
  ASSERT_EQ(seed.vaults->size(), 1U);
  const SeedVault& vault = seed.vaults->front();
  EXPECT_EQ(vault.name, "contoso-prod");
  EXPECT_EQ(vault.secrets[0].versions.front().value, "s3cret");
  const SeedSecret& key = vault.secrets[1];
  ASSERT_EQ(key.versions.size(), 2U);
  EXPECT_EQ(key.versions[0].value, "k1");
  EXPECT_EQ(key.versions[0].version, "4387e9f3d6e14c459867679a90fd0f79");
  EXPECT_FALSE(key.versions[0].enabled);
  EXPECT_EQ(key.versions[1].value, "k2");
  EXPECT_EQ(key.versions[1].expires, 1893456000);
  EXPECT_EQ(key.versions[1].not_before, 1704067200);
  EXPECT_EQ(key.versions[1].content_type, "text/plain");
  EXPECT_EQ(key.versions[1].tags, (Fields{{"team", "web"}}));
  EXPECT_EQ(seed.latency, Milliseconds(20));
  EXPECT_EQ(seed.limit->reads, 4000);
  EXPECT_EQ(seed.limit->per, Milliseconds(10'000));
  ASSERT_EQ(seed.faults.size(), 2U);
  EXPECT_EQ(seed.faults[0].status, 429);
  EXPECT_EQ(seed.faults[0].retry_after, Milliseconds(1000));
  EXPECT_TRUE(seed.faults[1].delivery.reset);
}

TEST(Seed, TakesScalarsAsTheTextThatIsWritten) {
  const Seed seed = seed_of("vaults: { kv1: { a: 0755, b: yes, c: '', d: 1e3 } }");
  std::vector<std::string> values;
  for (const SeedSecret& secret : seed.vaults->front().secrets) {
    values.push_back(secret.versions.front().value);
  }
  EXPECT_EQ(values, (std::vector<std::string>{"0755", "yes", "", "1e3"}));
}

TEST(Seed, HasEveryVaultWithoutVaultsAndOnlyItsOwnWithThem) {
  EXPECT_TRUE(seed_of("").has_vault("kv1", "kv1.vault.azure.net"));
  EXPECT_TRUE(seed_of("latency: 1ms").has_vault("kv1", "kv1.vault.azure.net"));
  const Seed seed = seed_of("vaults: { Kv1: , kv2.vault.azure.cn: { a: x } }");
  EXPECT_TRUE(seed.has_vault("kv1", "kv1.vault.azure.net"));
  EXPECT_TRUE(seed.has_vault("kv2", "kv2.vault.azure.cn"));
  EXPECT_FALSE(seed.has_vault("kv2", "kv2.vault.azure.net"));
}

TEST(Seed, NamesThePlaceOfEveryProblem) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"vaults: { kv1: { a: hunter2 } }\nlatencie: 20ms\n", "seed.yaml:2:1: "},
      {"vaults: [kv1]\n", "seed.yaml:1:9: "},
      {"vaults:\n  kv1:\n    a: { value: hunter2, expire: 2030-01-01 }\n", "seed.yaml:3:26: "},
      {"vaults: { kv1: { a: x } }\nfaults:\n  - { host: kv1, statuss: 429 }\n", "seed.yaml:3:18: "},
      {"vaults:\n  kv1:\n    my_secret: hunter2\n", "seed.yaml:3:5: "},
      {"vaults:\n  k_1: { a: hunter2 }\n", "seed.yaml:2:3: "},
      {"vaults: { kv1: hunter2 }\n", "seed.yaml:1:16: "},
      {"vaults: { kv1: { a: [hunter2] } }\n", "seed.yaml:1:21: "},
      {"vaults: { kv1: { a: ~ } }\n", "seed.yaml:1:21: "},
      {"vaults: { kv1: { a: { enabled: true } } }\n", "seed.yaml:1:21: "},
      {"vaults: { kv1: { a: { value: hunter2, expires: hunter2 } } }\n", "seed.yaml:1:48: "},
      {"vaults: { kv1: { a: { value: hunter2, enabled: hunter2 } } }\n", "seed.yaml:1:48: "},
      {"vaults: { kv1: { a: { value: x, version: hunter2 } } }\n", "seed.yaml:1:42: "},
      {"latency: hunter2\n", "seed.yaml:1:10: "},
      {"limit: { reads: 5 }\n", "seed.yaml:1:8: "},
      {"limit: { reads: 5, per: 0s }\n", "seed.yaml:1:25: "},
      {"tenants: { kv1: hunter2 }\n", "seed.yaml:1:17: "},
      {"faults: [{ host: kv1 }]\n", "seed.yaml:1:10: "},
      {"faults: [{ status: 99 }]\n", "seed.yaml:1:20: "},
      {"faults: [{ code: Forbidden }]\n", "seed.yaml:1:10: "},
      {"faults: [{ host: evil.example, reset: true }]\n", "seed.yaml:1:18: "},
      {"faults: [{ path: secrets, reset: true }]\n", "seed.yaml:1:18: "},
      {"faults: [{ headers: { \"A B\": x } }]\n", "seed.yaml:1:23: "},
      {"faults: [{ drip: 0 }]\n", "seed.yaml:1:18: "},
  };
  for (const auto& [text, place] : cases) {
    const std::vector<std::string> messages = problems_of(text);
    ASSERT_EQ(messages.size(), 1U) << text;
    EXPECT_TRUE(messages.front().starts_with(place)) << messages.front() << "\n" << text;
  }
}

TEST(Seed, TellsAllProblemsInOneRun) {
  EXPECT_EQ(problems_of("latencie: 1s\nlimit: 3\nvaults: { kv1: { a_b: x, c: [x] } }\n").size(),
            4U);
}

TEST(Seed, TakesAFaultOfAnyVaultAndAMethodInAnyCase) {
  Problems problems;
  const Seed seed =
      parse_seed("vaults: { kv1: {}, kv2.vault.azure.cn: {} }\nfaults:\n"
                 "  - { host: kv1.vault.azure.net, method: get, status: 429 }\n"
                 "  - { host: KV2, status: 429 }\n  - { host: identity, status: 429 }\n",
                 "seed.yaml",
                 problems);
  EXPECT_TRUE(problems.empty()) << problems.all().front().message();
  EXPECT_EQ(seed.faults.at(0).method, "GET");
}

TEST(Seed, RefusesNamesThatDifferOnlyInCase) {
  EXPECT_EQ(problems_of("vaults: { kv1: { a: x, A: y } }").size(), 1U);
  EXPECT_EQ(problems_of("vaults: { kv1: { a: x }, KV1: { b: y } }").size(), 1U);
}

TEST(Seed, SuggestsTheNearestKey) {
  Problems problems;
  static_cast<void>(parse_seed("latencie: 20ms", "seed.yaml", problems));
  ASSERT_EQ(problems.all().size(), 1U);
  EXPECT_EQ(problems.all().front().hint(), "did you mean 'latency'?");
}

TEST(Seed, RefusesAValueOverTheLimit) {
  EXPECT_EQ(problems_of("vaults: { kv1: { a: " + std::string(25601, 'x') + " } }").size(), 1U);
}

TEST(SeedDuration, TakesEveryUnit) {
  EXPECT_EQ(parse_duration("20ms"), Milliseconds(20));
  EXPECT_EQ(parse_duration("1.5s"), Milliseconds(1500));
  EXPECT_EQ(parse_duration("5m"), Milliseconds(300'000));
  EXPECT_EQ(parse_duration("1h"), Milliseconds(3'600'000));
  EXPECT_EQ(parse_duration("7"), Milliseconds(7000));
  for (const char* bad : {"", "s", "-1s", "1d", "1.s", "1 s", ".5s", "1s2"}) {
    EXPECT_EQ(parse_duration(bad), std::nullopt) << bad;
  }
}

TEST(SeedDate, TakesDatesTimesAndUnixSeconds) {
  EXPECT_EQ(parse_date("2030-01-01"), 1893456000);
  EXPECT_EQ(parse_date("2030-01-01T00:00:00Z"), 1893456000);
  EXPECT_EQ(parse_date("2030-01-01T01:30:00+01:30"), 1893456000);
  EXPECT_EQ(parse_date("2029-12-31T19:00:00.25-05:00"), 1893456000);
  EXPECT_EQ(parse_date("1893456000"), 1893456000);
  for (const char* bad : {"",
                          "soon",
                          "2030-13-01",
                          "2030-02-30",
                          "2030-01-01T25:00:00Z",
                          "2030-01-01T00:00",
                          "-5",
                          "2030-01-01T00:00:00X"}) {
    EXPECT_EQ(parse_date(bad), std::nullopt) << bad;
  }
}

TEST(SeedSchemaCases, AreAcceptedByTheParserToo) {
  const auto cases = fakes::schema_cases("seed-accepted");
  EXPECT_FALSE(cases.empty());
  for (const auto& [file, text] : cases) {
    EXPECT_EQ(problems_of(text), std::vector<std::string>{}) << file;
  }
}

TEST(SeedSchemaCases, AreRefusedByTheParserToo) {
  const auto cases = fakes::schema_cases("seed-refused");
  EXPECT_GE(cases.size(), 30U);
  for (const auto& [file, text] : cases) {
    EXPECT_EQ(problems_of(text).size(), 1U) << file;
  }
}

} // namespace
} // namespace kvrun::emulator
