// SPDX-License-Identifier: MIT
#include "launcher/run.hpp"

#include "base/error.hpp"
#include "launcher/delivery.hpp"
#include "launcher/exec_size.hpp"
#include "launcher/memory_file.hpp"
#include "launcher/process_image.hpp"
#include "launcher/process_state.hpp"
#include "version.hpp"

#include <fmt/format.h>

#include <stdio.h>

#include <algorithm>
#include <exception>
#include <new>
#include <span>
#include <thread>

namespace kvrun::launcher {

namespace {

int report(const Log& log, const std::vector<Error>& errors) {
  for (const Error& error : errors) {
    log.error(error);
  }
  return exit_status(errors);
}

int print(const std::string& text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0
             ? 0
             : 125;
}

// The run itself: argv to exec.
int run_command(const Invocation& invocation) {
  Trace trace;
  Prepared prepared = prepare(invocation, NothingMapped::is_an_error);
  for (const std::string& warning : prepared.plan.warnings) {
    invocation.log.warning(warning);
  }
  if (const std::string warning = warning_about(*prepared.command); !warning.empty()) {
    invocation.log.warning(warning);
  }
  Bound bound = deliver(prepared, invocation, trace);
  Environment& environment = prepared.plan.inherited;
  std::vector<MemoryFile> files;
  for (const BoundVariable& variable : bound.variables) {
    if (!variable.value || !bound.errors.empty()) {
      continue;
    }
    try {
      if (variable.file) {
        files.emplace_back(variable.name, variable.value->reveal(), variable.mode);
      }
      environment.set(variable.name,
                      variable.file ? std::string_view(files.back().path())
                                    : variable.value->reveal());
    } catch (const Error& error) {
      bound.errors.push_back(error);
    }
  }
  if (bound.errors.empty()) {
    bound.errors = check_exec_size(*prepared.command, environment, [&](std::string_view name) {
      return std::any_of(
          bound.variables.begin(), bound.variables.end(), [&](const BoundVariable& variable) {
            return variable.name == name && variable.secret;
          });
    });
  }
  for (const std::string& warning : bound.warnings) {
    invocation.log.warning(warning);
  }
  if (!bound.errors.empty()) {
    return report(invocation.log, bound.errors);
  }
  for (const MemoryFile& file : files) {
    file.hand_over();
  }
  return report(invocation.log, {replace_process(*prepared.command, environment)});
}

int dispatch(const Invocation& invocation) {
  if (invocation.options.verb == Verb::run) {
    return run_command(invocation);
  }
  return report(invocation.log, {Error(ErrorKind::usage, "this subcommand is not built yet")}) != 0
             ? 2
             : 2;
}

} // namespace

int run(int argc, const char* const* argv, const char* const* environment) {
  Invocation invocation;
  invocation.started = std::chrono::steady_clock::now();
  try {
    harden();
    end_on_signals_as_init();
    Problems problems;
    const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
    invocation.options =
        parse_options(words.subspan(std::min<std::size_t>(1, words.size())), problems);
    invocation.log = Log(invocation.options.verbosity);
    if (problems.empty() && invocation.options.help) {
      return print(help_text());
    }
    if (problems.empty() && invocation.options.version) {
      return print(fmt::format("kvrun {}\n", k_version));
    }
    if (!problems.empty()) {
      report(invocation.log, problems.all());
      return usage_status(invocation.options.verb);
    }
    invocation.environment = Environment(environment);
    return dispatch(invocation);
  } catch (const Errors& errors) {
    return report(invocation.log, errors.all());
  } catch (const Error& error) {
    return report(invocation.log, {error});
  } catch (const std::bad_alloc&) {
    return report(invocation.log, {Error(ErrorKind::usage, "out of memory")});
  } catch (const std::exception& e) {
    return report(invocation.log,
                  {Error(ErrorKind::usage,
                         fmt::format("a fault in kvrun: {}", e.what()),
                         "please report it")});
  }
}

} // namespace kvrun::launcher
