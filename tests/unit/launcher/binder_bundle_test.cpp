// SPDX-License-Identifier: MIT
// What the variables of a bundle get, and where they give way: rules A37 to A39, A11, A16.
#include "launcher/binder.hpp"
#include "tests/unit/launcher/mapped.hpp"

namespace kvrun::launcher {
namespace {

TEST(BundleValue, GivesAVariableForEachMember) {
  Bundled call("format: json, prefix: APP_, rename: { old: NEW }",
               R"({"A":"text","B":1.10,"C":true,"D":[1, 2],"E":null,"old":"renamed"})");
  EXPECT_EQ(call.bound(),
            (Texts{"APP_A=text", "APP_B=1.10", "APP_C=true", "APP_D=[1,2]", "NEW=renamed"}));
}

TEST(BundleValue, MayBeAMemberOfASecret) {
  Call call({"--vault", "kv1"});
  call.config("bundles: [ { ref: 'app#/in' } ]").holds("app", R"({"in":{"X":"1"},"out":"2"})");
  EXPECT_EQ(call.bound(), Texts{"X=1"});
  Call absent({"--vault", "kv1"});
  absent.config("bundles: [ { ref: 'app#/nowhere' } ]").holds("app", R"({"in":{"X":"1"}})");
  expect_holds(absent.refusal(), "123 bundle kv1/app: it has no '/nowhere'");
}

TEST(BundleValue, MayBeDotenv) {
  Bundled call("format: dotenv", "\xEF\xBB\xBF# c\r\nexport A='x y'\r\nB=\"l\\n2\"\nC= t # c\n");
  EXPECT_EQ(call.bound(), (Texts{"A=x y", "B=l\n2", "C=t"}));
}

TEST(BundleValue, IsRefusedWhereItIsNone) {
  for (const auto& [format, value] :
       std::vector<std::pair<const char*, const char*>>{{"json", "hunter2"},
                                                        {"json", "[\"hunter2\"]"},
                                                        {"json", R"({"A":"hunter2","A":"x"})"},
                                                        {"json", R"({"A":"\ud800 hunter2"})"},
                                                        {"dotenv", "A=hunter2\nA=x\n"},
                                                        {"dotenv", "A='hunter2\n"},
                                                        {"dotenv", "hunter2 hunter2\n"}}) {
    Bundled call(fmt::format("format: {}", format), value);
    const std::string text = call.refusal();
    EXPECT_TRUE(text.starts_with("123 bundle kv1/app")) << text;
    expect_lacks(text, "hunter2");
  }
}

TEST(BundleValue, TellsEveryBadLineOfADotenv) {
  const Bound all = Bundled("format: dotenv", "A B=1\nC\nD=1\nD=2\n").bind();
  ASSERT_EQ(all.errors.size(), 3U);
  expect_holds(all.errors[0].message(), "bundle kv1/app: line 1 of it: ");
  expect_holds(all.errors[2].message(), "bundle kv1/app: line 4 of it: ");
}

TEST(BundleValue, IsAlwaysRequired) {
  Call call;
  call.config("vault: kv1\nbundles: [ { ref: app } ]");
  expect_holds(call.refusal(), "404");
}

TEST(BundleValue, SelectsByTheNamesInTheData) {
  EXPECT_EQ(Bundled("only: [B], prefix: P_", R"({"A":"1","B":"2"})").bound(), Texts{"P_B=2"});
  const std::string text = Bundled("only: [B, ABSENT]", R"({"B":"2"})").refusal();
  EXPECT_TRUE(text.starts_with("123 ")) << text;
  expect_holds(text, "'only' names 'ABSENT'");
}

TEST(BundleValue, RefusesANameThatIsNone) {
  for (const char* json :
       {R"({"bad-name":"x"})", R"({"1A":"x"})", R"({"":"x"})", R"({"a b":"x"})"}) {
    expect_holds(Bundled("format: json", json).refusal(), "is no variable name");
  }
  EXPECT_EQ(Bundled("rename: { bad-name: GOOD }", R"({"bad-name":"x"})").bound(), Texts{"GOOD=x"});
}

TEST(BundleValue, RefusesALoaderNameThatNobodyNamed) {
  for (const char* name : {"LD_PRELOAD", "PATH", "BASH_ENV", "NODE_OPTIONS"}) {
    Bundled call("format: json", fmt::format(R"({{"{}":"x"}})", name), {"--clean-env"});
    expect_holds(call.refusal(), "changes how programs load");
    Bundled named(fmt::format("only: [{}]", name), fmt::format(R"({{"{}":"x"}})", name));
    EXPECT_EQ(named.bound(), Texts{std::string(name) + "=x"});
  }
}

TEST(BundleValue, RefusesToReplaceAnInheritedOneOfAnotherValue) {
  Bundled other("format: json", R"({"DB_HOST":"evil.example"})");
  expect_holds(other.with({"DB_HOST=db.example"}).refusal(), "would replace an inherited variable");
  Bundled same("format: json", R"({"DB_HOST":"db.example"})");
  EXPECT_EQ(same.with({"DB_HOST=db.example"}).bound(), Texts{"DB_HOST=db.example"});
  Bundled named("only: [DB_HOST]", R"({"DB_HOST":"new.example"})");
  EXPECT_EQ(named.with({"DB_HOST=db.example"}).bound(), Texts{"DB_HOST=new.example"});
  Bundled unset("format: json", R"({"DB_HOST":"new.example"})", {"--unset", "DB_HOST"});
  EXPECT_EQ(unset.with({"DB_HOST=db.example"}).bound(), Texts{"DB_HOST=new.example"});
}

TEST(BundleValue, RefusesANameThatTheConfigMapsToo) {
  Call call;
  call.config("vault: kv1\nenv: { A: a }\nbundles: [ { ref: app } ]")
      .holds("app", R"({"A":"x"})")
      .holds("a", "y");
  const std::string text = call.refusal();
  EXPECT_TRUE(text.starts_with("123 ")) << text;
  expect_holds(text, "kvrun.yaml:2:");
}

TEST(BundleValue, RefusesANameOfTwoBundles) {
  Call call;
  call.config("vault: kv1\nbundles: [ { ref: one }, { ref: two } ]")
      .holds("one", R"({"A":"x"})")
      .holds("two", R"({"A":"x"})");
  const std::string text = call.refusal();
  expect_holds(text, "bundle kv1/two");
  expect_holds(text, "kv1/one");
  EXPECT_TRUE(Bundled("rename: { B: A }", R"({"A":"1","B":"2"})").refusal().starts_with("123 "));
}

TEST(BundleValue, IsWeakerThanOptionsAndStrongerThanInheritedReferences) {
  Call call({"-e", "A=kv://kv1/a", "--resolve", "B"});
  call.config("vault: kv1\nbundles: [ { ref: app, only: [A, B, C] } ]")
      .env_file("C=env file\n")
      .with({"B=kv://kv1/b"})
      .holds("app", R"({"A":"bundle","B":"bundle","C":"bundle"})")
      .holds("a", "option")
      .holds("b", "inherited");
  Texts bound = call.bound();
  std::sort(bound.begin(), bound.end());
  EXPECT_EQ(bound, (Texts{"A=option", "B=bundle", "C=env file"}));
}

// rules A11, A16: what --resolve names is no value that could be replaced or kept.
TEST(BundleValue, TakesAReferenceThatIsToBeResolvedForUnset) {
  for (const char* bundle : {"format: json", "only: [ A ]"}) {
    for (const char* more : {"", "keep-existing: true"}) {
      Call call({"--resolve", "A"});
      call.with({"A=kv://kv1/a"})
          .config(fmt::format("vault: kv1\nbundles: [ {{ ref: app, {} }} ]\n{}\n", bundle, more));
      call.holds("app", R"({"A":"from-bundle"})").holds("a", "resolved");
      EXPECT_EQ(call.bound(), Texts{"A=from-bundle"}) << bundle << more;
    }
  }
}

TEST(BundleValue, LeavesWhatIsKept) {
  Bundled call("only: [A, B]", R"({"A":"1","B":"2"})", {"--keep-existing"});
  EXPECT_EQ(call.with({"A="}).bound(), Texts{"B=2"});
}

TEST(BundleValue, TellsEveryNameThatIsNoneAndIsWanted) {
  const Bound all = Bundled("format: json", R"({"a-b":"1","\n::error::x":"2","E":"3"})").bind();
  ASSERT_EQ(all.errors.size(), 2U);
  expect_holds(all.errors[0].message(), "bundle kv1/app: 'a-b' is no variable name");
  expect_lacks(all.errors[1].message(), "\n");
  expect_lacks(all.errors[1].message(), "::error");
  EXPECT_EQ(Bundled("format: json", R"({"a-b":"1","E":"3"})", {"--only", "E"}).bound(),
            Texts{"E=3"});
}

// rules A14
TEST(BundleValue, IsToldToLackASelectedName) {
  Bundled call("format: json", R"({"A":"1"})", {"--only", "A,B"});
  const std::string text = call.refusal();
  EXPECT_TRUE(text.starts_with("123 ")) << text;
  expect_holds(text, "no bundle holds 'B'");
  Bundled unread("format: json", "no JSON", {"--only", "A"}); // what it holds is not known
  expect_lacks(unread.refusal(), "no bundle holds");
}

} // namespace
} // namespace kvrun::launcher
