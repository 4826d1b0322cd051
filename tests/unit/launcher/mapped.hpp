// SPDX-License-Identifier: MIT
#pragma once

#include "tests/unit/launcher/call.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace kvrun::launcher {

class Mapped : public Call {
public:
  // `env:` of a config whose vault is kv1.
  explicit Mapped(std::string_view env, Texts options = {}) : Call(std::move(options)) {
    config(fmt::format("vault: kv1\nenv: {{ {} }}\n", env));
  }
};

class Bundled : public Call {
public:
  explicit Bundled(std::string_view bundle, std::string_view value, Texts options = {})
      : Call(std::move(options)) {
    config(fmt::format("vault: kv1\nbundles: [ {{ ref: app, {} }} ]\n", bundle));
    holds("app", value);
  }
};

} // namespace kvrun::launcher
