// SPDX-License-Identifier: MIT
#include "azure/identity/child_process.hpp"
#include "azure/identity/expiry.hpp"
#include "azure/identity/source.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kvrun::azure {

namespace {

// A command line tool that somebody signed in to (identity.md §10).
struct Tool {
  std::string_view kind;
  std::string_view program;
  std::vector<std::string> arguments;
  std::vector<std::string> variables;
  std::string_view tenant_option;
  std::string_view token_member;
  std::string_view sign_in; // the command that does
};

Tool azure_cli() {
  return {"azure-cli",
          "az",
          {"account", "get-access-token", "--output", "json"},
          {"AZURE_CORE_NO_COLOR=1", "AZURE_CORE_COLLECT_TELEMETRY=0"},
          "--tenant",
          "accessToken",
          "az login"};
}

Tool azure_developer_cli() {
  return {"azure-developer-cli",
          "azd",
          {"auth", "token", "--output", "json", "--no-prompt"},
          {},
          "--tenant-id",
          "token",
          "azd auth login"};
}

// A tool's words without anything that could be a token: a run of 40 characters or more out of
// which those are made. An id has 36.
std::string without_tokens(std::string_view text) {
  constexpr std::size_t longest_word = 40;
  std::string safe;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '_' || c == '.' || c == '+' || c == '/' || c == '=';
    });
    const auto size = static_cast<std::size_t>(end - text.begin());
    safe += size < longest_word ? text.substr(0, size) : "[...]";
    safe += text.substr(size, 1);
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return one_line(safe);
}

constexpr std::array<std::string_view, 4> k_signed_out{
    "AADSTS700082", "AADSTS50173", "AADSTS50078", "AADSTS70043"};

class DeveloperTool final : public Source {
public:
  DeveloperTool(const IdentityContext& context, Tool tool, std::string path, std::string tenant)
      : Source(tool.kind, context), tool_(std::move(tool)), path_(std::move(path)),
        tenant_(std::move(tenant)) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    ChildProgram program{path_, tool_.arguments, tool_.variables};
    program.arguments.emplace_back("--scope");
    program.arguments.push_back(fmt::format("{}/.default", audience));
    if (!tenant_.empty()) {
      program.arguments.emplace_back(tool_.tenant_option);
      program.arguments.push_back(tenant_);
    }
    const std::optional<ChildOutput> output = run_child(program, context().transport, deadline);
    if (!output) {
      throw Error(ErrorKind::unavailable,
                  fmt::format("identity '{}': '{}' had not ended within {}",
                              kind(),
                              path_,
                              in_seconds(deadline.budget())));
    }
    if (output->status != 0) {
      throw failure(*output);
    }
    try {
      return parse(output->out.reveal());
    } catch (const NoToken& e) {
      throw Error(ErrorKind::refused,
                  fmt::format("identity '{}': '{}' printed no token: {}", kind(), path_, e.what()));
    }
  }

  [[nodiscard]] AccessToken parse(std::string_view text) const {
    const json::Document document = parse_object(text);
    const json::Value& root = document.root();
    // az has `expires_on` since 2.54; its `expiresOn` is local time.
    std::string_view expiry = scalar(root, "expires_on");
    if (expiry.empty()) {
      expiry = scalar(root, "expiresOn");
    }
    return make_token(root.string(tool_.token_member),
                      parse_expiry(expiry, context().unix_time(), Zone::local));
  }

  [[nodiscard]] Error failure(const ChildOutput& output) const {
    const std::string_view home = context().environment("HOME");
    const std::string_view folder = context().environment("AZURE_CONFIG_DIR");
    // Its own words, or Entra's: the refresh token has expired, or was revoked.
    const bool signed_out = std::any_of(k_signed_out.begin(),
                                        k_signed_out.end(),
                                        [&](std::string_view code) {
                                          return output.err.find(code) != std::string::npos;
                                        }) ||
                            output.err.find(tool_.sign_in) != std::string::npos;
    std::string hint;
    if (signed_out) {
      hint = fmt::format("run '{}' as this user (HOME is '{}'{})",
                         tool_.sign_in,
                         home,
                         folder.empty() ? "" : fmt::format(", AZURE_CONFIG_DIR is '{}'", folder));
    }
    const std::string words = without_tokens(output.err);
    return {ErrorKind::refused,
            fmt::format("identity '{}': '{}' ended with status {}{}{}",
                        kind(),
                        path_,
                        output.status,
                        words.empty() ? "" : ": ",
                        words),
            std::move(hint)};
  }

  Tool tool_;
  std::string path_;
  std::string tenant_;
};

bool is_tenant(std::string_view text) {
  return std::all_of(text.begin(),
                     text.end(),
                     [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '.';
                     }) &&
         !text.starts_with('-');
}

std::unique_ptr<TokenCredential> make(const IdentityContext& context, Tool tool) {
  std::string path = find_program(tool.program, context.environment("PATH"));
  if (path.empty()) {
    throw Error(ErrorKind::usage,
                fmt::format("identity '{}': there is no '{}' in the absolute entries of PATH",
                            tool.kind,
                            tool.program),
                "install it, or use another --identity");
  }
  const std::string_view tenant = context.environment("AZURE_TENANT_ID");
  if (!is_tenant(tenant)) {
    throw Error(ErrorKind::usage,
                fmt::format("identity '{}': AZURE_TENANT_ID holds no id", tool.kind),
                "an id has letters, digits, '-' and '.'");
  }
  context.log.verbose(fmt::format(
      "identity '{}': {}{}", tool.kind, path, tenant.empty() ? "" : " for AZURE_TENANT_ID"));
  return std::make_unique<DeveloperTool>(
      context, std::move(tool), std::move(path), std::string(tenant));
}

} // namespace

std::unique_ptr<TokenCredential> make_azure_cli(const IdentitySetting&,
                                                const IdentityContext& context) {
  return make(context, azure_cli());
}

std::unique_ptr<TokenCredential> make_azure_developer_cli(const IdentitySetting&,
                                                          const IdentityContext& context) {
  return make(context, azure_developer_cli());
}

} // namespace kvrun::azure
