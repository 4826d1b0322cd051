// SPDX-License-Identifier: MIT
#include "config/entries.hpp"
#include "config_text.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace kvrun::config {
namespace {

using List = std::vector<std::string>;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

Binding only_binding(std::string_view text) {
  const Config config = good_config(text);
  EXPECT_EQ(config.bindings.size(), 1U) << text;
  return config.bindings.empty() ? Binding{} : config.bindings.front();
}

Bundle only_bundle(std::string_view text) {
  const Config config = good_config(text);
  EXPECT_TRUE(config.bundles && config.bundles->size() == 1U) << text;
  return config.bundles && !config.bundles->empty() ? config.bundles->front() : Bundle{};
}

TEST(Entry, IsAReference) {
  const Binding binding = only_binding("env:\n  A: kv://kv1/a#/b\n");
  EXPECT_EQ(binding.name, "A");
  EXPECT_EQ(binding.place.text(), "k.yaml:2:3");
  EXPECT_EQ(binding.source_place.text(), "k.yaml:2:6");
  EXPECT_EQ(std::get<SecretReference>(binding.source),
            (SecretReference{"kv1", "a", "", "/b", false}));
  EXPECT_TRUE(binding.required);
  EXPECT_FALSE(binding.file);
  EXPECT_FALSE(binding.expired.has_value());
}

TEST(Entry, IsAMappingWithAReference) {
  const Binding binding = only_binding(
      "env:\n  A: { ref: a, required: false, decode: hex, format: pem, expired: ignore }\n");
  EXPECT_EQ(std::get<SecretReference>(binding.source).name, "a");
  EXPECT_EQ(binding.source_place.text(), "k.yaml:2:13");
  EXPECT_FALSE(binding.required);
  EXPECT_EQ(binding.decode, Decode::hex);
  EXPECT_EQ(binding.format, Format::pem);
  EXPECT_EQ(binding.expired, Expired::ignore);
}

TEST(Entry, IsALiteralAsItIsWritten) {
  for (const std::string_view text : {"0755", "yes", "1e3", "", "x y", "kv://kv1/a", "{{ a }}"}) {
    const Binding binding = only_binding("env: { A: { value: '" + std::string(text) + "' } }");
    EXPECT_EQ(std::get<Literal>(binding.source).text, text);
  }
  EXPECT_EQ(std::get<Literal>(only_binding("env: { A: { value: 0755 } }").source).text, "0755");
}

TEST(Entry, IsATemplate) {
  const Binding binding = only_binding("env: { A: { template: 'x {{ a | uri }}' } }");
  const auto& parts = std::get<Template>(binding.source).parts;
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[1].filters, std::vector{Filter::uri});
}

TEST(Entry, IsNamedAsItIsWritten) {
  EXPECT_TRUE(contains(only_problem("env: { \xC3\x84: a }"), "'\xC3\x84' is no variable's name"));
}

TEST(Entry, WithADefaultIsNotRequired) {
  const Binding binding = only_binding("env: { A: { ref: a, default: '' } }");
  EXPECT_EQ(binding.default_value, "");
  EXPECT_FALSE(binding.required);
  EXPECT_FALSE(only_binding("env: { A: { default: x, required: false, ref: a } }").required);
}

// rules A3: found before anything is contacted
TEST(Entry, OfAVariableHoldsNoNulByte) {
  const std::array<std::pair<std::string_view, std::string_view>, 5> texts{
      {{R"(env: { A: { value: "x\0y" } })", "1:20"},
       {R"(env: { A: { ref: a, default: "x\0y" } })", "1:30"},
       {R"(env: { A: { template: "{{ a }}\x00" } })", "1:23"},
       {R"(env: { A: { template: "\0" } })", "1:23"},
       {R"(profiles: { p: { env: { A: { value: "\u0000" } } } })", "1:37"}}};
  for (const auto& [text, place] : texts) {
    EXPECT_EQ(places_of(text), List{std::string(place)}) << text;
    EXPECT_TRUE(contains(only_problem(text), "holds a NUL byte, which no variable can")) << text;
  }
  good_config(R"(files: { A: { value: "x\0y" }, B: { ref: b, default: "\0" }, )"
              R"(C: { template: "\0{{ c }}" } })");
}

TEST(Entry, OfFilesHasAMode) {
  const Binding plain = only_binding("files: { F: a }");
  EXPECT_TRUE(plain.file);
  EXPECT_EQ(plain.mode, 0400U);
  EXPECT_EQ(only_binding("files: { F: { ref: a, mode: '0444' } }").mode, 0444U);
  EXPECT_EQ(only_binding("files: { F: { ref: a, mode: 0444 } }").mode, 0444U);
}

TEST(Entry, OfFilesHasAFormat) {
  const std::array<std::pair<std::string_view, Format>, 5> formats{{{"pem", Format::pem},
                                                                    {"pfx", Format::pfx},
                                                                    {"key", Format::key},
                                                                    {"cert", Format::cert},
                                                                    {"chain", Format::chain}}};
  for (const auto& [word, format] : formats) {
    EXPECT_EQ(only_binding("files: { F: { ref: a, format: " + std::string(word) + " } }").format,
              format);
  }
}

TEST(Entry, HasExactlyOneSource) {
  const std::array<std::pair<std::string_view, std::string_view>, 5> texts{
      {{"env: { A: {} }", "1:11"},
       {"env: { A: { required: false } }", "1:11"},
       {"env: { A: { ref: a, value: b } }", "1:21"},
       {"env: { A: { template: b, ref: a } }", "1:26"},
       {"files: { A: { value: b, template: a } }", "1:25"}}};
  for (const auto& [text, place] : texts) {
    EXPECT_EQ(places_of(text), List{std::string(place)}) << text;
    EXPECT_TRUE(contains(only_problem(text), "one of 'ref', 'template' and 'value'"));
  }
}

TEST(Entry, RefusesTheWrongValueWhereItStands) {
  const std::array<std::pair<std::string_view, std::string_view>, 26> texts{
      {{"env: { A: [a, b] }", "1:11"},
       {"env: { A: ~ }", "1:11"},
       {"env: { A: }", "1:8"},
       {"env: { A: '' }", "1:11"},
       {"env: { A: my_secret }", "1:11"},
       {"env: { A: { ref: [a] } }", "1:18"},
       {"env: { A: { ref: ~ } }", "1:18"},
       {"env: { A: { ref: '' } }", "1:18"},
       {"env: { A: { ref: my_secret } }", "1:18"},
       {"env: { A: { value: {} } }", "1:20"},
       {"env: { A: { value: ~ } }", "1:20"},
       {"env: { A: { template: [] } }", "1:23"},
       {"env: { A: { template: ~ } }", "1:23"},
       {"env: { A: { ref: a, required: maybe } }", "1:31"},
       {"env: { A: { ref: a, required: maybe, default: x } }", "1:31"},
       {"env: { A: { ref: a, default: ~ } }", "1:30"},
       {"env: { A: { ref: a, default: [] } }", "1:30"},
       {"env: { A: { ref: a, decode: rot13 } }", "1:29"},
       {"env: { A: { ref: a, decode: [] } }", "1:29"},
       {"env: { A: { ref: a, format: docx } }", "1:29"},
       {"env: { A: { ref: a, format: none } }", "1:29"},
       {"env: { A: { ref: a, expired: '' } }", "1:30"},
       {"files: { A: { ref: a, mode: '0777' } }", "1:29"},
       {"files: { A: { ref: a, mode: '400' } }", "1:29"},
       {"files: { A: { ref: a, mode: [] } }", "1:29"},
       {"files: { A: my_secret }", "1:13"}}};
  for (const auto& [text, place] : texts) {
    EXPECT_EQ(places_of(text), List{std::string(place)}) << text;
  }
}

TEST(Entry, RefusesABadName) {
  for (const std::string_view name :
       {"'A=B'", "''", R"("A\0B")", "1A", "A-B", "A.B", "'A B'", "\xC3\x84", R"("A\n")"}) {
    EXPECT_EQ(places_of("env:\n  " + std::string(name) + ": a\n"), List{"2:3"}) << name;
    EXPECT_EQ(places_of("files:\n  " + std::string(name) + ": a\n"), List{"2:3"}) << name;
  }
  EXPECT_EQ(places_of("env: { A-B: { reff: a } }"), (List{"1:8", "1:15"}));
}

TEST(Entry, TakesNameAndTextOfAnyLength) {
  const std::string name(1'000, 'N'); // YAML's keys are at most 1024 long
  EXPECT_EQ(only_binding("env: { " + name + ": a }").name, name);
  const std::string text(500'000, 'x');
  const Binding binding = only_binding("env: { A: { value: " + text + " } }");
  EXPECT_EQ(std::get<Literal>(binding.source).text.size(), text.size());
  EXPECT_LT(only_problem("env: { " + name + "-: a }").size(), 400U);
  EXPECT_LT(only_problem("env: { A: " + text + " }").size(), 400U);
}

TEST(Entry, NamesTheNearestKeyOfAnUnknownOne) {
  EXPECT_TRUE(contains(only_problem("env: { A: { reff: a } }"),
                       "1:13: unknown key 'reff'\ndid you mean 'ref'?"));
  EXPECT_TRUE(contains(only_problem("env: { A: { ref: a, requird: false } }"), "'required'"));
  EXPECT_TRUE(contains(only_problem("files: { A: { ref: a, fromat: pem } }"), "'format'"));
  EXPECT_TRUE(contains(only_problem("env: { A: { ref: a, mode: '0400' } }"), "'files' only"));
  EXPECT_TRUE(contains(only_problem("env: { A: { ref: a, xyzzy: x } }"), "'expired'"));
}

TEST(Entry, RefusesADefaultThatIsRequired) {
  EXPECT_EQ(places_of("env: { A: { ref: a, required: true, default: x } }"), List{"1:37"});
  EXPECT_EQ(places_of("env: { A: { default: x, ref: a, required: true } }"), List{"1:13"});
}

TEST(Entry, RefusesToConvertALiteralOrATemplate) {
  EXPECT_EQ(places_of("env: { A: { value: a, decode: base64 } }"), List{"1:23"});
  EXPECT_EQ(places_of("env: { A: { decode: none, template: a } }"), List{"1:13"});
  EXPECT_EQ(places_of("files: { A: { value: a, format: pem, decode: hex } }"),
            (List{"1:38", "1:25"}));
  EXPECT_TRUE(contains(only_problem("env: { A: { template: a, decode: hex } }"), "filters"));
}

TEST(Entry, HintsAtALiteral) {
  EXPECT_TRUE(contains(only_problem("env: { LOG_LEVEL: very high }"), "{ value: ... }"));
}

TEST(Entry, TellsWhereATemplateIsWrong) {
  const std::array<std::pair<std::string_view, std::string_view>, 9> texts{
      {{"env: { A: { template: 'x {{ a' } }", "1:26"},
       {"env: { A: { template: \"x {{ a\" } }", "1:26"},
       {"env:\n  A: { template: '\xC3\xA4 {{ a_b }}' }", "2:24"},
       {"env:\n  A:\n    template: x {{ a\n", "3:17"},
       {"env:\n  A:\n    template: |\n      one\n      two {{ b\n", "5:11"},
       {"env:\n  A:\n    template: |-\n\n      one\n\n        {{ b", "7:9"},
       {"env: { A: { template: 'it''s {{ a' } }", "1:23"},
       {R"(env: { A: { template: "\t{{ a" } })", "1:23"},
       {"env:\n  A:\n    template: >\n      one\n      {{ b\n", "3:15"}}};
  for (const auto& [text, place] : texts) {
    EXPECT_EQ(places_of(text), List{std::string(place)}) << text;
  }
}

TEST(Entry, TellsWhereATemplateIsWrongBehindAByteOrderMark) {
  EXPECT_EQ(places_of("\xEF\xBB\xBF"
                      "env: { A: { template: 'x {{ a' } }"),
            List{"1:26"});
}

TEST(Bundle, IsOneSecretWithManyVariables) {
  const Bundle bundle = only_bundle("bundles:\n  - { ref: app, format: dotenv, prefix: P_, "
                                    "only: [A, 'x y'], rename: { 'x y': XY } }\n");
  EXPECT_EQ(bundle.reference.name, "app");
  EXPECT_EQ(bundle.place.text(), "k.yaml:2:5");
  EXPECT_EQ(bundle.reference_place.text(), "k.yaml:2:12");
  EXPECT_EQ(bundle.format, BundleFormat::dotenv);
  EXPECT_EQ(bundle.prefix, "P_");
  EXPECT_EQ(*bundle.only, (List{"A", "x y"}));
  ASSERT_EQ(bundle.rename.size(), 1U);
  EXPECT_EQ(bundle.rename[0], std::pair(std::string("x y"), std::string("XY")));
}

TEST(Bundle, IsJsonWithoutPrefixUnlessItSaysOtherwise) {
  const Bundle bundle = only_bundle("bundles: [{ ref: app }]");
  EXPECT_EQ(bundle.format, BundleFormat::json);
  EXPECT_EQ(bundle.prefix, "");
  EXPECT_FALSE(bundle.only.has_value());
  EXPECT_TRUE(good_config("bundles: []").bundles->empty());
}

TEST(Bundle, RefusesWhatIsWrongWhereItStands) {
  const std::array<std::pair<std::string_view, std::string_view>, 18> texts{
      {{"bundles: [{}]", "1:11"},
       {"bundles: [{ format: json }]", "1:11"},
       {"bundles: [{ ref: my_secret }]", "1:18"},
       {"bundles: [{ ref: ~ }]", "1:18"},
       {"bundles: [{ ref: a, format: xml }]", "1:29"},
       {"bundles: [{ ref: a, prefix: 1 }]", "1:29"},
       {"bundles: [{ ref: a, prefix: A- }]", "1:29"},
       {"bundles: [{ ref: a, prefix: [] }]", "1:29"},
       {"bundles: [{ ref: a, only: A }]", "1:27"},
       {"bundles: [{ ref: a, only: [] }]", "1:27"},
       {"bundles: [{ ref: a, only: [A, ~] }]", "1:31"},
       {"bundles: [{ ref: a, only: [A, A-B] }]", "1:31"},
       {"bundles: [{ ref: a, only: [''] }]", "1:28"},
       {"bundles: [{ ref: a, rename: [A] }]", "1:29"},
       {"bundles: [{ ref: a, rename: { A: 1 } }]", "1:34"},
       {"bundles: [{ ref: a, rename: { A: ~ } }]", "1:34"},
       {"bundles: [{ ref: a, required: false }]", "1:21"},
       {"bundles: [{ ref: a, rename: { A: C, B: C } }]", "1:11"}}};
  for (const auto& [text, place] : texts) {
    EXPECT_EQ(places_of(text), List{std::string(place)}) << text;
  }
  EXPECT_TRUE(contains(only_problem("bundles: [{ ref: a, prefx: X_ }]"), "did you mean 'prefix'?"));
  EXPECT_TRUE(contains(only_problem("bundles: [{ ref: a, required: true }]"), "always required"));
}

TEST(Bundle, MayNameNoVariableOfEnv) {
  EXPECT_EQ(places_of("env: { A: a }\nbundles: [{ ref: b, only: [A] }]"), List{"2:11"});
  good_config("env: { A: a }\nbundles: [{ ref: b, only: [A], prefix: P_ }]");
  good_config("env: { A: a }\nbundles: [{ ref: b, only: [A], rename: { A: B } }]");
}

} // namespace
} // namespace kvrun::config
