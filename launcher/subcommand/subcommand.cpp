// SPDX-License-Identifier: MIT
#include "launcher/subcommand/subcommand.hpp"

#include "launcher/mask_ci.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>

namespace kvrun::launcher {

namespace {

int run_verb(const Invocation& invocation, RunRecord& record) {
  switch (invocation.options.verb) {
  // clang-format off
  case Verb::check:      return check(invocation, record);
  case Verb::read:       return read_one(invocation, record);
  case Verb::exports:    return export_variables(invocation, record);
  case Verb::render:     return render(invocation, record);
  case Verb::list:       return list(invocation, record);
  case Verb::doctor:     return doctor(invocation, record);
  case Verb::init:       return init(invocation, record);
  case Verb::completion: return completion(invocation);
  case Verb::run:        break;
    // clang-format on
  }
  return 2; // unreachable: a run is no subcommand
}

// Does something and returns what it returns; what it throws is added to the record.
template <typename Step> int recorded(RunRecord& record, Step step) {
  try {
    return step();
  } catch (const Errors& errors) {
    record.errors.insert(record.errors.end(), errors.all().begin(), errors.all().end());
  } catch (const Error& error) {
    record.errors.push_back(error);
  } catch (const std::bad_alloc&) {
    record.errors.emplace_back(ErrorKind::usage, "out of memory");
  } catch (const std::exception& e) {
    record.errors.emplace_back(
        ErrorKind::usage, fmt::format("a fault in kvrun: {}", e.what()), "please report it");
  }
  return 0;
}

} // namespace

bool is_command_line_wrong(std::span<const Error> errors) {
  return std::any_of(errors.begin(), errors.end(), [](const Error& error) {
    return error.kind() == ErrorKind::command_line;
  });
}

int subcommand_status(std::span<const Error> errors) {
  if (errors.empty()) {
    return 0;
  }
  return is_command_line_wrong(errors) ? 2 : 1;
}

int run_subcommand(const Invocation& invocation) {
  RunRecord record(invocation.started);
  Report report(invocation.options.report);
  int status = recorded(record, [&] {
    report.save(record); // where it cannot be written nothing starts
    if (invocation.options.mask_ci) {
      static_cast<void>(find_runner(invocation.environment));
    }
    return run_verb(invocation, record);
  });
  if (invocation.options.timings) {
    for (const std::string& line : waterfall(record.trace, record.started)) {
      invocation.log.tell(line);
    }
  }
  status = std::max(status, subcommand_status(record.errors));
  record.exit_status = status;
  static_cast<void>(recorded(record, [&] {
    report.save(record);
    return 0;
  }));
  for (std::size_t i = record.told; i < record.errors.size(); ++i) {
    invocation.log.error(record.errors[i]);
  }
  return std::max(status, subcommand_status(record.errors));
}

} // namespace kvrun::launcher
