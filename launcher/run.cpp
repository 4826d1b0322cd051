// SPDX-License-Identifier: MIT
#include "launcher/run.hpp"

#include "base/error.hpp"
#include "launcher/delivery.hpp"
#include "launcher/process_state.hpp"
#include "launcher/run_command.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/subcommand.hpp"
#include "version.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>
#include <span>

namespace kvrun::launcher {

namespace {

void tell(const Log& log, const std::vector<Error>& errors) {
  for (const Error& error : errors) {
    log.error(error);
  }
}

int failed(const Invocation& invocation, const std::vector<Error>& errors) {
  tell(invocation.log, errors);
  return invocation.options.verb == Verb::run ? exit_status(errors) : subcommand_status(errors);
}

int dispatch(const Invocation& invocation) {
  if (invocation.options.verb == Verb::run) {
    return run_command(invocation);
  }
  return run_subcommand(invocation);
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
      write_stdout(help_text());
      return 0;
    }
    if (problems.empty() && invocation.options.version) {
      write_stdout(fmt::format("kvrun {}\n", k_version));
      return 0;
    }
    if (!problems.empty()) {
      return failed(invocation, problems.all());
    }
    invocation.environment = Environment(environment);
    return dispatch(invocation);
  } catch (const Errors& errors) {
    return failed(invocation, errors.all());
  } catch (const Error& error) {
    return failed(invocation, {error});
  } catch (const std::bad_alloc&) {
    return failed(invocation, {Error(ErrorKind::usage, "out of memory")});
  } catch (const std::exception& e) {
    return failed(invocation,
                  {Error(ErrorKind::usage,
                         fmt::format("a fault in kvrun: {}", e.what()),
                         "please report it")});
  }
}

} // namespace kvrun::launcher
