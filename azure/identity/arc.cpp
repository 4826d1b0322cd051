// SPDX-License-Identifier: MIT
#include "azure/identity/arc_key.hpp"
#include "azure/identity/source.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

namespace kvrun::azure {

namespace {

// The agent's own, where its variables were lost on the way (identity.md §1.1).
constexpr std::string_view k_usual_endpoint =
    "http://127.0.0.1:40342/metadata/identity/oauth2/token";

// A server with the Azure Arc agent: who can read the key file may have a token (identity.md §6).
class Arc final : public Source {
public:
  Arc(const IdentityContext& context,
      Endpoint endpoint,
      Selection selection,
      std::string_view key_directory)
      : Source("arc", context), endpoint_(std::move(endpoint)), selection_(std::move(selection)),
        key_directory_(key_directory) {}

private:
  AccessToken fetch(std::string_view audience, const Deadline& deadline) override {
    HttpResponse response = answer_challenge(audience, deadline);
    if (response.status == 401) {
      // The key file is replaced now and then: a new challenge names the new one.
      response = answer_challenge(audience, deadline);
    }
    TokenAnswer answer = expect_token(peer(endpoint_), context(), response);
    check_identity(answer);
    return std::move(answer.token);
  }

  [[nodiscard]] HttpResponse answer_challenge(std::string_view audience,
                                              const Deadline& deadline) const {
    const HttpResponse first = ask(
        peer(endpoint_), context(), [&] { return request(audience); }, deadline);
    if (first.status >= 200 && first.status < 300) {
      throw Error(ErrorKind::refused,
                  fmt::format("{}: {} where a 401 with a challenge is due",
                              peer(endpoint_).label(),
                              first.status),
                  "something other than the Azure Arc agent answered");
    }
    if (first.status != 401) {
      throw refusal(peer(endpoint_), parse_answer(first));
    }
    const std::string path = arc_key_path(first.header("www-authenticate"), key_directory_);
    const auto with_key = [&] {
      HttpRequest made = request(audience);
      SecretString basic("Basic ");
      basic.append(read_arc_key(path, deadline).reveal());
      made.headers.push_back({"Authorization", std::move(basic)});
      return made;
    };
    return ask(peer(endpoint_), context(), with_key, deadline);
  }

  [[nodiscard]] HttpRequest request(std::string_view audience) const {
    std::vector<std::pair<std::string_view, std::string_view>> query{{"api-version", "2020-06-01"},
                                                                     {"resource", audience}};
    if (const std::string_view name = selector_name(); !name.empty()) {
      query.emplace_back(name, selection_.value);
    }
    HttpRequest made = local_request(endpoint_, endpoint_.target(query));
    made.headers.push_back({"Metadata", SecretString("true")});
    return made;
  }

  // An agent of before 2026 ignores a selector and gives the system-assigned identity's token; a
  // newer one repeats the selector in its answer.
  void check_identity(const TokenAnswer& answer) const {
    const std::string_view name = selector_name();
    if (name.empty()) {
      return;
    }
    const std::string& repeated = name == "client_id"   ? answer.client_id
                                  : name == "object_id" ? answer.object_id
                                                        : answer.resource_id;
    if (equal_without_case(repeated, selection_.value)) {
      return;
    }
    if (selection_.from_environment) {
      context().log.verbose(
          "identity 'arc': AZURE_CLIENT_ID is ignored: this agent cannot select an identity");
      return;
    }
    throw Error(
        ErrorKind::refused,
        fmt::format("{}: the agent ignored which identity was asked for", peer(endpoint_).label()),
        "upgrade the Azure Arc agent, or use --identity arc=system");
  }

  [[nodiscard]] std::string_view selector_name() const {
    switch (selection_.by) {
    case IdentitySetting::Select::client_id:
      return "client_id";
    case IdentitySetting::Select::object_id:
      return "object_id";
    case IdentitySetting::Select::resource_id:
      return "msi_res_id";
    case IdentitySetting::Select::none:
    case IdentitySetting::Select::system:
    case IdentitySetting::Select::path:
      break;
    }
    return {};
  }

  Endpoint endpoint_;
  Selection selection_;
  std::string key_directory_;
};

} // namespace

std::unique_ptr<TokenCredential> make_arc(const IdentitySetting& setting,
                                          const IdentityContext& context) {
  return make_arc_with_keys_in(k_arc_key_directory, setting, context);
}

std::unique_ptr<TokenCredential> make_arc_with_keys_in(std::string_view directory,
                                                       const IdentitySetting& setting,
                                                       const IdentityContext& context) {
  const std::string_view url = context.environment("IDENTITY_ENDPOINT");
  Endpoint endpoint = parse_endpoint(
      "IDENTITY_ENDPOINT", url.empty() ? k_usual_endpoint : url, Scheme::https_or_local_http);
  Selection selection = select_identity(setting, context);
  context.log.verbose(fmt::format(
      "identity 'arc': {} asked for {}", endpoint.origin.authority(), selection.text()));
  return std::make_unique<Arc>(context, std::move(endpoint), std::move(selection), directory);
}

} // namespace kvrun::azure
