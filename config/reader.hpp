// SPDX-License-Identifier: MIT
#pragma once

#include "base/yaml.hpp"
#include "config/model.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kvrun::config {

// Finds places in a text. Asked in the order of the text it walks over it once.
class TextCursor {
public:
  explicit TextCursor(std::string_view text);
  // What stands at a line and column (in characters, both from 1) and behind it.
  [[nodiscard]] std::string_view from(int line, int column);

private:
  std::string_view text_;
  std::size_t at_ = 0;
  int line_ = 1;
  int column_ = 1;
};

// Reads nodes as what a key takes. Each function adds a problem at the node's place, naming the
// key, and returns nothing when the node is something else; never the value.
class Reader {
public:
  // `text` is the whole config, for the places in templates.
  Reader(std::string_view text, Problems& problems) : cursor_(text), problems_(problems) {}

  [[nodiscard]] Problems& problems() const { return problems_; }

  // nullptr when it is no text.
  const std::string* text(const yaml::Node& node, std::string_view key) const;
  bool is_mapping(const yaml::Node& node, std::string_view key) const;
  bool is_list(const yaml::Node& node, std::string_view key) const;
  [[nodiscard]] std::optional<bool> boolean(const yaml::Node& node, std::string_view key) const;

  // One of a few words.
  template <typename T, std::size_t count>
  [[nodiscard]] std::optional<T>
  choice(const yaml::Node& node,
         std::string_view key,
         const std::array<std::pair<std::string_view, T>, count>& words) const {
    const std::string* const word = text(node, key);
    if (word == nullptr) {
      return {};
    }
    std::array<std::string_view, count> known;
    for (std::size_t i = 0; i < count; ++i) {
      if (words.at(i).first == *word) {
        return words.at(i).second;
      }
      known.at(i) = words.at(i).first;
    }
    unknown_word(node, key, *word, known);
    return {};
  }

  // `key` is named when the reference has none of its own.
  [[nodiscard]] std::optional<SecretReference> reference(const yaml::Node& node,
                                                         std::string_view key) const;
  [[nodiscard]] std::optional<Template> read_template(const yaml::Node& node, std::string_view key);

  // `hint` is used when none of the known keys is near.
  void unknown_key(const yaml::Member& member,
                   std::span<const std::string_view> known,
                   std::string hint = {}) const;

private:
  void unknown_word(const yaml::Node& node,
                    std::string_view key,
                    std::string_view word,
                    std::span<const std::string_view> known) const;
  void wrong_kind(const yaml::Node& node, std::string_view key, std::string_view wanted) const;
  // How a scalar is written in the config, and where its text begins.
  [[nodiscard]] std::pair<Written, Place> find_text(const yaml::Node& node);

  TextCursor cursor_;
  Problems& problems_;
};

// "a, b or c".
[[nodiscard]] std::string one_of(std::span<const std::string_view> words, std::string_view last);

} // namespace kvrun::config
