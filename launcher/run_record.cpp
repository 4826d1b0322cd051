// SPDX-License-Identifier: MIT
#include "launcher/run_record.hpp"

#include "launcher/private_file.hpp"
#include "launcher/report_json.hpp"
#include "launcher/timestamp.hpp"
#include "version.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kvrun::launcher {

namespace {

double milliseconds(TimePoint from, TimePoint to) {
  return std::chrono::duration<double, std::milli>(to - from).count();
}

std::string variables_json(const RunRecord& record) {
  std::string list;
  for (const RunRecord::Variable& variable : record.variables) {
    list += fmt::format("{}\n    {{ \"name\": {}, \"source\": {}, \"secrets\": {}, \"expires\": "
                        "{}, \"set\": {}, \"file\": {} }}",
                        list.empty() ? "" : ",",
                        json_text(variable.name),
                        json_text(variable.source),
                        json_list(variable.secrets),
                        json_time(variable.expires),
                        variable.set,
                        variable.file);
  }
  return list.empty() ? "[]" : fmt::format("[{}\n  ]", list);
}

std::string timings_json(const RunRecord& record) {
  std::string list;
  for (const Trace::Span& span : record.trace.spans()) {
    list += fmt::format("{}\n    {{ \"what\": {}, \"begin_ms\": {:.3f}, \"end_ms\": {:.3f} }}",
                        list.empty() ? "" : ",",
                        json_text(span.what),
                        milliseconds(record.started, span.begin),
                        milliseconds(record.started, span.end));
  }
  return list.empty() ? "[]" : fmt::format("[{}\n  ]", list);
}

std::string identity_json(const RunRecord& record) {
  if (!record.identity) {
    return "null";
  }
  return fmt::format(R"({{ "kind": {}, "tenant_id": {}, "object_id": {}, "client_id": {} }})",
                     json_text(record.identity->kind),
                     json_text(record.identity->tenant_id),
                     json_text(record.identity->object_id),
                     json_text(record.identity->client_id));
}

} // namespace

RunRecord::Variable describe(const BoundVariable& variable) {
  return {variable.name,
          name_of(variable.source),
          variable.secrets,
          variable.expires,
          variable.value.has_value(),
          variable.file};
}

void Report::save(const RunRecord& record) {
  if (!file_) {
    return;
  }
  const std::string file = *std::exchange(file_, std::nullopt);
  const std::string text =
      fmt::format("{{\n  \"kvrun\": {},\n  \"started\": {},\n  \"exit_status\": {},\n  "
                  "\"identity\": {},\n  \"variables\": {},\n"
                  "  \"warnings\": {},\n  \"errors\": {},\n  \"timings\": {}\n}}\n",
                  json_text(k_version),
                  json_text(timestamp(record.started_on)),
                  record.exit_status ? std::to_string(*record.exit_status) : "null",
                  identity_json(record),
                  variables_json(record),
                  json_list(record.warnings),
                  json_errors(record.errors),
                  timings_json(record));
  write_private_file(file, text);
  file_ = file;
}

std::vector<std::string> waterfall(const Trace& trace, TimePoint started) {
  constexpr double columns = 32;
  double total = 1e-3;
  std::size_t widest = 0;
  for (const Trace::Span& span : trace.spans()) {
    total = std::max(total, milliseconds(started, span.end));
    widest = std::max(widest, span.what.size());
  }
  std::vector<Trace::Span> spans = trace.spans();
  std::stable_sort(spans.begin(), spans.end(), [](const Trace::Span& a, const Trace::Span& b) {
    return a.begin < b.begin;
  });
  std::vector<std::string> lines;
  for (const Trace::Span& span : spans) {
    const double begin = milliseconds(started, span.begin);
    const double end = milliseconds(started, span.end);
    const auto left = static_cast<std::size_t>(begin / total * columns);
    const auto right = std::max(left + 1, static_cast<std::size_t>(end / total * columns));
    std::string bar(static_cast<std::size_t>(columns) + 1, ' ');
    std::fill(bar.begin() + static_cast<std::ptrdiff_t>(std::min(left, bar.size() - 1)),
              bar.begin() + static_cast<std::ptrdiff_t>(std::min(right, bar.size())),
              '=');
    lines.push_back(
        fmt::format("{:{}}  |{}|  {:.1f} to {:.1f} ms", span.what, widest, bar, begin, end));
  }
  return lines;
}

} // namespace kvrun::launcher
