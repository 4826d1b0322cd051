// SPDX-License-Identifier: MIT
#include "base/yaml.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace kvrun::yaml {
namespace {

using Kind = Node::Kind;

// The document as one line: places are left out, quoted scalars have quotes.
std::string outline(const Node& node) {
  std::string text;
  switch (node.kind) {
  case Kind::null:
    return "~";
  case Kind::scalar:
    return node.quoted ? '"' + node.text + '"' : node.text;
  case Kind::sequence:
    for (const Node& item : node.items) {
      text += (text.empty() ? "" : " ") + outline(item);
    }
    return '[' + text + ']';
  case Kind::mapping:
    for (const Member& member : node.members) {
      text += (text.empty() ? "" : " ") + member.key + '=' + outline(member.value);
    }
    return '{' + text + '}';
  }
  return text;
}

std::string parsed(std::string_view text) {
  Problems problems;
  const std::optional<Node> node = parse(text, "f", problems);
  for (const Error& error : problems.all()) {
    ADD_FAILURE() << error.message();
  }
  return node ? outline(*node) : "nothing";
}

struct Told {
  std::string problems; // a line each
  std::string hints;
  std::string document;
};

Told told(std::string_view text) {
  Problems problems;
  Told result;
  const std::optional<Node> node = parse(text, "f", problems);
  for (const Error& error : problems.all()) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    result.problems += error.message() + '\n';
    result.hints += error.hint().empty() ? "" : error.hint() + '\n';
  }
  result.document = node ? outline(*node) : "nothing";
  return result;
}

std::string problems_of(std::string_view text) {
  return told(text).problems;
}

std::string repeat(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

TEST(Yaml, KeepsTheOrderAndTheShape) {
  EXPECT_EQ(parsed("vault: v\nenv:\n  B: x\n  A: [1, {c: d}]\nlast: {e: f, g: }\n"),
            "{vault=v env={B=x A=[1 {c=d}]} last={e=f g=~}}");
  EXPECT_EQ(parsed("- a\n- - b\n  - c\n-\n"), "[a [b c] ~]");
  EXPECT_EQ(parsed(R"({"a": ["b", 1.50, true, null], "c": {}})"), R"({a=["b" 1.50 true ~] c={}})");
}

TEST(Yaml, TakesScalarsAsTextAsWritten) {
  EXPECT_EQ(parsed("[0755, yes, 1e3, .5, 0x1F, 2001-01-01, No, 1_000]"),
            "[0755 yes 1e3 .5 0x1F 2001-01-01 No 1_000]");
  EXPECT_EQ(parsed("a: x#y\nb: x #y\n"), "{a=x#y b=x}");
  EXPECT_EQ(parsed("a: \"\\u00fc\\n\\t\\x41\"\nb: 'it''s'\n"), "{a=\"\xC3\xBC\n\tA\" b=\"it's\"}");
  EXPECT_EQ(parsed("a: |\n  x\n   y\n\nb: >-\n  p\n  q\nc: |+\n  r\n\n"),
            "{a=\"x\n y\n\" b=\"p q\" c=\"r\n\n\"}");
  EXPECT_EQ(parsed("a: |\n  no line end"), "{a=\"no line end\"}");
  EXPECT_EQ(parsed("postgres://{{ x }}@h/d"), "postgres://{{ x }}@h/d");
}

TEST(Yaml, KnowsWhatIsNull) {
  EXPECT_EQ(parsed("[~, null, Null, NULL]"), "[~ ~ ~ ~]");
  EXPECT_EQ(parsed("a:\nb: # c\n? c\n"), "{a=~ b=~ c=~}");
  EXPECT_EQ(parsed("[nULL, '~', \"null\", nullable, ~x, '']"),
            R"([nULL "~" "null" nullable ~x ""])");
}

TEST(Yaml, TakesAnEmptyFileAsNull) {
  for (const char* text :
       {"", "\n\n", "# only a comment\n", "---\n", "---", "...\n", "\xEF\xBB\xBF"}) {
    EXPECT_EQ(parsed(text), "~") << text;
  }
  Problems problems;
  EXPECT_EQ(parse("\n\n# c\n", "f", problems)->place.text(), "f:1:1");
  EXPECT_FALSE(parse("# c\n", "f", problems)->written);
  EXPECT_FALSE(parse("---\n", "f", problems)->written);
  EXPECT_TRUE(parse("~", "f", problems)->written);
  EXPECT_TRUE(parse("--- null\n", "f", problems)->written);
}

TEST(Yaml, ReadsEveryLineEndAndAMark) {
  EXPECT_EQ(parsed("a: 1\r\nb: 2\r\n"), "{a=1 b=2}");
  EXPECT_EQ(parsed("\xEF\xBB\xBF"
                   "a: 1\n"),
            "{a=1}");
  EXPECT_EQ(parsed("%YAML 1.2\n---\na: 1\n...\n"), "{a=1}");
}

TEST(Yaml, KnowsThePlaceOfEverything) {
  Problems problems;
  const Node root = *parse("vault: v\n"
                           "env:\n"
                           "  \xC3\xA4\xE2\x82\xAC: [x, \"\xC3\xBC\", y]\n"
                           "  B: &b 'q'\n"
                           "  C: *b\n"
                           "  D: ~\n"
                           "  E:\n"
                           "  F: |\n"
                           "    text\n"
                           "list:\n"
                           "  -\n"
                           "  - { k: v }\n"
                           "empty:\n"
                           "nullable:\n"
                           "~x: ~\n",
                           "f",
                           problems);
  EXPECT_EQ(root.place.text(), "f:1:1");
  EXPECT_EQ(root.find("vault")->place.text(), "f:1:8");
  const Node& env = *root.find("env");
  EXPECT_EQ(env.place.text(), "f:3:3");
  EXPECT_EQ(env.members[0].place.text(), "f:3:3");
  EXPECT_EQ(env.members[0].value.place.text(), "f:3:7");
  EXPECT_EQ(env.members[0].value.items[2].place.text(), "f:3:16"); // characters, not bytes
  EXPECT_EQ(env.find("B")->place.text(), "f:4:6");
  EXPECT_EQ(env.find("C")->place.text(), "f:5:6");
  EXPECT_EQ(env.find("D")->place.text(), "f:6:6");
  EXPECT_EQ(env.find("E")->place.text(), "f:7:3"); // nothing stands there: the key's
  EXPECT_EQ(env.find("F")->place.text(), "f:8:6");
  const Node& list = *root.find("list");
  EXPECT_EQ(list.items[0].place.text(), "f:11:3"); // nothing stands there: the dash's
  EXPECT_EQ(list.items[1].members[0].place.text(), "f:12:7");
  EXPECT_EQ(root.find("empty")->place.text(), "f:13:1");
  EXPECT_EQ(root.find("nullable")->place.text(), "f:14:1");
  EXPECT_EQ(root.find("~x")->place.text(), "f:15:5");
}

TEST(Yaml, FindsAMemberOfAMappingOnly) {
  Problems problems;
  const Node root = *parse("a: {b: c}\nl: [a]\n", "f", problems);
  EXPECT_EQ(root.find("a")->find("b")->text, "c");
  EXPECT_EQ(root.find("b"), nullptr);
  EXPECT_EQ(root.find("l")->find("a"), nullptr);
}

TEST(Yaml, NamesWhatStandsThere) {
  Problems problems;
  const Node root = *parse("[~, x, [], {}, &n null, a: ]", "f", problems);
  EXPECT_EQ(describe(root.items[0]), "null");
  EXPECT_EQ(describe(root.items[1]), "text");
  EXPECT_EQ(describe(root.items[2]), "a list");
  EXPECT_EQ(describe(root.items[3]), "a mapping");
  EXPECT_EQ(describe(root.items[4]), "null");
  EXPECT_EQ(describe(root.items[5].members[0].value), "nothing");
}

TEST(Yaml, RefusesADuplicateKeyAtTheSecondPlace) {
  const Told result = told("a: 1\nb: {c: 1, 'c': 2}\na: 3\nd: 4\n");
  EXPECT_EQ(result.problems,
            "f:2:11: duplicate key 'c', first in line 2\n"
            "f:3:1: duplicate key 'a', first in line 1\n");
  EXPECT_EQ(result.document, "{a=1 b={c=1} d=4}");
}

TEST(Yaml, ShowsADuplicateKeyInOneLine) {
  EXPECT_EQ(problems_of("\"a\\nkvrun: error: fake\": 1\n\"a\\nkvrun: error: fake\": 2\n"),
            "f:2:1: duplicate key 'a kvrun: error: fake', first in line 1\n");
  const std::string name(1000, 'n');
  EXPECT_LT(problems_of(name + ": 1\n" + name + ": 2\n").size(), 200U);
}

TEST(Yaml, RefusesAKeyThatIsNoText) {
  const Told result = told("[a, b]: 1\n? {x: 1, x: 2}\n: 3\n~: 4\n: 5\nz: 6\n");
  EXPECT_EQ(result.problems,
            "f:1:1: a key must be text\n"
            "f:2:3: a key must be text\n"
            "f:4:1: a key must be text\n"
            "f:5:1: a key must be text\n");
  EXPECT_EQ(result.document, "{z=6}");
}

TEST(Yaml, CopiesAScalarToItsAliases) {
  EXPECT_EQ(parsed("a: &x 1\nb: *x\nc: [*x, *x]\nd: &y '2'\n*x : *y\ne: &n ~\nf: *n\n"),
            "{a=1 b=1 c=[1 1] d=\"2\" 1=\"2\" e=~ f=~}");
  EXPECT_EQ(parsed("a: &x 1\nb: &x 2\nc: *x\n"), "{a=1 b=2 c=2}");
}

TEST(Yaml, RefusesAnAliasForMoreThanAScalar) {
  const Told result = told("a: &l [1]\nb: *l\nc: &m {x: 1}\nd: [*m, y]\n");
  EXPECT_EQ(result.problems,
            "f:2:4: an alias can stand for a scalar only\n"
            "f:4:5: an alias can stand for a scalar only\n");
  EXPECT_EQ(result.document, "{a=[1] c={x=1} d=[y]}");
  EXPECT_EQ(problems_of("a: &a [*a]\n"), "f:1:8: an alias can stand for a scalar only\n");
}

TEST(Yaml, RefusesAliasesThatStandForTooMuch) {
  const std::string text =
      "a: &a " + std::string(300'000, 'x') + "\nb: [" + repeat("*a,", 1000) + "]\n";
  EXPECT_EQ(problems_of(text), "f:2:14: the aliases stand for more than 1 MiB\n");
}

TEST(Yaml, RefusesAMergeKey) {
  const Told result = told("<<: {a: 1}\nb: 2\n'<<': 3\n");
  EXPECT_EQ(result.problems, "f:1:1: a merge key is not taken\n");
  EXPECT_EQ(result.document, "{b=2 <<=3}");
}

TEST(Yaml, RefusesATagAndDoesNotShowIt) {
  const Told result =
      told("a: !!int 5\nb: !s3cret\nc: ! x\nd: !!map {x: 1}\n!!str e: 1\nf: !<s3cret> y\ng: 5\n");
  EXPECT_EQ(result.problems,
            "f:1:4: a tag is not taken\n"
            "f:2:4: a tag is not taken\n"
            "f:3:4: a tag is not taken\n"
            "f:4:4: a tag is not taken\n"
            "f:5:1: a tag is not taken\n"
            "f:6:4: a tag is not taken\n");
  EXPECT_EQ(result.hints, repeat("quote a text that begins with '!'\n", 6));
  EXPECT_EQ(result.document, "{g=5}");
}

TEST(Yaml, RefusesASecondDocument) {
  EXPECT_EQ(problems_of("a: 1\n---\nb: 2\n"), "f:2:1: a second document\n");
  EXPECT_EQ(problems_of("---\n---\n"), "f:2:1: a second document\n");
  EXPECT_EQ(problems_of("a: 1\n...\n---\n"), "f:3:1: a second document\n");
  EXPECT_EQ(told("a: 1\n---\nb: 2\n").document, "{a=1}"); // the first can still be checked
  EXPECT_EQ(problems_of("a: 1\n...\nb: 2\n"), "f:3:1: not YAML: more text after the document\n");
  EXPECT_EQ(problems_of("'a' b"), "f:1:5: not YAML: more text after the document\n");
  EXPECT_EQ(told("'a' b").document, "nothing");
}

TEST(Yaml, RefusesADirectiveThatNoDocumentFollows) {
  const std::string told_of = ": not YAML: a directive that no document follows\n";
  EXPECT_EQ(problems_of("a: 1\n%anything at all\n"), "f:2:1" + told_of);
  EXPECT_EQ(problems_of("a: 1\n%anything at all"), "f:2:1" + told_of);
  EXPECT_EQ(problems_of("a: 1\n...\n%YAML 1.2\n# c\n\n"), "f:3:1" + told_of);
  EXPECT_EQ(problems_of("a: 1\n%one\n%two\n"), "f:3:1" + told_of);
  EXPECT_EQ(problems_of("a: |\n  x\n%y\n"), "f:3:1" + told_of);
  EXPECT_EQ(problems_of("%YAML 1.2\n"), "f:1:1" + told_of);
  EXPECT_EQ(told("a: 1\n%x\n").document, "nothing");
  EXPECT_EQ(problems_of("a: 1\n%x\nb: 2\n"), "f:3:1: not YAML: more text after the document\n");
}

TEST(Yaml, TakesAPerCentSignThatBeginsALineOfAText) {
  EXPECT_EQ(parsed("{a: \"x\n%y\", b: 'x\n%y'}"), "{a=\"x %y\" b=\"x %y\"}");
  EXPECT_EQ(parsed("%YAML 1.2\n---\na: |\n  %x\n"), "{a=\"%x\n\"}");
  EXPECT_EQ(parsed("# c\n%YAML 1.2\n--- 'x\n%y'\n"), "\"x %y\"");
}

TEST(Yaml, TellsWhereTheSyntaxBreaks) {
  EXPECT_EQ(problems_of("a: [1\n"), "f:2:1: not YAML: end of sequence flow not found\n");
  EXPECT_EQ(problems_of("a: {b: 1\n"), "f:2:1: not YAML: end of map flow not found\n");
  EXPECT_EQ(problems_of("a: b: c\n"), "f:1:5: not YAML: illegal map value\n");
  EXPECT_EQ(problems_of("a: 1\n]\n"), "f:2:1: not YAML: illegal flow end\n");
  EXPECT_EQ(problems_of("\xC3\xA4: \"\\q\"\n"), "f:1:7: not YAML: unknown escape character\n");
}

TEST(Yaml, RefusesAQuoteThatDoesNotEnd) {
  for (const char* text : {"\"",
                           "'",
                           "a: \"",
                           "a: &b '",
                           "a: \"x",
                           "a: \"x\n",
                           "a: 'x\n",
                           "a: 'x\n  y\n\n",
                           "a: \"x\n   ",
                           "a: 'it''s\n",
                           "a: \"\\\"\n",
                           "a: [\"x\n",
                           "\"a\n"}) {
    EXPECT_NE(problems_of(text), "") << text;
    EXPECT_EQ(told(text).document, "nothing") << text;
  }
}

TEST(Yaml, KnowsWhereAQuoteEnds) {
  EXPECT_EQ(parsed(R"(["it", 'it''s', '\', "\"", "'", '''', '"', "\\"])"),
            R"(["it" "it's" "\" """ "'" "'" """ "\"])");
  EXPECT_EQ(parsed("a: &b ''\nc: &d |\ne: it's\n"), "{a=\"\" c=\"\" e=it's}");
}

TEST(Yaml, TellsWhatWasFoundBeforeTheSyntaxBroke) {
  EXPECT_EQ(problems_of("a: 1\na: 2\nb: [\n"),
            "f:2:1: duplicate key 'a', first in line 1\n"
            "f:4:1: not YAML: end of sequence flow not found\n");
}

TEST(Yaml, QuotesNothingThatMayBeAValue) {
  for (const char* text : {"a: *s3cret\n",
                           "%YAML s3cret\n---\n",
                           "%TAG s3cret\n---\n",
                           "a: \"\\s3cret\"\n",
                           "a: @s3cret\n",
                           "a: !s3cret!s3cret x\n",
                           "a: &s3cret &s3cret x\n",
                           "a: |s3cret\n",
                           "a: s3cret: s3cret\n",
                           "a: [s3cret}\n",
                           "a: \"\\xs3cret\"\n"}) {
    const Told result = told(text);
    EXPECT_NE(result.problems, "") << text;
    EXPECT_EQ((result.problems + result.hints).find("s3cret"), std::string::npos)
        << result.problems;
  }
}

TEST(Yaml, SaysWhatToQuote) {
  const std::string at = "quote a text that begins with '@': \"@Microsoft.KeyVault(…)\"\n";
  EXPECT_EQ(told("a: @Microsoft.KeyVault(SecretUri=x)\n").hints, at);
  EXPECT_EQ(told("env: { A: @Microsoft.KeyVault(x) }\n").hints, at);
  const std::string star = "quote a text that begins with '*'\n";
  EXPECT_EQ(told("inherit: [*]\n").hints, star);
  EXPECT_EQ(told("inherit: [*_URL]\n").hints, star);
  EXPECT_EQ(told("inherit: *\n").hints, star);
  EXPECT_EQ(told("a:\n\tb: 1\n").hints, "indent with blanks, not with tabs\n");
  EXPECT_EQ(told("a: b: c\n").hints, "");
}

TEST(Yaml, SaysOnceThatATemplateMustBeQuoted) {
  for (const char* text : {"a: {{ x }}\n",
                           "a: {{ x | uri }}\n",
                           "a: {{x}}\n",
                           "a: {{ x#/p }}\n",
                           "a: {{{{ x }}}}\n",
                           "a: {{ x }}/path\n",
                           "a: {{ x }} {{ y }}\n",
                           "a: { template: {{ x }} }\n",
                           "- {{ x }}:1\n",
                           "{{ x }}\n"}) {
    EXPECT_EQ(told(text).hints, "quote a template: \"{{ … }}\"\n") << text << problems_of(text);
  }
  EXPECT_EQ(problems_of("a:\n  b: {{ x }}\n"), "f:2:7: '{{' begins a mapping within a mapping\n");
}

TEST(Yaml, TellsOfATemplateWithinWhatDoesNotEnd) {
  // Its brackets make a key of the library's, in which nothing is told.
  EXPECT_EQ(problems_of("[[{{a: 1 }"), "f:1:1: not YAML: end of map flow not found\n");
}

TEST(Yaml, RefusesWhatIsNestedTooDeep) {
  EXPECT_EQ(parsed(std::string(32, '[') + std::string(32, ']')),
            std::string(32, '[') + std::string(32, ']'));
  EXPECT_EQ(problems_of(std::string(33, '[') + std::string(33, ']')),
            "f:1:33: nested more than 32 deep\n");
  std::string block;
  for (std::size_t i = 0; i < 1400; ++i) {
    block += std::string(i, ' ') + "a:\n";
  }
  EXPECT_EQ(problems_of(block), "f:33:33: nested more than 32 deep\n");
  EXPECT_EQ(problems_of(repeat("- ", 200'000)), "f:1:65: nested more than 32 deep\n");
  for (const char* open : {"[", "{", "? ", "[{", "{\"a\": ", "{? ", "- ? "}) {
    EXPECT_NE(problems_of(repeat(open, 100'000)).find("deep\n"), std::string::npos) << open;
  }
}

TEST(Yaml, RefusesWhatIsNoUtf8) {
  EXPECT_EQ(problems_of("a: \xC3\xA4\xFF\n"), "f:1:5: not UTF-8\n");
  EXPECT_EQ(problems_of("a: 1\nb: \xED\xA0\x80\n"), "f:2:4: not UTF-8\n");
  EXPECT_EQ(told(std::string_view("\xFF\xFE"
                                  "a\0",
                                  4))
                .hints,
            "save the file as UTF-8\n");
  EXPECT_EQ(problems_of(std::string_view("\xFE\xFF\0a", 4)), "f:1:1: not UTF-8\n");
  EXPECT_EQ(problems_of(std::string_view("a\0:\0", 4)), "f:1:2: a NUL byte\n");
  EXPECT_EQ(problems_of(std::string_view("a: x\n\0", 6)), "f:2:1: a NUL byte\n");
}

TEST(Yaml, RefusesAControlCharacter) {
  // The library takes this one for the end of the text.
  EXPECT_EQ(problems_of("a: \x04\nb: 1\n"), "f:1:4: a control character\n");
  EXPECT_EQ(problems_of("a: \x1b[1m\n"), "f:1:4: a control character\n");
}

TEST(Yaml, RefusesMoreThanAMebibyte) {
  const std::string most = "a: " + std::string(1'048'573, 'x');
  EXPECT_EQ(problems_of(most), "");
  EXPECT_EQ(problems_of("\xEF\xBB\xBF" + most), "");
  EXPECT_EQ(problems_of(most + "x"), "f: larger than 1 MiB\n");
}

TEST(Yaml, CountsTheCharactersOfALongLineOnce) {
  // Took minutes when each of the marks was counted from the beginning of its line.
  EXPECT_EQ(problems_of("[" + repeat("a,", 500'000) + "]"), "");
}

} // namespace
} // namespace kvrun::yaml
