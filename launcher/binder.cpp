// SPDX-License-Identifier: MIT
#include "launcher/binder.hpp"

#include "base/text.hpp"
#include "config/loader_names.hpp"
#include "launcher/bundle_variables.hpp"
#include "launcher/timestamp.hpp"
#include "launcher/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
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
    for (const PlannedBinding& one : plan_.bindings) {
      planned_.emplace(one.binding.name, &one);
    }
    for (const PlannedBundle& one : plan_.bundles) {
      bind_bundle(one);
    }
    check_selected_names();
    for (const PlannedBinding& one : plan_.bindings) {
      const bool weaker = one.source == Source::inherited_reference &&
                          bound(one.binding.name) != nullptr; // than a bundle (rules A11)
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

  [[nodiscard]] const BoundVariable* bound(const std::string& name) const {
    const auto found = indexes_.find(name);
    return found == indexes_.end() ? nullptr : &bound_.variables[found->second];
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
      const auto value = refine(got.bundle->value.reveal(),
                                planned.bundle.reference.pointer,
                                config::Decode::none,
                                config::Format::none);
      if (!value) { // a bundle is always required (rules A33)
        throw no_such_member(planned.bundle.reference.pointer);
      }
      held = read_bundle(planned.bundle, value->reveal());
    } catch (const Error& why) {
      error(what, why);
      bundles_complete_ = false;
      return;
    }
    bundles_complete_ = bundles_complete_ && held.problems.empty();
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
    if (!is_variable_name(one.name)) {
      bound_.errors.emplace_back(
          ErrorKind::refused,
          fmt::format("{}: '{}' is no variable name", what, one_line(one.name, 80)),
          "'rename' gives it another one, 'only' leaves it out");
      return;
    }
    if (keeps_existing(settings_, plan_.inherited, one.name)) {
      return;
    }
    const auto planned_binding = planned_.find(one.name);
    const PlannedBinding* binding =
        planned_binding == planned_.end() ? nullptr : planned_binding->second;
    if (binding != nullptr && binding->source == Source::config) {
      bound_.errors.emplace_back(
          ErrorKind::refused,
          fmt::format(
              "{}: '{}' is mapped at {} too", what, one.name, binding->binding.place.text()),
          "leave it out of one of them: 'only', or 'rename'");
      return;
    }
    if (binding != nullptr && binding->source != Source::inherited_reference) {
      return; // -e and env files are stronger
    }
    if (const BoundVariable* other = bound(one.name); other != nullptr) {
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
    const auto inherited = plan_.inherited.get(one.name);
    if (!one.chosen && inherited && *inherited != one.value.reveal() &&
        !is_resolved_reference(settings_, plan_.inherited, one.name)) {
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
      if (!planned_.contains(name) && !keeps_existing(settings_, plan_.inherited, name) &&
          std::find(names_in_bundles_.begin(), names_in_bundles_.end(), name) ==
              names_in_bundles_.end()) {
        bound_.errors.emplace_back(ErrorKind::refused,
                                   fmt::format("no bundle holds '{}'", one_line(name, 80)));
      }
    }
  }

  // Why a variable has no value: what `required: false` forgives, and whether there was anything
  // else, which has been told.
  struct Gaps {
    std::vector<Error> absent;
    bool failed = false;
  };

  void bind_one(const PlannedBinding& planned) {
    const config::Binding& binding = planned.binding;
    BoundVariable variable;
    variable.name = binding.name;
    variable.source = planned.source;
    variable.file = binding.file;
    variable.mode = binding.mode;
    variable.secret = !planned.secrets.empty();
    Gaps gaps;
    look_at_secrets(planned, variable, gaps);
    variable.value = value_of(planned, gaps);
    if (binding.required) {
      for (const Error& why : gaps.absent) {
        error(binding.name, why);
      }
    }
    if (gaps.failed || (binding.required && !gaps.absent.empty())) {
      return;
    }
    if (!variable.value && binding.default_value) {
      variable.value = SecretString(*binding.default_value);
      variable.is_default = true;
    }
    variable.forget_inherited =
        !variable.value && is_resolved_reference(settings_, plan_.inherited, binding.name);
    finish(std::move(variable));
  }

  // Each secret once, though a template may use it often.
  void look_at_secrets(const PlannedBinding& planned, BoundVariable& variable, Gaps& gaps) {
    const config::Binding& binding = planned.binding;
    const config::Expired policy = binding.expired.value_or(settings_.expired);
    for (auto at = planned.secrets.begin(); at != planned.secrets.end(); ++at) {
      if (std::find(planned.secrets.begin(), at, *at) != at) {
        continue;
      }
      const Read got = read(*at);
      if (got.bundle != nullptr) {
        gaps.failed = !dates_allow(binding.name, *at, *got.bundle, policy) || gaps.failed;
        note(variable, *at, *got.bundle);
      } else if (got.failure != nullptr && got.failure->absent) {
        gaps.absent.push_back(with_hint(got.failure->error, planned));
      } else {
        gaps.failed = true;
        if (got.failure != nullptr) {
          error(binding.name, got.failure->error);
        }
      }
    }
  }

  // The text of a literal, secret or template, or nothing; every reference is looked at.
  std::optional<SecretString> value_of(const PlannedBinding& planned, Gaps& gaps) {
    const config::Binding& binding = planned.binding;
    if (const auto* literal = std::get_if<config::Literal>(&binding.source)) {
      return SecretString(literal->text);
    }
    if (const auto* reference = std::get_if<config::SecretReference>(&binding.source)) {
      return value_at(planned, planned.secrets[0], *reference, gaps);
    }
    SecretString text;
    std::size_t next = 0;
    bool complete = true;
    for (const config::TemplatePart& part : std::get<config::Template>(binding.source).parts) {
      if (const auto* literal = std::get_if<std::string>(&part.content)) {
        text.append(*literal);
        continue;
      }
      const auto value = value_at(
          planned, planned.secrets[next++], std::get<config::SecretReference>(part.content), gaps);
      if (value) {
        text.append(config::apply_filters(value->reveal(), part.filters).reveal());
      } else {
        complete = false;
      }
    }
    return complete ? std::optional(std::move(text)) : std::nullopt;
  }

  // What one reference stands for; nothing where its secret was not read, which has been told, or
  // does not hold it.
  std::optional<SecretString> value_at(const PlannedBinding& planned,
                                       std::size_t index,
                                       const config::SecretReference& reference,
                                       Gaps& gaps) {
    const azure::SecretBundle* bundle = read(index).bundle;
    if (bundle == nullptr) {
      return std::nullopt;
    }
    const config::Binding& binding = planned.binding;
    try {
      auto value =
          refine(bundle->value.reveal(), reference.pointer, binding.decode, binding.format);
      if (!value) {
        add_once(gaps.absent,
                 no_such_member(reference.pointer).within(plan_.secrets[index].secret.label()));
      }
      return value;
    } catch (const Error& why) {
      gaps.failed = true;
      add_once(bound_.errors, why.within(label(index, *bundle)).within(binding.name));
      return std::nullopt;
    }
  }

  // A template may name the same member twice.
  static void add_once(std::vector<Error>& errors, Error error) {
    if (std::none_of(errors.begin(), errors.end(), [&](const Error& other) {
          return other.message() == error.message();
        })) {
      errors.push_back(std::move(error));
    }
  }

  [[nodiscard]] static Error no_such_member(std::string_view pointer) {
    return {ErrorKind::refused,
            fmt::format("it has no '{}'", one_line(pointer, 120)),
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
    indexes_.emplace(variable.name, bound_.variables.size());
    bound_.variables.push_back(std::move(variable));
  }

  const Plan& plan_;
  const Settings& settings_;
  const azure::Fetched& fetched_;
  std::int64_t now_;
  Bound bound_;
  std::unordered_map<std::string, std::size_t> indexes_; // of the bound variables
  std::unordered_map<std::string_view, const PlannedBinding*> planned_;
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
