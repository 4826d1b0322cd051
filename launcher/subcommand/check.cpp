// SPDX-License-Identifier: MIT
#include "launcher/assemble.hpp"
#include "launcher/process_image.hpp"
#include "launcher/report_json.hpp"
#include "launcher/subcommand/output.hpp"
#include "launcher/subcommand/reading.hpp"
#include "launcher/subcommand/subcommand.hpp"
#include "launcher/timestamp.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

namespace kvrun::launcher {

namespace {

constexpr std::int64_t k_day = 86'400;
constexpr std::int64_t k_soon = 30 * k_day;

// What a run would do with one variable.
struct Row {
  std::string name;
  std::string_view source;
  std::string_view state; // set, literal, default, absent, kept, failed
  std::vector<std::string> secrets;
  std::optional<std::int64_t> expires;
  bool file = false;
};

Row row_of(const BoundVariable& variable) {
  Row row{variable.name,
          name_of(variable.source),
          "set",
          variable.secrets,
          variable.expires,
          variable.file};
  if (!variable.value) {
    row.state = "absent";
  } else if (variable.is_default) {
    row.state = "default";
  } else if (variable.secrets.empty()) {
    row.state = "literal";
  }
  return row;
}

// Bundles first, then what is mapped one by one, in order; what failed keeps its place. Last what
// stays as it is.
std::vector<Row> rows_of(const Plan& plan, const std::vector<BoundVariable>& variables) {
  std::vector<Row> rows;
  std::set<std::string_view> done;
  std::unordered_map<std::string_view, const BoundVariable*> bound;
  for (const BoundVariable& variable : variables) {
    bound.emplace(variable.name, &variable);
    if (variable.source == Source::bundle) {
      rows.push_back(row_of(variable));
      done.insert(variable.name);
    }
  }
  for (const PlannedBinding& planned : plan.bindings) {
    const std::string& name = planned.binding.name;
    if (!done.insert(name).second) {
      continue; // a bundle's is stronger
    }
    const auto found = bound.find(name);
    rows.push_back(
        found != bound.end()
            ? row_of(*found->second)
            : Row{name, name_of(planned.source), "failed", {}, {}, planned.binding.file});
  }
  for (const PlannedBinding& kept : plan.kept) {
    rows.push_back({kept.binding.name, name_of(kept.source), "kept", {}, {}, false});
  }
  return rows;
}

std::string note_of(const Row& row, std::int64_t now) {
  std::string note = row.file ? "file" : "";
  if (row.expires && *row.expires <= now + k_soon) {
    note += note.empty() ? "" : ", ";
    note += *row.expires <= now ? std::string("expired")
                                : fmt::format("in {} days", (*row.expires - now) / k_day);
  }
  return note;
}

std::string as_table(const std::vector<Row>& rows, std::int64_t now) {
  std::vector<std::vector<std::string>> cells;
  cells.reserve(rows.size());
  for (const Row& row : rows) {
    cells.push_back({row.name,
                     std::string(row.source),
                     row.state == "set" ? fmt::format("{}", fmt::join(row.secrets, ","))
                                        : std::string(row.state),
                     row.expires ? timestamp(*row.expires) : "-",
                     note_of(row, now)});
  }
  return aligned(cells);
}

// docs/check.schema.json says what this is.
std::string as_json(const std::vector<Row>& rows,
                    const std::optional<Command>& command,
                    const RunRecord& record) {
  std::string list;
  for (const Row& row : rows) {
    list += fmt::format("{}\n    {{ \"name\": {}, \"source\": {}, \"state\": {}, \"secrets\": {}, "
                        "\"expires\": {}, \"file\": {} }}",
                        list.empty() ? "" : ",",
                        json_text(row.name),
                        json_text(row.source),
                        json_text(row.state),
                        json_list(row.secrets),
                        json_time(row.expires),
                        row.file);
  }
  return fmt::format("{{\n  \"ok\": {},\n  \"variables\": [{}{}],\n  \"command\": {},\n"
                     "  \"warnings\": {},\n  \"errors\": {}\n}}\n",
                     record.errors.empty(),
                     list,
                     list.empty() ? "" : "\n  ",
                     command ? json_text(command->path) : "null",
                     json_list(record.warnings),
                     json_errors(record.errors));
}

// A secret that is about to expire, once, with the variables that it feeds.
void warn_of_expiry(Reading& reading,
                    const std::vector<BoundVariable>& variables,
                    std::int64_t now) {
  constexpr std::size_t most = 3; // names in one line
  std::map<std::string, std::pair<std::int64_t, std::vector<std::string>>> soon;
  for (const BoundVariable& variable : variables) {
    if (variable.expires && *variable.expires > now && *variable.expires <= now + k_soon) {
      auto& [expires, names] = soon[variable.expires_first];
      expires = *variable.expires;
      names.push_back(variable.name);
    }
  }
  for (auto& [secret, held] : soon) {
    auto& [expires, names] = held;
    const std::size_t more = names.size() > most ? names.size() - most : 0;
    names.resize(names.size() - more);
    reading.warn(fmt::format("{}{}: {} expires on {}, in {} days",
                             fmt::join(names, ", "),
                             more > 0 ? fmt::format(" and {} more", more) : "",
                             secret,
                             timestamp(expires),
                             (expires - now) / k_day));
  }
}

// The command, where one was given and can be run; what is wrong with it hides nothing else.
std::optional<Command> look_up(const Invocation& invocation, std::vector<Error>& errors) {
  if (invocation.options.operands.empty()) {
    return std::nullopt;
  }
  try {
    Command command = find_command(invocation.options.operands, invocation.environment.get("PATH"));
    if (const std::optional<Error> problem = interpreter_problem(command)) {
      errors.push_back(*problem);
    }
    return command;
  } catch (const Error& error) {
    errors.push_back(error);
    return std::nullopt;
  }
}

} // namespace

int check(const Invocation& invocation, RunRecord& record) {
  const bool json = invocation.options.format.has_value();
  Reading reading(invocation, record);
  std::vector<Row> rows;
  std::vector<Error> without_command;
  const std::optional<Command> command = look_up(invocation, without_command);
  const std::int64_t now = unix_now();
  try {
    const Prepared prepared = reading.prepare_mapped(NothingMapped::is_an_error);
    if (const std::string warning = command ? warning_about(*command) : ""; !warning.empty()) {
      reading.warn(warning);
    }
    const std::vector<BoundVariable> variables = reading.deliver(prepared);
    warn_of_expiry(reading, variables, now);
    if (record.errors.empty()) {
      static_cast<void>(assemble(
          prepared.plan.inherited, variables, command ? &*command : nullptr, record.errors));
    }
    rows = rows_of(prepared.plan, variables);
  } catch (const Errors& errors) {
    record.errors = errors.all();
  } catch (const Error& error) {
    record.errors = {error};
  }
  record.errors.insert(record.errors.end(), without_command.begin(), without_command.end());
  write_stdout(json ? as_json(rows, command, record) : as_table(rows, now));
  return 0;
}

} // namespace kvrun::launcher
