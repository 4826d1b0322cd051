// SPDX-License-Identifier: MIT
#include "launcher/run_command.hpp"

#include "launcher/assemble.hpp"
#include "launcher/mask_ci.hpp"
#include "launcher/process_image.hpp"
#include "launcher/run_record.hpp"

#include <utility>

namespace kvrun::launcher {

namespace {

class Run {
public:
  explicit Run(const Invocation& invocation)
      : invocation_(invocation), record_(invocation.started), report_(invocation.options.report) {}

  int run() {
    try {
      start();
    } catch (const Errors& errors) {
      record_.errors = errors.all();
    } catch (const Error& error) {
      record_.errors = {error};
    }
    for (const Error& error : record_.errors) {
      invocation_.log.error(error);
    }
    record_.exit_status = exit_status(record_.errors);
    try {
      report_.save(record_);
    } catch (const Error& error) { // what it would have told stands above
      record_.errors.push_back(error);
      invocation_.log.error(error);
    }
    return exit_status(record_.errors);
  }

private:
  // Returns only when the command could not be started, with the reasons in the record.
  void start() {
    Prepared prepared = prepare(invocation_, NothingMapped::is_an_error);
    warn(prepared.plan.warnings);
    if (std::string warning = warning_about(*prepared.command); !warning.empty()) {
      warn({std::move(warning)});
    }
    Delivered delivered = deliver(prepared, invocation_, record_.trace);
    Bound& bound = delivered.bound;
    record_.identity = std::move(delivered.identity);
    for (const BoundVariable& variable : bound.variables) {
      record_.variables.push_back(describe(variable));
    }
    warn(bound.warnings);
    record_.errors = std::move(bound.errors);
    if (!record_.errors.empty()) {
      return;
    }
    Assembled assembled =
        assemble(prepared.plan.inherited, bound.variables, &*prepared.command, record_.errors);
    if (!record_.errors.empty()) {
      return;
    }
    if (prepared.runner) {
      mask_values(*prepared.runner, bound.variables);
    }
    if (invocation_.options.timings) {
      for (const std::string& line : waterfall(record_.trace, record_.started)) {
        invocation_.log.tell(line);
      }
    }
    report_.save(record_);
    for (const MemoryFile& file : assembled.files) {
      file.hand_over();
    }
    record_.errors.push_back(replace_process(*prepared.command, assembled.environment));
  }

  void warn(const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings) {
      record_.warnings.push_back(warning);
      invocation_.log.warning(warning);
    }
  }

  const Invocation& invocation_;
  RunRecord record_;
  Report report_;
};

} // namespace

int run_command(const Invocation& invocation) {
  return Run(invocation).run();
}

} // namespace kvrun::launcher
