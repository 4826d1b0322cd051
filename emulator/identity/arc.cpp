// SPDX-License-Identifier: MIT
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "emulator/clouds.hpp"
#include "emulator/identity/identity.hpp"
#include "emulator/random.hpp"

#include <fmt/format.h>

#include <fcntl.h>

#include <cerrno>
#include <deque>
#include <mutex>
#include <system_error>

namespace kvrun::emulator {
namespace {

// The agent of an Azure Arc-enabled server: who can read the key's file may have a token
// (identity.md §6).
class Arc final : public IdentityEndpoint {
public:
  Arc(IdentityContext context, std::string folder)
      : context_(std::move(context)), folder_(std::move(folder)) {}

  [[nodiscard]] std::string_view path() const override { return "/metadata/identity/oauth2/token"; }

  [[nodiscard]] Answer answer(const Request& request) override {
    const std::string* metadata = request.header("Metadata");
    if (metadata == nullptr || *metadata != "true") {
      return flat_error(context_, 400, "invalid_request", "Required metadata header not specified");
    }
    if (without_slash(request.path) != path()) {
      return bare_answer(context_, 404);
    }
    if (request.method != "GET") {
      return bare_answer(context_, 405);
    }
    const std::string* version = request.parameter("api-version");
    if (version == nullptr ||
        (*version != "2020-06-01" && *version != "2019-11-01" && *version != "2019-08-15")) {
      return flat_error(context_, 400, "invalid_request", "The api-version is not supported");
    }
    const std::string* authorization = request.header("Authorization");
    if (authorization == nullptr || !take_key(*authorization)) {
      return challenge();
    }
    return token(request);
  }

  [[nodiscard]] Answer failure(int status, std::string_view code) const override {
    if (status == 403) {
      return flat_error(context_, 403, code.empty() ? "access_denied" : code, "Access is denied");
    }
    return metadata_error(context_, status, code);
  }

private:
  struct Key {
    std::string path;
    std::string content;
  };

  [[nodiscard]] Answer challenge() {
    constexpr std::size_t most = 64;
    const Key key{fmt::format("{}/{}.key", folder_, random_uuid()),
                  std::string(encode_base64(random_bytes(24)).reveal()) + "=="};
    write(key);
    const std::scoped_lock lock(mutex_);
    keys_.push_back(key);
    if (keys_.size() > most) {
      ::unlink(keys_.front().path.c_str());
      keys_.pop_front();
    }
    Answer answer = bare_answer(context_, 401);
    answer.headers.emplace_back("WWW-Authenticate", fmt::format("Basic realm={}", key.path));
    return answer;
  }

  static void write(const Key& key) {
    constexpr mode_t mode = 0400;
    const UniqueFd file(::open(key.path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file || ::write(file.get(), key.content.data(), key.content.size()) < 0) {
      throw std::system_error(errno, std::generic_category(), key.path);
    }
  }

  // Whether it holds a key that was given out and not used; a key is good once.
  [[nodiscard]] bool take_key(std::string_view authorization) {
    const std::scoped_lock lock(mutex_);
    for (auto key = keys_.begin(); key != keys_.end(); ++key) {
      if (authorization == "Basic " + key->content) {
        ::unlink(key->path.c_str());
        keys_.erase(key);
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] Answer token(const Request& request) const {
    const auto selectors = values_of(request.query, {"client_id", "object_id", "msi_res_id"});
    if (!has_only(request.query,
                  {"api-version", "resource", "client_id", "object_id", "msi_res_id"}) ||
        selectors.size() > 1 || has_repeated_name(request.query)) {
      return flat_error(context_, 400, "invalid_request", "Invalid query parameters");
    }
    if (!selectors.empty() && !context_.is_attached(selectors.front())) {
      return flat_error(context_, 400, "invalid_request", "Identity not found");
    }
    const std::string* audience = request.parameter("resource");
    if (audience == nullptr || !is_known_audience(*audience)) {
      return flat_error(context_,
                        400,
                        "invalid_resource",
                        "AADSTS500011: The resource principal was not found in the tenant.");
    }
    std::string echo; // a client refuses a token without it
    for (const std::string_view name : {"client_id", "object_id", "msi_res_id"}) {
      if (const std::string* value = request.parameter(name)) {
        echo += fmt::format(R"(,"{}":{})", name, json::quote(*value));
      }
    }
    const std::int64_t life = context_.life(86400);
    const std::int64_t now = context_.issuer->now();
    return json_answer(context_,
                       200,
                       fmt::format(R"({{"access_token":"{}","expires_in":"{}","expires_on":"{}",)"
                                   R"("not_before":"{}","resource":{},"token_type":"Bearer"{}}})",
                                   context_.issuer->access_token(*audience, life),
                                   life,
                                   now + life,
                                   now - 300,
                                   json::quote(*audience),
                                   echo));
  }

  IdentityContext context_;
  std::string folder_;
  std::deque<Key> keys_;
  std::mutex mutex_;
};

} // namespace

std::unique_ptr<IdentityEndpoint> make_arc(IdentityContext context, std::string key_folder) {
  return std::make_unique<Arc>(std::move(context), std::move(key_folder));
}

} // namespace kvrun::emulator
