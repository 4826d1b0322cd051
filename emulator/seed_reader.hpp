// SPDX-License-Identifier: MIT
#pragma once

#include "base/deadline.hpp"
#include "base/yaml.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kvrun::emulator {

// Takes a seed's nodes for what they should be. What is something else is a problem with its place,
// which names the key and never shows what stands there.
class SeedReader {
public:
  explicit SeedReader(Problems& problems) : problems_(problems) {}

  // Whether the node is a mapping; every key that is none of `keys` is a problem.
  bool
  mapping(const yaml::Node& node, std::string_view what, std::span<const std::string_view> keys);
  // Whether the node is a mapping, of whatever keys.
  bool mapping(const yaml::Node& node, std::string_view what);
  bool sequence(const yaml::Node& node, std::string_view what);

  std::string text(const yaml::Node& node, std::string_view what);
  bool boolean(const yaml::Node& node, std::string_view what, bool otherwise);
  // From `least` to `most`.
  std::optional<std::int64_t>
  integer(const yaml::Node& node, std::string_view what, std::int64_t least, std::int64_t most);
  // `20ms`, `1.5s`, `5m`, `1h`; a bare number is seconds.
  std::optional<Milliseconds> duration(const yaml::Node& node, std::string_view what);
  // `2030-01-01T00:00:00Z`, `2030-01-01` or Unix seconds.
  std::optional<std::int64_t> date(const yaml::Node& node, std::string_view what);

  Problems& problems() { return problems_; }

private:
  void expected(const yaml::Node& node, std::string_view what, std::string_view form);
  Problems& problems_;
};

[[nodiscard]] std::optional<Milliseconds> parse_duration(std::string_view text);
[[nodiscard]] std::optional<std::int64_t> parse_date(std::string_view text);

} // namespace kvrun::emulator
