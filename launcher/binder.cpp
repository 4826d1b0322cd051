// SPDX-License-Identifier: MIT
#include "launcher/binder.hpp"

#include "base/text.hpp"
#include "config/loader_names.hpp"
#include "launcher/bundle_variables.hpp"
#include "launcher/timestamp.hpp"
#include "launcher/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kvrun::launcher {

namespace {

class Binder {
public:
  Binder(const Plan& plan,
         const Settings& settings,
         const azure::Fetched& fetched,
         std::int64_t unix_now)
      : plan_(plan), settings_(settings), fetched_(fetched), now_(unix_now) {}

  Bound bind() {
    for (const PlannedBundle& one : plan_.bundles) {
      bind_bundle(one);
    }
    check_selected_names();
    for (const PlannedBinding& one : plan_.bindings) {
      const bool weaker = one.source == Source::inherited_reference &&
                          bound(one.binding.name); // than a bundle (rules A11)
      if (!weaker) {
        bind_one(one);
      }
    }
    return std::move(bound_);
  }

private:
  // A value, or why not: a failure that was told, or absence, which may be forgiven.
  struct Read {
    const azure::SecretBundle* bundle = nullptr;
    const azure::FetchFailure* failure = nullptr; // nothing of both: no token, which was told
  };

  [[nodiscard]] Read read(std::size_t index) const {
    const auto& result = fetched_.results[index];
    if (!result) {
      return {};
    }
    if (const auto* bundle = std::get_if<azure::SecretBundle>(&*result)) {
      return {bundle, nullptr};
    }
    return {nullptr, &std::get<azure::FetchFailure>(*result)};
  }

  [[nodiscard]] std::string label(std::size_t index, const azure::SecretBundle& bundle) const {
    const azure::SecretIdentifier& secret = plan_.secrets[index].secret;
    const std::string& version = bundle.version.empty() ? secret.version : bundle.version;
    return fmt::format(
        "{}/{}{}{}", secret.vault_label, secret.name, version.empty() ? "" : "/", version);
  }

  [[nodiscard]] bool bound(std::string_view name) const {
    return std::any_of(bound_.variables.begin(),
                       bound_.variables.end(),
                       [&](const BoundVariable& variable) { return variable.name == name; });
  }

  void error(std::string_view variable, const Error& why) {
    bound_.errors.push_back(why.within(variable));
  }

  // Past `exp` or before `nbf`, with the date; "" when it is neither (rules A32).
  [[nodiscard]] std::string out_of_date(const azure::SecretBundle& bundle) const {
    if (bundle.expires && *bundle.expires <= now_) {
      return fmt::format("expired on {}", timestamp(*bundle.expires));
    }
    if (bundle.not_before && *bundle.not_before > now_) {
      return fmt::format("is not valid before {}", timestamp(*bundle.not_before));
    }
    return {};
  }

  // Whether a secret's dates let it be used; tells what is to be told.
  bool dates_allow(std::string_view variable,
                   std::size_t index,
                   const azure::SecretBundle& bundle,
                   config::Expired policy) {
    const std::string why = policy == config::Expired::ignore ? std::string() : out_of_date(bundle);
    if (why.empty()) {
      return true;
    }
    const std::string text = fmt::format("{}: {} {}", variable, label(index, bundle), why);
    if (policy == config::Expired::warn) {
      bound_.warnings.push_back(text);
      return true;
    }
    bound_.errors.emplace_back(
        ErrorKind::refused, text, "set a new version, or allow it with 'expired: warn'");
    return false;
  }

  void note(BoundVariable& variable, std::size_t index, const azure::SecretBundle& bundle) const {
    variable.secrets.push_back(label(index, bundle));
    if (bundle.expires && (!variable.expires || *bundle.expires < *variable.expires)) {
      variable.expires = bundle.expires;
      variable.expires_first = variable.secrets.back();
    }
  }

  void bind_bundle(const PlannedBundle& planned) {
    const Read got = read(planned.secret);
    const std::string what = fmt::format("bundle {}", plan_.secrets[planned.secret].secret.label());
    if (got.failure != nullptr) {
      error("bundle", got.failure->error);
    }
    if (got.bundle == nullptr ||
        !dates_allow("bundle", planned.secret, *got.bundle, settings_.expired)) {
      bundles_complete_ = false;
      return;
    }
    BundleVariables held;
    try {
      held = read_bundle(planned.bundle, got.bundle->value.reveal());
    } catch (const Error& why) {
      error(what, why);
      bundles_complete_ = false;
      return;
    }
    for (const Error& problem : held.problems) {
      error(what, problem);
    }
    for (BundleVariable& one : held.variables) {
      add_bundle_variable(planned, what, one, *got.bundle);
    }
  }

  void add_bundle_variable(const PlannedBundle& planned,
                           const std::string& what,
                           BundleVariable& one,
                           const azure::SecretBundle& bundle) {
    names_in_bundles_.push_back(one.name);
    if (settings_.only && std::find(settings_.only->begin(), settings_.only->end(), one.name) ==
                              settings_.only->end()) {
      return;
    }
    const auto inherited = plan_.inherited.get(one.name);
    if (settings_.keep_existing && inherited) {
      return;
    }
    const auto binding =
        std::find_if(plan_.bindings.begin(),
                     plan_.bindings.end(),
                     [&](const PlannedBinding& other) { return other.binding.name == one.name; });
    if (binding != plan_.bindings.end() && binding->source == Source::config) {
      bound_.errors.emplace_back(
          ErrorKind::refused,
          fmt::format(
              "{}: '{}' is mapped at {} too", what, one.name, binding->binding.place.text()),
          "leave it out of one of them: 'only', or 'rename'");
      return;
    }
    if (binding != plan_.bindings.end() && binding->source != Source::inherited_reference) {
      return; // -e and env files are stronger
    }
    const auto other =
        std::find_if(bound_.variables.begin(),
                     bound_.variables.end(),
                     [&](const BoundVariable& variable) { return variable.name == one.name; });
    if (other != bound_.variables.end()) {
      bound_.errors.emplace_back(
          ErrorKind::refused,
          fmt::format("{}: '{}' comes from {} too", what, one.name, other->secrets.front()),
          "leave it out of one of them: 'only', or 'rename'");
      return;
    }
    if (!one.chosen && config::is_loader_name(one.name)) {
      bound_.errors.emplace_back(
          ErrorKind::refused,
          fmt::format("{}: '{}' changes how programs load or find things", what, one.name),
          "if that is meant, name it in 'only'");
      return;
    }
    if (!one.chosen && inherited && *inherited != one.value.reveal()) {
      bound_.errors.emplace_back(
          ErrorKind::refused,
          fmt::format(
              "{}: '{}' would replace an inherited variable of another value", what, one.name),
          "name it in 'only' to replace it, or in 'rename'");
      return;
    }
    BoundVariable variable;
    variable.name = one.name;
    variable.value = std::move(one.value);
    variable.source = Source::bundle;
    note(variable, planned.secret, bundle);
    finish(std::move(variable));
  }

  // A name in --only that no bundle turned out to hold (rules A14).
  void check_selected_names() {
    if (!settings_.only || !bundles_complete_) {
      return;
    }
    for (const std::string& name : *settings_.only) {
      const bool mapped =
          std::any_of(plan_.bindings.begin(), plan_.bindings.end(), [&](const PlannedBinding& one) {
            return one.binding.name == name;
          });
      const bool kept = settings_.keep_existing && plan_.inherited.get(name);
      if (!mapped && !kept &&
          std::find(names_in_bundles_.begin(), names_in_bundles_.end(), name) ==
              names_in_bundles_.end()) {
        bound_.errors.emplace_back(ErrorKind::refused,
                                   fmt::format("--only: no bundle holds '{}'", one_line(name, 80)));
      }
    }
  }

  void bind_one(const PlannedBinding& planned) {
    const config::Binding& binding = planned.binding;
    BoundVariable variable;
    variable.name = binding.name;
    variable.source = planned.source;
    variable.file = binding.file;
    variable.mode = binding.mode;
    const config::Expired policy = binding.expired.value_or(settings_.expired);
    std::optional<Error> absent;
    bool failed = false;
    for (const std::size_t index : planned.secrets) {
      const Read got = read(index);
      if (got.bundle != nullptr) {
        failed = !dates_allow(binding.name, index, *got.bundle, policy) || failed;
        note(variable, index, *got.bundle);
      } else if (got.failure != nullptr && got.failure->absent) {
        absent = got.failure->error;
      } else {
        failed = true;
        if (got.failure != nullptr) {
          error(binding.name, got.failure->error);
        }
      }
    }
    if (failed) {
      return;
    }
    try {
      if (!absent) {
        variable.value = value_of(planned, absent);
      }
    } catch (const Error& why) {
      error(binding.name, variable.secrets.empty() ? why : why.within(variable.secrets.front()));
      return;
    }
    variable.secret = !planned.secrets.empty();
    if (!variable.value && binding.required) {
      error(binding.name, with_hint(*absent, planned));
      return;
    }
    if (!variable.value && binding.default_value) {
      variable.value = SecretString(*binding.default_value);
      variable.is_default = true;
    }
    finish(std::move(variable));
  }

  // The text of a literal, secret or template; nothing, and why, when it is absent.
  std::optional<SecretString> value_of(const PlannedBinding& planned,
                                       std::optional<Error>& absent) const {
    const config::Binding& binding = planned.binding;
    if (const auto* literal = std::get_if<config::Literal>(&binding.source)) {
      return SecretString(literal->text);
    }
    if (const auto* reference = std::get_if<config::SecretReference>(&binding.source)) {
      auto value = refine(read(planned.secrets[0]).bundle->value.reveal(),
                          reference->pointer,
                          binding.decode,
                          binding.format);
      if (!value) {
        absent = no_such_member(planned.secrets[0], *reference);
      }
      return value;
    }
    SecretString text;
    std::size_t next = 0;
    for (const config::TemplatePart& part : std::get<config::Template>(binding.source).parts) {
      if (const auto* literal = std::get_if<std::string>(&part.content)) {
        text.append(*literal);
        continue;
      }
      const auto& reference = std::get<config::SecretReference>(part.content);
      const std::size_t index = planned.secrets[next++];
      const auto value = refine(read(index).bundle->value.reveal(),
                                reference.pointer,
                                config::Decode::none,
                                config::Format::none);
      if (!value) {
        absent = no_such_member(index, reference);
        return std::nullopt;
      }
      text.append(config::apply_filters(value->reveal(), part.filters).reveal());
    }
    return text;
  }

  [[nodiscard]] Error no_such_member(std::size_t index,
                                     const config::SecretReference& reference) const {
    return {ErrorKind::refused,
            fmt::format("{}: it has no '{}'",
                        plan_.secrets[index].secret.label(),
                        one_line(reference.pointer, 120)),
            "check the pointer, or give a 'default' or 'required: false'"};
  }

  // `-e NAME=text` is easily taken for a value (rules A56).
  [[nodiscard]] static Error with_hint(const Error& absent, const PlannedBinding& planned) {
    const auto* reference = std::get_if<config::SecretReference>(&planned.binding.source);
    if (planned.source == Source::option && reference != nullptr && reference->vault.empty()) {
      return {absent.kind(),
              absent.message(),
              fmt::format("-e takes the name of a secret; to set a value, '{}=value kvrun …'",
                          planned.binding.name)};
    }
    return absent;
  }

  // The last check of every value: an environment cannot hold a NUL (design.md §4).
  void finish(BoundVariable variable) {
    if (!variable.file && variable.value &&
        variable.value->reveal().find('\0') != std::string_view::npos) {
      const std::string from =
          variable.secrets.empty() ? std::string() : variable.secrets.front() + ": ";
      bound_.errors.emplace_back(
          ErrorKind::refused,
          fmt::format(
              "{}: {}the value holds a NUL byte, which no variable can", variable.name, from),
          "deliver it as a file: put the entry under 'files:'");
      return;
    }
    std::erase_if(bound_.variables,
                  [&](const BoundVariable& other) { return other.name == variable.name; });
    bound_.variables.push_back(std::move(variable));
  }

  const Plan& plan_;
  const Settings& settings_;
  const azure::Fetched& fetched_;
  std::int64_t now_;
  Bound bound_;
  std::vector<std::string> names_in_bundles_;
  bool bundles_complete_ = true;
};

} // namespace

Bound bind(const Plan& plan,
           const Settings& settings,
           const azure::Fetched& fetched,
           std::int64_t unix_now) {
  return Binder(plan, settings, fetched, unix_now).bind();
}

} // namespace kvrun::launcher
