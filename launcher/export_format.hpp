// SPDX-License-Identifier: MIT
#pragma once

#include "base/secret_string.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace kvrun::launcher {

// A way to write variables that another program reads (rules A43), each as that program was
// measured to read it.
enum class ExportFormat {
  sh,        // sourced, or `eval`: export NAME='…'
  dotenv,    // NAME='…', which all readers of .env files share
  docker,    // `docker run --env-file`: NAME=…, nothing quoted
  systemd,   // EnvironmentFile=: NAME="…"
  json,      // one object
  github,    // appended to $GITHUB_ENV: NAME<<DELIMITER
  pipelines, // on stdout of an Azure Pipelines step: ##vso[task.setvariable …]
};

[[nodiscard]] std::optional<ExportFormat> find_export_format(std::string_view name);

// Why the dialect cannot hold a variable, without its value; "" when it can.
[[nodiscard]] std::string
obstacle_to(ExportFormat format, std::string_view name, std::string_view value);

// Collects variables that no obstacle_to() stands against.
class ExportText {
public:
  explicit ExportText(ExportFormat format) : format_(format) {}
  void add(std::string_view name, std::string_view value);
  // All of it; nothing can be added after.
  [[nodiscard]] SecretString finish();

private:
  ExportFormat format_;
  SecretString text_;
  bool empty_ = true;
};

} // namespace kvrun::launcher
