// SPDX-License-Identifier: MIT
#include "launcher/subcommand/doctor_findings.hpp"

#include "launcher/report_json.hpp"
#include "launcher/subcommand/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace kvrun::launcher {

namespace {

std::string_view name_of(Step::State state) {
  switch (state) {
  // clang-format off
  case Step::State::good:    return "ok";
  case Step::State::warning: return "warning";
  case Step::State::failed:  return "FAILED";
  case Step::State::skipped: return "skipped";
    // clang-format on
  }
  return "";
}

std::string as_lines(const Step& step) {
  std::string lines = fmt::format("{:8} {:11} {}", name_of(step.state), step.name, step.text);
  if (step.state != Step::State::skipped) {
    lines += fmt::format(" ({} ms)", step.took.count());
  }
  lines += '\n';
  for (const std::string& detail : step.details) {
    lines += fmt::format("{:21}{}\n", "", detail);
  }
  if (!step.fix.empty()) {
    lines += fmt::format("{:9}fix:        {}\n", "", step.fix);
  }
  return lines;
}

std::string as_json(const Step& step) {
  return fmt::format("{{ \"step\": {}, \"state\": {}, \"text\": {}, \"details\": {}, \"fix\": {}, "
                     "\"ms\": {} }}",
                     json_text(step.name),
                     json_text(step.state == Step::State::failed ? "failed" : name_of(step.state)),
                     json_text(step.text),
                     json_list(step.details),
                     step.fix.empty() ? "null" : json_text(step.fix),
                     step.took.count());
}

} // namespace

void Findings::add(Step step) {
  const TimePoint now = std::chrono::steady_clock::now();
  if (step.took.count() == 0) {
    step.took = std::chrono::duration_cast<Milliseconds>(now - begun_);
  }
  begun_ = now;
  if (step.state == Step::State::failed && step.fix.empty()) {
    step.fix = "mend what is named, and look again: kvrun doctor -v -v";
  }
  if (format_ == Format::text) {
    write_stdout(as_lines(step));
  }
  steps_.push_back(std::move(step));
}

void Findings::add_out_of_time(std::string name) {
  Step step;
  step.name = std::move(name);
  step.text = "no time left";
  step.state = failed() ? Step::State::skipped : Step::State::failed;
  if (step.state == Step::State::failed) {
    step.fix = "give it more time: --timeout 90s";
  }
  add(std::move(step));
}

bool Findings::failed() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
    return step.state == Step::State::failed;
  });
}

int Findings::finish() {
  const bool any_failed = failed();
  if (format_ == Format::json) {
    std::string list;
    for (const Step& step : steps_) {
      list += fmt::format("{}\n    {}", list.empty() ? "" : ",", as_json(step));
    }
    write_stdout(fmt::format("{{\n  \"ok\": {},\n  \"steps\": [{}\n  ]\n}}\n", !any_failed, list));
  }
  return any_failed ? 1 : 0;
}

std::string counted(std::size_t count, std::string_view one, std::string_view more) {
  return fmt::format("{} {}", count, count == 1 ? one : more);
}

bool ran_out_of_time(const Deadline& deadline, TimePoint begun) {
  constexpr Milliseconds fair{1000};
  return deadline.over(std::chrono::steady_clock::now()) && deadline.left(begun) < fair;
}

} // namespace kvrun::launcher
