// SPDX-License-Identifier: MIT
#include "base/json.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

namespace kvrun::json {
namespace {

using Kind = Value::Kind;

// "" when it is taken.
std::string refusal(std::string_view text) {
  try {
    static_cast<void>(Document::parse(text));
    return "";
  } catch (const ParseError& error) {
    return error.what();
  }
}

std::string repeat(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

TEST(Json, KeepsTheOrderAndTheShape) {
  const Document document =
      Document::parse(R"({"b": [1, "x", null, true, false, {}, []], "a": {"c": "d"}})");
  const Value& root = document.root();
  ASSERT_EQ(root.kind, Kind::object);
  ASSERT_EQ(root.members.size(), 2U);
  EXPECT_EQ(root.members[0].name, "b");
  const std::vector<Value>& items = root.members[0].value.items;
  constexpr std::array kinds{Kind::number,
                             Kind::string,
                             Kind::null,
                             Kind::boolean,
                             Kind::boolean,
                             Kind::object,
                             Kind::array};
  ASSERT_EQ(items.size(), kinds.size());
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ(items[i].kind, kinds[i]) << i;
  }
  EXPECT_EQ(items[3].text, "true");
  EXPECT_EQ(items[4].text, "false");
  EXPECT_EQ(root.find("a")->string("c"), "d");
}

TEST(Json, TakesAnyValueAsADocument) {
  const auto kind = [](std::string_view text) { return Document::parse(text).root().kind; };
  EXPECT_EQ(kind("1"), Kind::number);
  EXPECT_EQ(kind(" \r\n\t-0.5e+7 "), Kind::number);
  EXPECT_EQ(kind("\"x\""), Kind::string);
  EXPECT_EQ(kind("true"), Kind::boolean);
  EXPECT_EQ(kind("null\n"), Kind::null);
  EXPECT_EQ(kind("[]"), Kind::array);
  EXPECT_EQ(kind("{}"), Kind::object);
}

TEST(Json, KeepsTheCharactersOfANumber) {
  for (const char* number :
       {"0", "-0", "1.10", "12345678901234567890123", "1E400", "1e-7", "-1.5e+3", "0.0"}) {
    const std::string text = "{\"n\" : " + std::string(number) + " , \"m\":1}";
    EXPECT_EQ(Document::parse(text).root().find("n")->text, number);
    EXPECT_EQ(Document::parse(number).root().text, number);
  }
}

TEST(Json, RefusesANumberThatIsNone) {
  for (const char* number : {"01",
                             "00",
                             "-01",
                             "1.",
                             "-",
                             "1e",
                             "1e+",
                             "1.e3",
                             "0x1",
                             "1_0",
                             "--1",
                             "-Infinity",
                             "1\"a\""}) {
    EXPECT_EQ(refusal(number), "not JSON: a bad number") << number;
    EXPECT_EQ(refusal("[" + std::string(number) + ",2]"), "not JSON: a bad number") << number;
  }
  for (const char* number : {"+1", ".5", "NaN", "Infinity"}) {
    EXPECT_NE(refusal(number), "") << number;
  }
}

TEST(Json, UnescapesStringsAndNames) {
  const Document document = Document::parse(
      R"({"\u0061\"\\\/\b\f\n\r\t": "\ud83d\ude00 \u00FC", "nul": "x\u0000y", "": ""})");
  EXPECT_EQ(document.root().members[0].name, "a\"\\/\b\f\n\r\t");
  EXPECT_EQ(document.root().members[0].value.text, "\xF0\x9F\x98\x80 \xC3\xBC");
  EXPECT_EQ(document.root().string("nul"), std::string_view("x\0y", 3));
  EXPECT_EQ(document.root().find("")->kind, Kind::string);
}

TEST(Json, RefusesAStringThatIsNone) {
  for (const char* text : {R"("\ud800")",
                           R"("\udc00")",
                           R"("\ud800\u0041")",
                           R"("\ud83d\ud83d")",
                           R"("\ud83dx")",
                           R"("\q")",
                           R"("\u12")",
                           R"("\u12G4")",
                           R"({"\ud800":1})"}) {
    EXPECT_EQ(refusal(text), "not JSON: a bad escape or a lone surrogate") << text;
  }
  EXPECT_EQ(refusal("\"a\nb\""), "not JSON: a control character in a string");
  EXPECT_EQ(refusal(std::string_view("\"\0\"", 3)), "not JSON: a control character in a string");
  EXPECT_EQ(refusal("\"abc"), "not JSON: a string does not end");
  EXPECT_EQ(refusal("\"abc\\\""), "not JSON: a string does not end");
  EXPECT_EQ(refusal("\"\xFF\""), "not JSON: bad UTF-8");
  EXPECT_EQ(refusal("\"\xED\xA0\x80\""), "not JSON: bad UTF-8");
  EXPECT_EQ(refusal("\"\xC0\x80\""), "not JSON: bad UTF-8");
}

TEST(Json, RefusesADuplicateMemberAtEveryLevel) {
  for (const char* text : {R"({"a":1,"a":2})",
                           R"({"a":1,"\u0061":2})",
                           R"([{"x":{"a":1,"b":2,"a":3}}])",
                           R"({"a":{},"b":[],"a":{}})"}) {
    EXPECT_EQ(refusal(text), "JSON with a duplicate member") << text;
  }
  EXPECT_EQ(refusal(R"({"a":{"a":1},"A":{"a":1}})"), "");
}

TEST(Json, RefusesAWordThatIsNone) {
  for (const char* text : {"tru",
                           "nul",
                           "truefalse",
                           "falsey",
                           "nullnull",
                           "true1",
                           R"({"a":tru,"b":1})",
                           R"([[nul],1])"}) {
    EXPECT_EQ(refusal(text), "not JSON: a word other than true, false and null") << text;
  }
}

TEST(Json, RefusesABrokenStructure) {
  for (const char* text : {"[",
                           "{",
                           "}",
                           ",",
                           ":",
                           "[1,]",
                           "[,]",
                           "[1 2]",
                           "[1}",
                           "{\"a\":1]",
                           "{\"a\":1,}",
                           "{,}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\" 1}",
                           "{a:1}",
                           "{1:2}",
                           "{'a':1}",
                           R"({"a":1,"b"})",
                           "[1,2",
                           R"({"a":{"b":1})",
                           "// c\n1",
                           "\f1",
                           "\\",
                           "[\\]",
                           "{\"a\":1:2}",
                           "{\"a\",1}",
                           "[\"a\":1]"}) {
    EXPECT_EQ(refusal(text),
              "not JSON: a bracket, comma, colon or value is missing or out of place")
        << text;
  }
}

TEST(Json, RefusesAnythingAfterTheValue) {
  for (const char* text : {"1 2",
                           "1,2",
                           "true false",
                           "{\"a\":1}x",
                           "{\"a\":1} {}",
                           "[]]",
                           "[] ,",
                           "{}}",
                           "\"a\"1",
                           R"("a""b")",
                           "1],[2",
                           "1]",
                           "]",
                           "],["}) {
    EXPECT_EQ(refusal(text), "not JSON: more text after the value") << text;
  }
  EXPECT_NE(refusal(std::string_view("[1]\0", 4)), "");
}

TEST(Json, NamesAnEmptyTextAndAByteOrderMark) {
  EXPECT_EQ(refusal(""), "not JSON: empty");
  EXPECT_EQ(refusal(" \r\n\t"), "not JSON: empty");
  EXPECT_EQ(refusal("\xEF\xBB\xBF{}"), "not JSON: it begins with a byte order mark");
}

TEST(Json, RefusesWhatIsNestedTooDeep) {
  const std::string refused = "JSON nested more than 64 deep";
  EXPECT_EQ(refusal(std::string(64, '[') + std::string(64, ']')), "");
  EXPECT_EQ(refusal(std::string(65, '[') + std::string(65, ']')), refused);
  EXPECT_EQ(refusal(repeat("{\"a\":", 64) + "1" + std::string(64, '}')), "");
  EXPECT_EQ(refusal(repeat("{\"a\":", 65) + "1" + std::string(65, '}')), refused);
  EXPECT_EQ(refusal(std::string(500'000, '[')), refused);
  EXPECT_EQ(refusal(repeat("[{\"a\":", 100'000)), refused);
}

TEST(Json, QuotesNothingInARefusal) {
  for (const char* text : {"s3cret",
                           R"({"s3cret":1,"s3cret":2})",
                           R"(["s3cret\q"])",
                           "{\"a\":s3cret}",
                           R"({"a":"s3cret)",
                           "1 s3cret",
                           "-s3cret",
                           "[true s3cret]"}) {
    EXPECT_NE(refusal(text), "");
    EXPECT_EQ(refusal(text).find("s3cret"), std::string::npos);
  }
}

TEST(Json, FindsAMemberOfAnObjectOnly) {
  const Document document = Document::parse(R"({"a": "x", "n": 1, "l": ["a"], "o": {"a": "y"}})");
  const Value& root = document.root();
  EXPECT_EQ(root.find("none"), nullptr);
  EXPECT_EQ(root.find("l")->find("a"), nullptr);
  EXPECT_EQ(root.string("a"), "x");
  EXPECT_EQ(root.string("n"), ""); // not a string
  EXPECT_EQ(root.string("none"), "");
  EXPECT_EQ(root.find("o")->string("a"), "y");
}

TEST(Json, HandsOutTheCharactersOfListsAndObjects) {
  const Document document =
      Document::parse(" { \"a\" : [ 1 , \"x y\" ] , \"b\" : { } , \"c\":[ ]\n} \n");
  const Value& root = document.root();
  EXPECT_EQ(root.text, "{ \"a\" : [ 1 , \"x y\" ] , \"b\" : { } , \"c\":[ ]\n}");
  EXPECT_EQ(root.find("a")->text, "[ 1 , \"x y\" ]");
  EXPECT_EQ(root.find("b")->text, "{ }");
  EXPECT_EQ(root.find("c")->text, "[ ]");
}

TEST(Json, LivesAsLongAsItsDocument) {
  Document first = Document::parse(R"({"a": "x\ny"})");
  const Value* root = &first.root();
  Document second(std::move(first));
  EXPECT_EQ(&second.root(), root);
  EXPECT_EQ(root->string("a"), "x\ny");
  second = Document::parse("[1]");
  EXPECT_EQ(second.root().items[0].text, "1");
}

TEST(Json, IsNotLimitedInItsWidth) {
  const Document list = Document::parse("[" + repeat("1,", 200'000) + "1]");
  EXPECT_EQ(list.root().items.size(), 200'001U);
  std::string members = "{\"a\":1";
  for (int i = 0; i < 50'000; ++i) {
    members += ",\"a" + std::to_string(i) + "\":" + std::to_string(i);
  }
  const Document object = Document::parse(members + "}");
  EXPECT_EQ(object.root().find("a49999")->text, "49999");
  const Document text = Document::parse("\"" + repeat("\\u0041", 100'000) + "\"");
  EXPECT_EQ(text.root().text, std::string(100'000, 'A'));
}

TEST(Compact, RemovesTheWhiteSpaceBetweenTokens) {
  const auto compacted = [](std::string_view text) {
    const Document document = Document::parse(text);
    return std::string(compact(document.root()).reveal());
  };
  EXPECT_EQ(compacted("{ \"a b\" : [ 1 ,\t2.50 ] ,\r\n\"c\" : \" x\\\" , y\\\\\" , \"d\" : null }"),
            "{\"a b\":[1,2.50],\"c\":\" x\\\" , y\\\\\",\"d\":null}");
  EXPECT_EQ(compacted(R"([ "\u0041 \/" , "" ])"), R"(["\u0041 \/",""])");
  EXPECT_EQ(compacted("[\n]"), "[]");
  EXPECT_EQ(compacted("{ }"), "{}");
  EXPECT_EQ(compacted(" 1.0 "), "1.0");
}

TEST(Quote, MakesAStringThatReadsBackTheSame) {
  EXPECT_EQ(quote("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(quote("\b\f\n\r\t\x01\x1f"), R"("\b\f\n\r\t\u0001\u001f")");
  EXPECT_EQ(quote("\xC3\xBC\x7F"), "\"\xC3\xBC\x7F\"");
  std::string all;
  for (char c = 0; c < 127; ++c) {
    all += c;
  }
  EXPECT_EQ(Document::parse(quote(all)).root().text, all);
}

} // namespace
} // namespace kvrun::json
