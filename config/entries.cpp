// SPDX-License-Identifier: MIT
#include "config/entries.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::config {
namespace {

template <typename T> using Word = std::pair<std::string_view, T>;

constexpr std::array<Word<Decode>, 3> k_decodings{
    {{"none", Decode::none}, {"base64", Decode::base64}, {"hex", Decode::hex}}};
constexpr std::array<Word<Format>, 5> k_formats{{{"pem", Format::pem},
                                                 {"pfx", Format::pfx},
                                                 {"key", Format::key},
                                                 {"cert", Format::cert},
                                                 {"chain", Format::chain}}};
constexpr std::array<Word<unsigned>, 2> k_modes{{{"0400", 0400}, {"0444", 0444}}};

constexpr std::array<std::string_view, 9> k_file_keys{
    "ref", "template", "value", "required", "default", "decode", "format", "expired", "mode"};
constexpr std::span<const std::string_view> k_env_keys{k_file_keys.data(), k_file_keys.size() - 1};

// A key need not be a name: it can be long and hold anything.
std::string shown_name(std::string_view name) {
  constexpr std::size_t k_longest = 80;
  return one_line(name, k_longest);
}

// The mapping of one entry. Its keys are read in their order; what depends on another key is
// looked at when all are known.
class EntryReader {
public:
  EntryReader(Reader& reader, Section section, Binding& binding)
      : reader_(reader), section_(section), binding_(binding) {}

  void read(const yaml::Node& node) {
    for (const yaml::Member& member : node.members) {
      read_member(member);
    }
    check_source(node);
    check_conversions();
    check_default();
  }

private:
  void read_member(const yaml::Member& member) {
    const std::string_view key = member.key;
    const yaml::Node& value = member.value;
    if (key == "ref") {
      set_source(member, reader_.reference(value, key));
    } else if (key == "template") {
      check_nul(member);
      set_source(member, reader_.read_template(value, key));
    } else if (key == "value") {
      check_nul(member);
      const std::string* const text = reader_.text(value, key);
      set_source(member, text == nullptr ? std::optional<Literal>() : Literal{*text});
    } else if (key == "required") {
      const std::optional<bool> required = reader_.boolean(value, key);
      take(required, binding_.required);
      required_ = required.value_or(false);
    } else if (key == "default") {
      default_ = &member;
      check_nul(member);
      const std::string* const text = reader_.text(value, key);
      take(text == nullptr ? std::optional<std::string>() : *text, binding_.default_value);
    } else if (key == "decode") {
      decode_ = &member;
      take(reader_.choice(value, key, k_decodings), binding_.decode);
    } else if (key == "format") {
      format_ = &member;
      take(reader_.choice(value, key, k_formats), binding_.format);
    } else if (key == "expired") {
      take(read_expired(reader_, value), binding_.expired);
    } else if (key == "mode" && section_ == Section::files) {
      take(reader_.choice(value, key, k_modes), binding_.mode);
    } else {
      unknown_ = true;
      reader_.unknown_key(member,
                          section_ == Section::files ? k_file_keys : k_env_keys,
                          key == "mode" ? "'mode' is for 'files' only" : "");
    }
  }

  // A literal text; what a secret holds is known later.
  void check_nul(const yaml::Member& member) {
    if (section_ == Section::env && member.value.text.find('\0') != std::string::npos) {
      reader_.problems().add(
          member.value.place,
          fmt::format("'{}' holds a NUL byte, which no variable can", member.key),
          "deliver it as a file: put the entry under 'files:'");
    }
  }

  template <typename T, typename Target> void take(std::optional<T> value, Target& target) {
    if (value) {
      target = std::move(*value);
    }
  }

  template <typename T> void set_source(const yaml::Member& member, std::optional<T> source) {
    if (source_ != nullptr) {
      problem(member,
              fmt::format("'{}' beside '{}'", member.key, source_->key),
              "an entry has one of 'ref', 'template' and 'value'");
      return;
    }
    source_ = &member;
    binding_.source_place = member.value.place;
    take(std::move(source), binding_.source);
  }

  void check_source(const yaml::Node& node) {
    if (source_ == nullptr && !unknown_) { // else that key may have been meant
      reader_.problems().add(node.place,
                             fmt::format("'{}' has no source", shown_name(binding_.name)),
                             "an entry has one of 'ref', 'template' and 'value'");
    }
  }

  void check_conversions() {
    if (source_ == nullptr || source_->key == "ref") {
      return;
    }
    for (const yaml::Member* const member : {decode_, format_}) {
      if (member != nullptr) {
        problem(*member,
                fmt::format("'{}' beside '{}'", member->key, source_->key),
                source_->key == "template" ? "a template has filters: {{ NAME | base64 }}"
                                           : "write the literal as the command should get it");
      }
    }
  }

  void check_default() {
    if (default_ == nullptr) {
      return;
    }
    if (required_) {
      problem(*default_,
              "'default' beside 'required: true'",
              "leave out 'required': what has a default is not required");
    }
    binding_.required = false;
  }

  void problem(const yaml::Member& member, const std::string& message, std::string hint) {
    reader_.problems().add(member.place, message, std::move(hint));
  }

  Reader& reader_;
  Section section_;
  Binding& binding_;
  const yaml::Member* source_ = nullptr;
  const yaml::Member* default_ = nullptr;
  const yaml::Member* decode_ = nullptr;
  const yaml::Member* format_ = nullptr;
  bool required_ = false; // said so
  bool unknown_ = false;
};

// One that cannot be used is an empty literal: its problem is told, and its name is still taken.
Binding read_binding(Reader& reader, const yaml::Member& member, Section section) {
  Binding binding;
  binding.name = member.key;
  binding.place = member.place;
  binding.source_place = member.value.place;
  binding.file = section == Section::files;
  switch (member.value.kind) {
  case yaml::Node::Kind::mapping:
    EntryReader(reader, section, binding).read(member.value);
    break;
  case yaml::Node::Kind::scalar:
    if (auto reference = reader.reference(member.value, shown_name(member.key))) {
      binding.source = std::move(*reference);
    }
    break;
  case yaml::Node::Kind::null:
    reader.problems().add(member.value.place,
                          fmt::format("'{}' has no value", shown_name(member.key)),
                          "an empty text is written { value: \"\" }");
    break;
  case yaml::Node::Kind::sequence:
    reader.problems().add(
        member.value.place,
        fmt::format("'{}' takes a reference or a mapping, not a list", shown_name(member.key)));
    break;
  }
  return binding;
}

// Texts that are not empty; nothing when one is something else.
std::optional<std::vector<std::string>>
read_only(Reader& reader, const yaml::Node& node, std::string_view key) {
  if (!reader.is_list(node, key)) {
    return {};
  }
  bool good = !node.items.empty();
  if (!good) {
    reader.problems().add(
        node.place, fmt::format("'{}' is empty", key), "leave it out to get all of the bundle");
  }
  std::vector<std::string> names;
  for (const yaml::Node& item : node.items) {
    if (const std::string* const name = reader.text(item, key)) {
      names.push_back(*name);
    } else {
      good = false;
    }
  }
  return good ? std::optional(std::move(names)) : std::nullopt;
}

std::optional<std::vector<std::pair<std::string, std::string>>>
read_rename(Reader& reader, const yaml::Node& node, std::string_view key) {
  if (!reader.is_mapping(node, key)) {
    return {};
  }
  bool good = true;
  std::vector<std::pair<std::string, std::string>> names;
  for (const yaml::Member& member : node.members) {
    const std::string* const variable = reader.text(member.value, key);
    if (variable != nullptr && is_variable_name(*variable)) {
      names.emplace_back(member.key, *variable);
      continue;
    }
    good = false;
    if (variable != nullptr) {
      reader.problems().add(member.value.place,
                            fmt::format("'{}': that is no variable's name", key),
                            "it is written { NAME-IN-THE-DATA: VARIABLE }");
    }
  }
  return good ? std::optional(std::move(names)) : std::nullopt;
}

constexpr std::array<std::string_view, 5> k_bundle_keys{
    "ref", "format", "prefix", "only", "rename"};

class BundleReader {
public:
  explicit BundleReader(Reader& reader) : reader_(reader) {}

  std::optional<Bundle> read(const yaml::Node& node) {
    if (node.kind == yaml::Node::Kind::scalar) {
      reader_.problems().add(
          node.place, "'bundles' is a list of mappings", "it is written [{ ref: NAME }]");
      return {};
    }
    if (!reader_.is_mapping(node, "bundles")) {
      return {};
    }
    bundle_.place = node.place;
    for (const yaml::Member& member : node.members) {
      read_member(member);
    }
    if (!has_reference_ && !unknown_) {
      good_ = false;
      reader_.problems().add(node.place, "a bundle has no 'ref'", "it is written { ref: NAME }");
    }
    check_only(node);
    return good_ ? std::optional(std::move(bundle_)) : std::nullopt;
  }

private:
  void read_member(const yaml::Member& member) {
    const std::string_view key = member.key;
    const yaml::Node& value = member.value;
    if (key == "ref") {
      has_reference_ = true;
      bundle_.reference_place = value.place;
      take(reader_.reference(value, key), bundle_.reference);
    } else if (key == "format") {
      constexpr std::array<Word<BundleFormat>, 2> k_words{
          {{"json", BundleFormat::json}, {"dotenv", BundleFormat::dotenv}}};
      take(reader_.choice(value, key, k_words), bundle_.format);
    } else if (key == "prefix") {
      take(read_prefix(value), bundle_.prefix);
    } else if (key == "only") {
      take(read_only(reader_, value, key), bundle_.only);
    } else if (key == "rename") {
      take(read_rename(reader_, value, key), bundle_.rename);
    } else {
      unknown_ = true;
      good_ = false;
      reader_.unknown_key(member,
                          k_bundle_keys,
                          key == "required" || key == "default" ? "a bundle is always required"
                                                                : "");
    }
  }

  template <typename T, typename Target> void take(std::optional<T> value, Target& target) {
    if (value) {
      target = std::move(*value);
    } else {
      good_ = false;
    }
  }

  [[nodiscard]] std::optional<std::string> read_prefix(const yaml::Node& node) const {
    const std::string* const prefix = reader_.text(node, "prefix");
    if (prefix == nullptr) {
      return {};
    }
    if (!prefix->empty() && !is_variable_name(*prefix)) {
      reader_.problems().add(node.place,
                             "'prefix': no variable's name begins so",
                             "a name is letters, digits and '_', not a digit first");
      return {};
    }
    return *prefix;
  }

  // What `only` names and `rename` does not must be a variable's name with its prefix.
  void check_only(const yaml::Node& node) {
    const yaml::Node* const only = node.find("only");
    if (!bundle_.only || only == nullptr) {
      return;
    }
    for (std::size_t i = 0; i < bundle_.only->size(); ++i) {
      const std::string& name = bundle_.only->at(i);
      const bool renamed = std::any_of(bundle_.rename.begin(),
                                       bundle_.rename.end(),
                                       [&](const auto& pair) { return pair.first == name; });
      if (!renamed && !is_variable_name(bundle_.prefix + name)) {
        good_ = false;
        reader_.problems().add(only->items.at(i).place,
                               "'only': that is no variable's name",
                               "give it one with 'rename'");
      }
    }
  }

  Reader& reader_;
  Bundle bundle_;
  bool has_reference_ = false;
  bool unknown_ = false;
  bool good_ = true;
};

} // namespace

std::optional<Expired> read_expired(Reader& reader, const yaml::Node& node) {
  constexpr std::array<Word<Expired>, 3> k_words{
      {{"fail", Expired::fail}, {"warn", Expired::warn}, {"ignore", Expired::ignore}}};
  return reader.choice(node, "expired", k_words);
}

void read_variables(
    Reader& reader, const yaml::Node& node, Section section, Level level, Config& config) {
  if (!reader.is_mapping(node, section == Section::env ? "env" : "files")) {
    return;
  }
  for (const yaml::Member& member : node.members) {
    const bool good = is_variable_name(member.key);
    if (!good) {
      reader.problems().add(member.place,
                            fmt::format("'{}' is no variable's name", shown_name(member.key)),
                            "a name is letters, digits and '_', not a digit first");
    }
    if (level == Level::profile && member.value.kind == yaml::Node::Kind::null) {
      config.removals.push_back({member.key, member.place});
      continue;
    }
    Binding binding = read_binding(reader, member, section);
    if (good) {
      config.bindings.push_back(std::move(binding));
    }
  }
}

std::optional<std::vector<Bundle>> read_bundles(Reader& reader, const yaml::Node& node) {
  if (!reader.is_list(node, "bundles")) {
    return {};
  }
  std::vector<Bundle> bundles;
  for (const yaml::Node& item : node.items) {
    if (auto bundle = BundleReader(reader).read(item)) {
      bundles.push_back(std::move(*bundle));
    }
  }
  return bundles;
}

} // namespace kvrun::config
