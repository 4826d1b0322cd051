// SPDX-License-Identifier: MIT
#include "launcher/subcommand/subcommand.hpp"

#include "launcher/mask_ci.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>

namespace kvrun::launcher {

namespace {

// Problems with what an option says begin with its name: "--timeout: …", "-e A: …".
bool is_about_command_line(const Error& error) {
  return error.kind() == ErrorKind::usage &&
         (error.message().starts_with('-') || error.message().starts_with("option '-"));
}

int run_verb(const Invocation& invocation) {
  switch (invocation.options.verb) {
  // clang-format off
  case Verb::check:      return check(invocation);
  case Verb::read:       return read_one(invocation);
  case Verb::exports:    return export_variables(invocation);
  case Verb::render:     return render(invocation);
  case Verb::list:       return list(invocation);
  case Verb::doctor:     return doctor(invocation);
  case Verb::init:       return init(invocation);
  case Verb::completion: return completion(invocation);
  case Verb::run:        break;
    // clang-format on
  }
  return 2; // unreachable: a run is no subcommand
}

} // namespace

bool is_command_line_wrong(std::span<const Error> errors) {
  return std::any_of(errors.begin(), errors.end(), is_about_command_line);
}

int tell_problems(const Log& log, std::span<const Error> errors) {
  for (const Error& error : errors) {
    log.error(error);
  }
  if (errors.empty()) {
    return 0;
  }
  return is_command_line_wrong(errors) ? 2 : 1;
}

int run_subcommand(const Invocation& invocation) {
  std::vector<Error> errors;
  try {
    if (invocation.options.mask_ci) { // a runner that is not there is told before all else
      static_cast<void>(find_runner(invocation.environment));
    }
    return run_verb(invocation);
  } catch (const Errors& all) {
    errors = all.all();
  } catch (const Error& error) {
    errors = {error};
  } catch (const std::bad_alloc&) {
    errors = {Error(ErrorKind::usage, "out of memory")};
  } catch (const std::exception& e) {
    errors = {
        Error(ErrorKind::usage, fmt::format("a fault in kvrun: {}", e.what()), "please report it")};
  }
  return tell_problems(invocation.log, errors);
}

} // namespace kvrun::launcher
