// SPDX-License-Identifier: MIT
// The golden exchanges of key-vault.md §10, A and B.
#include "azure/secret_bundle.hpp"
#include "base/json.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace kvrun::azure {
namespace {

constexpr std::string_view k_id =
    R"("id":"https://kv1.vault.azure.net/secrets/db-password/4387e9f3d6e14c459867679a90fd0f79")";

std::string body(std::string_view value, std::string_view attributes = "") {
  return fmt::format(
      R"({{"value":{},{},"attributes":{{"enabled":true{}}}}})", value, k_id, attributes);
}

std::string value_of(std::string_view json) {
  return std::string(parse_secret_bundle(body(json)).value.reveal());
}

TEST(SecretBundle, HasTheValueAndTheVersion) { // A01
  const SecretBundle bundle = parse_secret_bundle(body(
      R"("mysecretvalue")", R"(,"created":1668124872,"updated":1668124872,"recoverableDays":90)"));
  EXPECT_EQ(bundle.value.reveal(), "mysecretvalue");
  EXPECT_EQ(bundle.version, "4387e9f3d6e14c459867679a90fd0f79");
  EXPECT_EQ(bundle.content_type, "");
  EXPECT_FALSE(bundle.expires.has_value());
  EXPECT_FALSE(bundle.not_before.has_value());
}

TEST(SecretBundle, TakesTheValueToTheByte) {
  EXPECT_EQ(value_of(R"("")"), "");                                               // A04
  EXPECT_EQ(value_of(R"("line1\nline2\r\n\tend\n")"), "line1\nline2\r\n\tend\n"); // A05
  EXPECT_EQ(value_of(R"("p\u00e4ss\ud83d\udd11\/\"\\")"),
            "p\xc3\xa4ss\xf0\x9f\x94\x91/\"\\"); // A06
  EXPECT_EQ(value_of("\"p\xc3\xa4$HOME%PATH%`id`'q' =x\""),
            "p\xc3\xa4$HOME%PATH%`id`'q' =x"); // A07
  const std::string large(25'600, 'a');        // A08
  EXPECT_EQ(value_of('"' + large + '"'), large);
  EXPECT_EQ(value_of(R"("a\u0000b")"), std::string_view("a\0b", 3)); // B01, told later
  EXPECT_EQ(value_of(R"("  not trimmed  ")"), "  not trimmed  ");
}

TEST(SecretBundle, HasItsDates) {
  EXPECT_EQ(parse_secret_bundle(body(R"("old")", R"(,"exp":1)")).expires, 1); // A09
  EXPECT_EQ(parse_secret_bundle(body(R"("f")", R"(,"nbf":4102444800)")).not_before,
            4102444800); // A10
}

// One that was passed over would let `expired: fail` start the command.
TEST(SecretBundle, TakesAnOddDateAsItIsMeant) {
  const auto expiry = [](const char* exp) {
    return parse_secret_bundle(body(R"("v")", fmt::format(R"(,"exp":{})", exp))).expires;
  };
  EXPECT_EQ(expiry("null"), std::nullopt);
  EXPECT_EQ(expiry("1.5"), 1);
  EXPECT_EQ(expiry("\"1\""), 1);
  EXPECT_EQ(expiry("1e3"), 1000);
  EXPECT_EQ(expiry("-1"), -1);
  EXPECT_EQ(expiry("99999999999999999999"), 253402300799); // the last second that can be written
  for (const char* exp : {"true", "{}", "\"soon\"", "\"\""}) {
    EXPECT_THROW(expiry(exp), std::runtime_error) << exp;
  }
}

TEST(SecretBundle, HasItsContentTypeOnOneLine) {
  const SecretBundle bundle =
      parse_secret_bundle(R"({"value":"v","contentType":"text/plain\n::error::x"})");
  EXPECT_EQ(bundle.content_type.find('\n'), std::string::npos);
  EXPECT_EQ(bundle.content_type.find("::error"), std::string::npos);
  EXPECT_TRUE(bundle.content_type.starts_with("text/plain"));
}

TEST(SecretBundle, NeedsNoIdAndNoAttributes) {
  EXPECT_EQ(parse_secret_bundle(R"({"value":"v"})").version, "");
  EXPECT_EQ(parse_secret_bundle(R"({"value":"v","id":"https://kv1/secrets/a"})").version, "");
  EXPECT_EQ(parse_secret_bundle(R"({"value":"v","id":7,"attributes":[]})").version, "");
}

TEST(SecretBundle, IsRefusedWithoutAValueThatIsText) { // B03, B04
  for (const char* text : {R"({"id":"x"})",
                           R"({"value":12345})",
                           R"({"value":null})",
                           R"({"value":{"value":"s3cret"}})",
                           R"([{"value":"s3cret"}])",
                           R"("s3cret")"}) {
    try {
      static_cast<void>(parse_secret_bundle(text));
      ADD_FAILURE() << text << " was taken";
    } catch (const json::ParseError&) {
      ADD_FAILURE() << text << " would be read once more";
    } catch (const std::runtime_error& e) {
      EXPECT_EQ(std::string(e.what()).find("s3cret"), std::string::npos);
    }
  }
}

TEST(SecretBundle, IsReadOnceMoreWhereItIsNoJson) { // B05
  for (const char* text : {"",
                           "<html><body>Sign in to Wi-Fi s3cret</body></html>",
                           R"({"value":"s3cret")",
                           R"({"value":"s3cret","value":"s3cret"})",
                           "{\"value\":\"s3cret\xff\"}",
                           R"({"value":"s3cret\ud800"})"}) {
    try {
      static_cast<void>(parse_secret_bundle(text));
      ADD_FAILURE() << text << " was taken";
    } catch (const json::ParseError& e) {
      EXPECT_EQ(std::string(e.what()).find("s3cret"), std::string::npos);
    }
  }
}

} // namespace
} // namespace kvrun::azure
