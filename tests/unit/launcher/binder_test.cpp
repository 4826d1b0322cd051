// SPDX-License-Identifier: MIT
// What a variable gets of what was read: rules A25 to A35, design.md §3.
#include "base/encoding.hpp"
#include "launcher/assemble.hpp"
#include "launcher/binder.hpp"
#include "tests/fakes/certificates.hpp"
#include "tests/unit/launcher/mapped.hpp"

#include <algorithm>

namespace kvrun::launcher {
namespace {

TEST(Bind, GivesAValueToTheByte) {
  const std::string value = " $HOME `id` 'q' \"\\ \n\r\n\ttrailing \xf0\x9f\x94\x91\n";
  EXPECT_EQ(Mapped("A: a").holds("a", value).bound(), Texts{"A=" + value});
  EXPECT_EQ(Mapped("A: a").holds("a", "").bound(), Texts{"A="});
}

TEST(Bind, TakesALiteralAsItIs) {
  EXPECT_EQ(Mapped("A: { value: '$HOME {{ a }}' }").bound(), Texts{"A=$HOME {{ a }}"});
}

TEST(Bind, TellsEveryFailureWithItsVariable) {
  const Bound all = Mapped("A: a, B: b, C: c")
                        .holds("b", "good")
                        .refuses("a", ErrorKind::refused, "403 ForbiddenByRbac")
                        .bind();
  ASSERT_EQ(all.errors.size(), 2U);
  EXPECT_EQ(all.errors[0].message(), "A: kv1/a: 403 ForbiddenByRbac");
  EXPECT_EQ(all.errors[1].message(), "C: kv1/c: 404 SecretNotFound");
}

// ---- pointers, rules A25 to A27

TEST(Pointer, TakesAMemberAsItIsWritten) {
  const std::string json =
      R"({"s":"t\u00e9xt","n":1.10,"e":1E400,"b":true,"f":false,"o":{"x": [1, 2 ]},"z":null,)"
      R"("a/b":{"~":"odd"},"list":["zero","one"],"":{"":"empty"}})";
  const std::vector<std::pair<const char*, const char*>> cases{
      {"/s", "t\xc3\xa9xt"},
      {"/n", "1.10"},
      {"/e", "1E400"},
      {"/b", "true"},
      {"/f", "false"},
      {"/o", R"({"x":[1,2]})"},
      {"/o/x", "[1,2]"},
      {"/o/x/1", "2"},
      {"/a~1b/~0", "odd"},
      {"/list/0", "zero"},
      {"//", "empty"},
  };
  for (const auto& [pointer, expected] : cases) {
    EXPECT_EQ(Mapped(fmt::format("A: 'a#{}'", pointer)).holds("a", json).bound(),
              Texts{std::string("A=") + expected})
        << pointer;
  }
}

TEST(Pointer, ThatLeadsNowhereOrToNullIsAbsent) {
  for (const char* pointer : {"/absent", "/null", "/s/x", "/list/01", "/list/-", "/list/9"}) {
    Mapped required(fmt::format("A: 'a#{}'", pointer));
    const std::string json = R"({"null":null,"s":"t","list":["x"]})";
    expect_holds(required.holds("a", json).refusal(), fmt::format("it has no '{}'", pointer));
    EXPECT_EQ(
        Mapped(fmt::format("A: {{ ref: 'a#{}', default: d }}", pointer)).holds("a", json).bound(),
        Texts{"A=d"});
  }
}

TEST(Pointer, IntoWhatIsNoJsonIsARefusalThatQuotesNothing) {
  for (const char* value : {"hunter2",
                            R"({"a":"hunter2")",
                            R"({"a":1,"a":"hunter2"})",
                            R"({"a":"\ud800 hunter2"})",
                            ""}) {
    Mapped call("A: { ref: 'a#/a', default: x }");
    const std::string text = call.holds("a", value).refusal();
    EXPECT_TRUE(text.starts_with("123 A: kv1/a")) << text;
    expect_lacks(text, "hunter2");
  }
}

// rules A27
TEST(Decode, ComesAfterThePointerAndBeforeTheFormat) {
  EXPECT_EQ(Mapped("A: { ref: 'a#/k', decode: base64 }").holds("a", R"({"k":"aGk="})").bound(),
            Texts{"A=hi"});
  const fakes::Authority root;
  const fakes::KeyedCertificate leaf = root.issue("DNS:a.example");
  const std::string stored(encode_base64(root.pem() + leaf.pem()).reveal());
  Mapped certificate("A: { ref: 'a#/k', decode: base64, format: cert }");
  certificate.holds("a", fmt::format(R"({{"k":"{}"}})", stored));
  EXPECT_EQ(certificate.bound(), Texts{"A=" + leaf.pem()});
}

// rules A28
TEST(Decode, TakesTheFormsOfBase64AndHex) {
  for (const char* text : {"_-8=", "/+8=", "_-8", " /+\n8= \t"}) {
    EXPECT_EQ(Mapped("A: { ref: a, decode: base64 }").holds("a", text).bound(),
              Texts{"A=\xff\xef"});
  }
  EXPECT_EQ(Mapped("A: { ref: a, decode: hex }").holds("a", "ffEf").bound(), Texts{"A=\xff\xef"});
}

TEST(Decode, RefusesAnythingElseAndQuotesNothing) {
  for (const char* decode : {"base64", "hex"}) {
    const std::string text =
        Mapped(fmt::format("A: {{ ref: a, decode: {} }}", decode)).holds("a", "hunter2!").refusal();
    EXPECT_TRUE(text.starts_with("123 A: ")) << text;
    expect_lacks(text, "hunter2");
  }
}

TEST(Value, WithANulIsForFilesOnly) {
  const std::string text = Mapped("A: { ref: a, decode: hex }").holds("a", "610062").refusal();
  EXPECT_TRUE(text.starts_with("123 A: kv1/a: the value holds a NUL byte")) << text;
  expect_holds(text, "files:");
  Call file;
  file.config("vault: kv1\nfiles: { A: { ref: a, decode: hex } }").holds("a", "610062");
  EXPECT_EQ(file.bound(), Texts{std::string("A=a\0b", 5)});
  expect_holds(Bundled("format: json", R"({"A":"x\u0000y"})").refusal(), "NUL");
}

// ---- absent, rules A30 to A33

TEST(Absent, IsForgivenWhereItMayBe) {
  EXPECT_EQ(Mapped("A: { ref: a, required: false }").bound(), Texts{"A"});
  EXPECT_EQ(Mapped("A: { ref: a, default: d }").bound(), Texts{"A=d"});
  EXPECT_EQ(Mapped("A: { ref: a, default: '' }").bound(), Texts{"A="});
  expect_holds(Mapped("A: a").refusal(), "404");
}

TEST(Absent, LeavesTheVariableAsInherited) {
  Mapped call("A: { ref: a, required: false }");
  const Bound all = call.with({"A=inherited"}).bind();
  ASSERT_EQ(all.variables.size(), 1U);
  EXPECT_FALSE(all.variables[0].value.has_value());
}

// design.md §3: what --resolve names is never left behind as text.
TEST(Absent, LeavesNoReferenceBehindAsText) {
  Mapped call("A: { ref: nowhere, required: false }", {"--resolve", "A"});
  call.with({"A=kv://kv1/a"});
  const Bound all = call.bind();
  ASSERT_EQ(all.variables.size(), 1U);
  EXPECT_TRUE(all.variables[0].forget_inherited);
  std::vector<Error> errors;
  EXPECT_EQ(texts_of(assemble(call.plan().inherited, all.variables, nullptr, errors).environment),
            Texts{"PATH=/usr/bin:/bin"});
}

TEST(Absent, IsTheOnlyThingThatIsForgiven) {
  for (const ErrorKind kind : {ErrorKind::refused, ErrorKind::unavailable}) {
    Mapped call("A: { ref: a, default: d }");
    EXPECT_TRUE(call.refuses("a", kind, "no")
                    .refusal()
                    .starts_with(std::to_string(exit_status(kind)) + " A: kv1/a: no"));
  }
}

TEST(Absent, InATemplateIsTheWholeVariable) {
  const std::string env = "A: {{ template: '{{{{ a }}}}-{{{{ b }}}}'{} }}";
  EXPECT_EQ(Mapped(fmt::format(fmt::runtime(env), ", default: d")).holds("a", "x").bound(),
            Texts{"A=d"});
  EXPECT_EQ(Mapped(fmt::format(fmt::runtime(env), ", required: false")).holds("a", "x").bound(),
            Texts{"A"});
  expect_holds(Mapped(fmt::format(fmt::runtime(env), "")).holds("a", "x").refusal(), "kv1/b");
}

// rules A56
TEST(Absent, OfABareNameOfAnOptionHasAHint) {
  Call call({"-e", "NAME=value", "--vault", "kv1"});
  expect_holds(call.refusal(), "'NAME=value kvrun …'");
  Call url({"-e", "NAME=kv://kv1/value"});
  expect_lacks(url.refusal(), "kvrun …");
  Call member({"-e", "NAME=json#/nowhere", "--vault", "kv1"});
  expect_holds(member.holds("json", "{}").refusal(), "check the pointer");
}

// ---- dates, rules A32

azure::SecretBundle dated(std::optional<std::int64_t> expires,
                          std::optional<std::int64_t> not_before) {
  azure::SecretBundle bundle;
  bundle.value = SecretString("v");
  bundle.expires = expires;
  bundle.not_before = not_before;
  return bundle;
}

TEST(Dates, WarnByDefaultAndAreIgnoredOnDemand) {
  Mapped warned("A: a");
  const Bound all = warned.holds("a", dated(Call::k_now - 1, {})).bind();
  ASSERT_EQ(all.warnings.size(), 1U);
  EXPECT_EQ(all.warnings[0], "A: kv1/a expired on 2023-11-14T22:13:19Z");
  EXPECT_TRUE(all.errors.empty());
  Mapped ignored("A: { ref: a, expired: ignore }");
  EXPECT_TRUE(ignored.holds("a", dated(1, {})).bind().warnings.empty());
}

TEST(Dates, CountToTheSecondAndInBothDirections) {
  const auto refused = [](std::optional<std::int64_t> expires,
                          std::optional<std::int64_t> not_before) {
    Mapped call("A: { ref: a, expired: fail }");
    return !call.holds("a", dated(expires, not_before)).bind().errors.empty();
  };
  EXPECT_TRUE(refused(Call::k_now, {}));
  EXPECT_FALSE(refused(Call::k_now + 1, {}));
  EXPECT_TRUE(refused({}, Call::k_now + 1));
  EXPECT_FALSE(refused({}, Call::k_now));
  EXPECT_FALSE(refused({}, {}));
}

TEST(Dates, OutrankADefaultAndHoldForEverything) {
  const azure::SecretBundle old = dated(1, {});
  for (const char* yaml : {"env: { A: { ref: a, default: d } }",
                           "env: { A: { ref: a, required: false } }",
                           "env: { A: { template: '{{ a }}' } }",
                           "env: { A: a/4387e9f3d6e14c459867679a90fd0f79 }",
                           "files: { A: a }",
                           "bundles: [ { ref: a } ]"}) {
    Call call;
    call.config(fmt::format("vault: kv1\nexpired: fail\n{}\n", yaml)).holds("a", dated(1, {}));
    const std::string text = call.refusal();
    EXPECT_TRUE(text.starts_with("123 ")) << yaml;
    expect_holds(text, "expired on 1970-01-01T00:00:01Z");
  }
}

// ---- templates, rules A34, A35

TEST(TemplateValue, IsFilledAndNeverExpandedAgain) {
  Mapped call("A: { template: 'p://{{ user }}:{{ pass | uri }}@h/{{{{x}}' }");
  call.holds("user", "{{ pass }}").holds("pass", "a b/c@");
  EXPECT_EQ(call.bound(), Texts{"A=p://{{ pass }}:a%20b%2Fc%40@h/{{x}}"});
}

TEST(TemplateValue, TellsEverythingThatIsMissing) {
  const auto messages = [](Call& call) {
    Texts texts;
    for (const Error& error : call.bind().errors) {
      texts.push_back(error.message());
    }
    return texts;
  };
  Mapped secrets("T: { template: '{{ a }}{{ b }}{{ c }}' }");
  secrets.refuses("c", ErrorKind::refused, "403 SecretDisabled");
  EXPECT_EQ(messages(secrets),
            (Texts{"T: kv1/c: 403 SecretDisabled",
                   "T: kv1/a: 404 SecretNotFound",
                   "T: kv1/b: 404 SecretNotFound"}));
  Mapped members("T: { template: '{{ j#/a }}{{ j#/b }}{{ k#/c }}{{ j#/a }}' }");
  members.holds("j", "{}").holds("k", "none");
  EXPECT_EQ(members.bind().errors.size(), 3U);
}

TEST(TemplateValue, TellsOfASecretOnceThoughItIsUsedTwice) {
  EXPECT_EQ(Mapped("T: { template: '{{ a }}{{ a }}' }")
                .refuses("a", ErrorKind::refused, "403 SecretDisabled")
                .bind()
                .errors.size(),
            1U);
  azure::SecretBundle old;
  old.value = SecretString("x");
  old.expires = 1;
  const Bound all = Mapped("T: { template: '{{ a }}{{ a }}' }").holds("a", std::move(old)).bind();
  EXPECT_EQ(all.warnings.size(), 1U);
  EXPECT_EQ(all.variables.at(0).secrets.size(), 1U);
}

TEST(TemplateValue, TakesAMemberOfJson) {
  Mapped call("A: { template: \"{{ a#/k | json }}\" }");
  EXPECT_EQ(call.holds("a", R"({"k":"q\""})").bound(), Texts{R"(A="q\"")"});
}

// ---- what is told of a variable

TEST(Bind, TellsTheVersionThatWasReadAndTheEarliestExpiry) {
  Mapped call("A: { template: '{{ a }}{{ b }}', expired: ignore }");
  azure::SecretBundle a = dated(200, {});
  a.version = "v1";
  azure::SecretBundle b = dated(100, {});
  b.version = "v2";
  const Bound all = call.holds("a", std::move(a)).holds("b", std::move(b)).bind();
  ASSERT_EQ(all.variables.size(), 1U);
  EXPECT_EQ(all.variables[0].secrets, (Texts{"kv1/a/v1", "kv1/b/v2"}));
  EXPECT_EQ(all.variables[0].expires, 100);
}

TEST(Bind, KnowsASecretFromALiteralAndADefault) {
  Mapped call("A: a, B: { value: x }, C: { ref: c, default: d }");
  const Bound all = call.holds("a", "v").bind();
  ASSERT_EQ(all.variables.size(), 3U);
  EXPECT_TRUE(all.variables[0].secret);
  EXPECT_FALSE(all.variables[1].secret);
  EXPECT_TRUE(all.variables[2].is_default);
}

} // namespace
} // namespace kvrun::launcher
