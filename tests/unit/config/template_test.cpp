// SPDX-License-Identifier: MIT
#include "config/template.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kvrun::config {
namespace {

const Place k_start{"t.txt", 1, 1};

// The parts in a row: a literal as it is, a reference as <vault name version pointer|filters>.
std::string outline(std::string_view text) {
  Problems problems;
  const Template parsed = parse_template(text, k_start, problems);
  EXPECT_TRUE(problems.empty()) << text;
  std::string result;
  for (const TemplatePart& part : parsed.parts) {
    if (const auto* const literal = std::get_if<std::string>(&part.content)) {
      result += *literal;
      continue;
    }
    const auto& reference = std::get<SecretReference>(part.content);
    result += '<' + reference.vault + ' ' + reference.name + reference.pointer;
    for (const Filter filter : part.filters) {
      result += '|' + std::to_string(static_cast<int>(filter));
    }
    result += '>';
  }
  return result;
}

std::vector<std::string> problems_of(std::string_view text,
                                     const Place& start = k_start,
                                     Written written = Written::as_it_is) {
  Problems problems;
  static_cast<void>(parse_template(text, start, problems, written));
  std::vector<std::string> all;
  for (const Error& error : problems.all()) {
    all.push_back(error.message());
  }
  return all;
}

// Where the only problem of a text is.
std::string place_in(std::string_view text) {
  const std::vector<std::string> all = problems_of(text);
  EXPECT_EQ(all.size(), 1U) << text;
  return all.empty() ? "" : all.front().substr(0, all.front().find(": "));
}

TEST(Template, IsTextAndReferences) {
  EXPECT_EQ(outline(""), "");
  EXPECT_EQ(outline("nothing $HOME here"), "nothing $HOME here");
  EXPECT_EQ(outline("a {{ plain }} b"), "a < plain> b");
  EXPECT_EQ(outline("{{plain}}"), "< plain>");
  EXPECT_EQ(outline("{{a}}{{ b }}"), "< a>< b>");
  EXPECT_EQ(outline("{{a#/b|trim}}"), "< a/b|4>");
  EXPECT_EQ(outline("{{\t kv://kv1/a#/b/c\t}}"), "<kv1 a/b/c>");
  EXPECT_EQ(outline("{{ https://kv1.vault.azure.net/secrets/a/ }}"), "<kv1.vault.azure.net a>");
}

TEST(Template, AppliesFiltersFromLeftToRight) {
  Problems problems;
  const Template parsed =
      parse_template("{{ a | trim|uri |json| shell | base64 }}", k_start, problems);
  ASSERT_EQ(parsed.parts.size(), 1U);
  EXPECT_EQ(parsed.parts[0].filters,
            (std::vector{Filter::trim, Filter::uri, Filter::json, Filter::shell, Filter::base64}));
}

TEST(Template, WritesALiteralOpeningWithFourBraces) {
  EXPECT_EQ(outline("{{{{"), "{{");
  EXPECT_EQ(outline("{{{{ plain }} {{ plain }}"), "{{ plain }} < plain>");
  EXPECT_EQ(outline("{{{{{{{{"), "{{{{");
  EXPECT_EQ(outline("{{{{{{ a }}"), "{{< a>");
}

TEST(Template, TakesClosingBracesAloneAsText) {
  EXPECT_EQ(outline("a }} b {{ c }} }} { } {"), "a }} b < c> }} { } {");
  EXPECT_EQ(outline("{ {a} }}}"), "{ {a} }}}");
  EXPECT_EQ(outline("{{ a }}}"), "< a>}");
}

TEST(Template, JoinsTheTextAroundALiteralOpening) {
  Problems problems;
  EXPECT_EQ(parse_template("a {{{{ b", k_start, problems).parts.size(), 1U);
}

TEST(Template, ListsItsReferencesInOrder) {
  Problems problems;
  const Template parsed = parse_template("{{ a }}x{{ b }}{{ a }}", k_start, problems);
  const auto references = parsed.references();
  ASSERT_EQ(references.size(), 3U);
  EXPECT_EQ(references[0]->name, "a");
  EXPECT_EQ(references[1]->name, "b");
  EXPECT_EQ(references[2]->name, "a");
}

TEST(Template, TellsLineAndColumnOfWhatIsWrong) {
  EXPECT_EQ(place_in("{{ a"), "t.txt:1:1");
  EXPECT_EQ(place_in("{{ a }} and {{ b"), "t.txt:1:13");
  EXPECT_EQ(place_in("one\ntwo {{ b\nthree }}"), "t.txt:2:5");
  EXPECT_EQ(place_in("{{ }}"), "t.txt:1:4");
  EXPECT_EQ(place_in("{{}}"), "t.txt:1:3");
  EXPECT_EQ(place_in("x\r\n {{ my_secret }}"), "t.txt:2:5");
  EXPECT_EQ(place_in("{{ a | rot13 }}"), "t.txt:1:8");
  EXPECT_EQ(place_in("{{ a | }}"), "t.txt:1:8");
  EXPECT_EQ(place_in("{{ a |}}"), "t.txt:1:7");
  EXPECT_EQ(place_in("{{ a b }}"), "t.txt:1:6");
  EXPECT_EQ(place_in("{{ | uri }}"), "t.txt:1:4");
  EXPECT_EQ(place_in("{{ a | uri json }}"), "t.txt:1:12");
}

TEST(Template, CountsCharactersNotBytes) {
  EXPECT_EQ(place_in("\xC3\xA4\xE2\x82\xAC {{ b"), "t.txt:1:4");
}

TEST(Template, BeginsToCountWhereItStands) {
  EXPECT_EQ(problems_of("ab {{ c\n{{ d", {"k.yaml", 7, 20}),
            (std::vector<std::string>{"k.yaml:7:23: '{{' is not closed by '}}' on its line",
                                      "k.yaml:8:1: '{{' is not closed by '}}' on its line"}));
}

TEST(Template, TellsOnlyWhereItBeginsWhenItIsWrittenOtherwise) {
  EXPECT_EQ(problems_of("ab\n {{ c", {"k.yaml", 7, 20}, Written::otherwise),
            (std::vector<std::string>{"k.yaml:7:20: '{{' is not closed by '}}' on its line"}));
  EXPECT_EQ(problems_of("ab\n {{ c", {"-e", 0, 0}),
            (std::vector<std::string>{"-e: '{{' is not closed by '}}' on its line"}));
}

TEST(Template, TellsAllProblemsInOrder) {
  const auto all = problems_of("{{ my_secret | rot13 | uir x }} {{ good }}\n{{ open\n{{ }}");
  ASSERT_EQ(all.size(), 6U);
  const std::array<std::string_view, 6> places{"1:4:", "1:16:", "1:24:", "1:28:", "2:1:", "3:4:"};
  for (std::size_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(all[i].find(places.at(i)), std::string_view("t.txt:").size()) << all[i];
  }
}

TEST(Template, NamesTheNearestFilter) {
  Problems problems;
  static_cast<void>(parse_template("{{ a | bas64 }}{{ a | rot13 }}", k_start, problems));
  ASSERT_EQ(problems.all().size(), 2U);
  EXPECT_EQ(problems.all()[0].hint(), "did you mean 'base64'?");
  EXPECT_NE(problems.all()[1].hint().find("trim"), std::string::npos);
}

TEST(Template, ShowsNoneOfItsTextInAProblem) {
  for (const std::string_view text : {"hunter2 {{ a",
                                      "{{ hunter2_ }}",
                                      "{{ a | hunter2 }}",
                                      "{{ a hunter2 }}",
                                      "{{ hunter2#x }}"}) {
    for (const std::string& message : problems_of(text)) {
      EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
    }
  }
}

TEST(Template, TakesTimeInProportionToItsLength) {
  std::string text;
  constexpr std::size_t k_count = 100'000; // some seconds if each looked at all that came before
  for (std::size_t i = 0; i < k_count; ++i) {
    text += "{{ _ }}{{\n";
  }
  EXPECT_EQ(problems_of(text).size(), 2 * k_count);
}

} // namespace
} // namespace kvrun::config
