// SPDX-License-Identifier: MIT
#include "azure/secret_listing.hpp"

#include "azure/retry.hpp"
#include "azure/service_error.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

namespace kvrun::azure {

namespace {

struct Page {
  std::vector<SecretItem> items;
  std::string next_link;
};

std::optional<std::int64_t> seconds(const json::Value* attributes, std::string_view name) {
  const json::Value* value = attributes == nullptr ? nullptr : attributes->find(name);
  std::int64_t number = 0;
  if (value == nullptr || value->kind != json::Value::Kind::number) {
    return std::nullopt;
  }
  const char* end = value->text.data() + value->text.size();
  const auto [stop, error] = std::from_chars(value->text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

bool is_boolean(const json::Value* object, std::string_view name, std::string_view text) {
  const json::Value* value = object == nullptr ? nullptr : object->find(name);
  return value != nullptr && value->kind == json::Value::Kind::boolean && value->text == text;
}

// https://VAULT/secrets/NAME: the name; "" when it is no such address.
std::string name_of(std::string_view id) {
  constexpr std::string_view folder = "/secrets/";
  const std::size_t at = id.find(folder);
  if (at == std::string_view::npos) {
    return {};
  }
  const std::string_view name = id.substr(at + folder.size());
  return one_line(name.substr(0, name.find('/')), 127);
}

// Throws json::ParseError when the text is no JSON, std::runtime_error when it is no page.
Page parse_page(std::string_view body) {
  const json::Document document = json::Document::parse(body);
  const json::Value* value = document.root().find("value");
  if (value == nullptr || value->kind != json::Value::Kind::array) {
    throw std::runtime_error("the answer has no 'value' that is a list");
  }
  Page page;
  for (const json::Value& one : value->items) {
    SecretItem item;
    item.name = name_of(one.string("id"));
    if (item.name.empty()) {
      throw std::runtime_error("the answer lists what is no secret");
    }
    const json::Value* attributes = one.find("attributes");
    item.enabled = !is_boolean(attributes, "enabled", "false");
    item.expires = seconds(attributes, "exp");
    item.not_before = seconds(attributes, "nbf");
    item.content_type = one_line(one.string("contentType"));
    item.managed = is_boolean(&one, "managed", "true");
    page.items.push_back(std::move(item));
  }
  if (const json::Value* link = document.root().find("nextLink");
      link != nullptr && link->kind != json::Value::Kind::string &&
      link->kind != json::Value::Kind::null) {
    throw std::runtime_error("the answer's link to the next page is no text");
  }
  page.next_link = document.root().string("nextLink");
  return page;
}

class Listing {
public:
  Listing(const ListedVault& vault,
          HttpTransport& transport,
          AccessTokens& tokens,
          const SecretClientOptions& options,
          const Deadline& deadline)
      : vault_(vault), transport_(transport), tokens_(tokens), options_(options),
        deadline_(deadline) {}

  std::vector<SecretItem> run() {
    std::vector<SecretItem> all;
    std::set<std::string> followed;
    transport_.prepare(vault_.origin, 1);
    std::string target = fmt::format("/secrets?api-version={}&maxresults=25", k_api_version);
    for (;;) {
      Page page = get(target);
      std::move(page.items.begin(), page.items.end(), std::back_inserter(all));
      if (page.next_link.empty()) {
        return all;
      }
      if (!followed.insert(page.next_link).second) {
        refuse("the list goes in a circle: a link to the next page came twice");
      }
      target = target_of(page.next_link);
    }
  }

private:
  [[noreturn]] void refuse(std::string_view message, std::string hint = {}) const {
    throw Error(ErrorKind::refused, fmt::format("{}: {}", vault_.label, message), std::move(hint));
  }

  // Path and query of a link to the next page: another host would get the token (rules T4).
  [[nodiscard]] std::string target_of(std::string_view link) const {
    constexpr std::string_view scheme = "https://";
    const bool good = link.starts_with(scheme) && std::all_of(link.begin(), link.end(), [](char c) {
                        return c > ' ' && c <= '~';
                      });
    const std::string_view rest = good ? link.substr(scheme.size()) : std::string_view();
    const std::size_t path = rest.find_first_of("/?#");
    if (path == std::string_view::npos || rest[path] != '/' ||
        rest.find('#') != std::string_view::npos) {
      refuse("the list goes on at what is no address");
    }
    const std::string_view authority = rest.substr(0, path);
    const std::string port = fmt::format(":{}", vault_.origin.port);
    const bool same = equal_without_case(authority, vault_.origin.authority()) ||
                      equal_without_case(authority, vault_.origin.authority() + port);
    if (!same) {
      // Which one is not told: nothing out of a 2xx answer is (design.md §2).
      refuse("the list goes on at another host, which gets no token",
             "something between kvrun and the vault may have changed the answer");
    }
    return std::string(rest.substr(path));
  }

  // What a try came to: a page, or why there is none.
  struct Tried {
    std::optional<Page> page;
    std::optional<Error> error; // neither: a fresh token was fetched
    bool final = false;         // no later try will better it
    std::optional<Milliseconds> asked;
  };

  // One page, tried until it comes.
  Page get(const std::string& target) {
    Backoff backoff(options_.random);
    unreadable_once_ = false;
    ++page_;
    const TimePoint begun = transport_.now();
    for (unsigned tries = 0;; ++tries) {
      Tried tried = try_once(target, k_first_patience * (1 << std::min(tries, 6U)));
      if (tried.page) {
        if (options_.trace != nullptr) {
          options_.trace->add(
              fmt::format("list {}, page {}", vault_.label, page_), begun, transport_.now());
        }
        return std::move(*tried.page);
      }
      if (tried.error && tried.final) {
        throw Error(*tried.error);
      }
      if (tried.error) {
        wait(backoff, *tried.error, tried.asked);
      }
    }
  }

  Tried try_once(const std::string& target, Milliseconds patience) {
    const AccessTokens::Held& held = tokens_.get(vault_.audience, deadline_);
    HttpRequest request;
    request.origin = vault_.origin;
    request.target = target;
    request.patience = patience;
    SecretString bearer("Bearer ");
    bearer.append(held.token.token.reveal());
    request.headers.push_back({"Authorization", std::move(bearer)});
    request.headers.push_back({"x-ms-client-request-id", SecretString(make_uuid())});
    HttpResult result = transport_.send(std::move(request), deadline_);
    if (const auto* failure = std::get_if<TransportFailure>(&result)) {
      return {{}, failure->error().within(vault_.label), !failure->retryable(), {}};
    }
    auto& response = std::get<HttpResponse>(result);
    if (options_.log != nullptr) {
      options_.log->very_verbose(
          fmt::format("GET {}, page {}: {}", vault_.label, page_, response.status));
    }
    if (response.status == 200) {
      return read(response);
    }
    response.sent.push_back(held.token.token.clone());
    return refused(response, held);
  }

  Tried read(const HttpResponse& response) {
    try {
      return {parse_page(response.body.reveal()), {}, false, {}};
    } catch (const std::runtime_error& e) {
      const Error error(ErrorKind::refused,
                        fmt::format("{}: 200, but the answer is no list of Key Vault's: {}",
                                    vault_.label,
                                    e.what()),
                        "a proxy or something else between kvrun and the vault answered");
      // Once more, for it may have been cut by something on the way.
      return {{}, error, std::exchange(unreadable_once_, true), {}};
    }
  }

  Tried refused(const HttpResponse& response, const AccessTokens::Held& held) {
    const unsigned generation = held.generation;
    const ServiceError service = parse_service_error(response);
    const Error error = explain_listing(service, vault_.label, held.token.claims());
    const Verdict verdict = verdict_of(service);
    if (verdict == Verdict::fresh_token && generation < 2) {
      tokens_.fresh(vault_.audience, generation, deadline_);
      return {};
    }
    const bool again =
        verdict == Verdict::retry || (verdict == Verdict::access && options_.wait_for_access);
    return {{}, error, !again, retry_after(response, options_.unix_time())};
  }

  // Until the next try; throws the error, with why, when there is none.
  void wait(Backoff& backoff, const Error& error, std::optional<Milliseconds> asked) {
    const NextTry next = plan_next_try(backoff, asked, transport_.now(), deadline_);
    if (!next.why_not.empty()) {
      throw Error(error.kind(), fmt::format("{}; {}", error.message(), next.why_not), error.hint());
    }
    if (options_.log != nullptr) {
      const auto wait = std::chrono::ceil<Milliseconds>(next.at - transport_.now());
      options_.log->verbose(
          fmt::format("{}; trying again in {}", error.message(), in_seconds(wait)));
    }
    transport_.wait(next.at, -1);
    if (deadline_.over(transport_.now())) {
      throw Error(
          error.kind() == ErrorKind::refused ? ErrorKind::refused : ErrorKind::unavailable,
          fmt::format("{}; out of time after {}", error.message(), in_seconds(deadline_.budget())),
          error.hint());
    }
  }

  // A try that is met with silence is given up after this long, as a read's.
  static constexpr Milliseconds k_first_patience{10'000};

  const ListedVault& vault_;
  HttpTransport& transport_;
  AccessTokens& tokens_;
  const SecretClientOptions& options_;
  const Deadline& deadline_;
  bool unreadable_once_ = false;
  unsigned page_ = 0;
};

} // namespace

std::vector<SecretItem> list_secrets(const ListedVault& vault,
                                     HttpTransport& transport,
                                     AccessTokens& tokens,
                                     const SecretClientOptions& options,
                                     const Deadline& deadline) {
  return Listing(vault, transport, tokens, options, deadline).run();
}

} // namespace kvrun::azure
