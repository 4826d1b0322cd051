// SPDX-License-Identifier: MIT
#include "config_text.hpp"

#include <gtest/gtest.h>

namespace kvrun::config {
namespace {

constexpr std::string_view k_file = "k.yaml";

Problems parse(std::string_view text) {
  Problems problems;
  static_cast<void>(parse_config(text, std::string(k_file), test_vocabulary(), problems));
  return problems;
}

} // namespace

Config good_config(std::string_view text) {
  Problems problems;
  Config config = parse_config(text, std::string(k_file), test_vocabulary(), problems);
  for (const Error& error : problems.all()) {
    ADD_FAILURE() << error.message() << "\nin\n" << text;
  }
  return config;
}

std::vector<std::string> problems_of(std::string_view text) {
  std::vector<std::string> all;
  const Problems problems = parse(text);
  for (const Error& error : problems.all()) {
    EXPECT_EQ(error.message().find(k_file), 0U) << error.message();
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    all.push_back(error.message().substr(k_file.size() + 1));
  }
  return all;
}

std::vector<std::string> places_of(std::string_view text) {
  std::vector<std::string> all = problems_of(text);
  for (std::string& message : all) {
    message.resize(message.find(": "));
  }
  return all;
}

std::string only_problem(std::string_view text) {
  const Problems problems = parse(text);
  EXPECT_EQ(problems.all().size(), 1U) << text;
  return problems.empty() ? ""
                          : problems.all().front().message() + "\n" + problems.all().front().hint();
}

} // namespace kvrun::config
