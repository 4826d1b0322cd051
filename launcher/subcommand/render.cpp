// SPDX-License-Identifier: MIT
#include "base/file.hpp"
#include "config/template.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/reading.hpp"
#include "launcher/subcommand/subcommand.hpp"

#include <unistd.h>

#include <map>
#include <utility>

namespace kvrun::launcher {

namespace {

constexpr std::size_t k_most_text = 16UL * 1024 * 1024;

// A binding for each reference, named by its place, so that every problem tells where it is.
std::vector<config::Binding> bindings_of(const config::Template& text) {
  std::vector<config::Binding> bindings;
  for (const config::TemplatePart& part : text.parts) {
    if (const auto* reference = std::get_if<config::SecretReference>(&part.content)) {
      config::Binding binding;
      binding.name = part.place.text();
      binding.source = *reference;
      bindings.push_back(std::move(binding));
    }
  }
  return bindings;
}

// The values in order, with their filters: as they stand in the result.
std::vector<BoundVariable> filtered(const config::Template& text,
                                    const std::vector<BoundVariable>& values) {
  std::map<std::string_view, std::string_view> by_place;
  for (const BoundVariable& value : values) {
    by_place.emplace(value.name, value.value->reveal());
  }
  std::vector<BoundVariable> shown;
  for (const config::TemplatePart& part : text.parts) {
    if (std::holds_alternative<config::SecretReference>(part.content)) {
      BoundVariable one;
      one.name = part.place.text();
      one.value = config::apply_filters(by_place.at(one.name), part.filters);
      one.secret = !part.filters.empty(); // else it is masked as it was read
      shown.push_back(std::move(one));
    }
  }
  return shown;
}

SecretString filled_in(const config::Template& text, const std::vector<BoundVariable>& shown) {
  SecretString result;
  auto next = shown.begin();
  for (const config::TemplatePart& part : text.parts) {
    if (const auto* literal = std::get_if<std::string>(&part.content)) {
      result.append(*literal);
    } else {
      result.append((next++)->value->reveal());
    }
  }
  return result;
}

} // namespace

int render(const Invocation& invocation, RunRecord& record) {
  const Options& options = invocation.options;
  const bool from_stdin = options.operands.empty() || options.operands[0] == "-";
  const std::string name = from_stdin ? "stdin" : options.operands[0];
  const Deadline deadline =
      Deadline::after(invocation.started, provisional_timeout(options, invocation.environment));
  const SecretString source =
      from_stdin ? read_descriptor(STDIN_FILENO, name, k_most_text, ErrorKind::usage, deadline)
                 : read_file(name, k_most_text, ErrorKind::usage, deadline);
  Problems problems;
  const config::Template text =
      config::parse_template(source.reveal(), Place{name, 1, 1}, problems);
  problems.raise();
  Reading reading(invocation, record);
  const Prepared prepared = reading.prepare_only(bindings_of(text));
  const std::vector<BoundVariable> values = reading.deliver(prepared);
  if (!record.errors.empty()) {
    return 1;
  }
  const std::vector<BoundVariable> shown = filtered(text, values);
  reading.mask(values);
  reading.mask(shown);
  write_output(options.output, filled_in(text, shown).reveal());
  return 0;
}

} // namespace kvrun::launcher
