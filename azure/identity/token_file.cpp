// SPDX-License-Identifier: MIT
#include "azure/identity/source.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <sys/stat.h>

#include <utility>

namespace kvrun::azure {

namespace {

constexpr std::size_t k_largest_token = std::size_t{64} * 1024;
constexpr std::int64_t k_least_life = 30;
// A token that is no JWT does not say how long it lives.
constexpr std::int64_t k_unknown_life = 3600;

// A token that somebody else got (identity.md §12). It is not asked for twice: the file has one.
class TokenFile final : public TokenCredential {
public:
  TokenFile(IdentityContext context, std::string path)
      : context_(std::move(context)), path_(std::move(path)) {}

  [[nodiscard]] std::string_view kind() const override { return "token-file"; }

  [[nodiscard]] AccessToken get_token(std::string_view audience,
                                      const Deadline& deadline) override {
    const SecretString content = read_file(path_, k_largest_token, ErrorKind::refused, deadline);
    warn_if_shared();
    AccessToken token = parse(trim(content.reveal()));
    if (token.expires_on - context_.unix_time() <= k_least_life) {
      throw Error(ErrorKind::refused,
                  fmt::format("identity 'token-file': the token in '{}' has expired", path_),
                  "write a new token into the file");
    }
    if (!may_be_for(token, audience)) {
      context_.log.warning(
          fmt::format("identity 'token-file': the token in '{}' is for another audience than {}",
                      path_,
                      audience));
    }
    return token;
  }

private:
  void warn_if_shared() {
    struct stat status {};
    const bool shared = ::stat(path_.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
                        (status.st_mode & (S_IRGRP | S_IROTH)) != 0;
    if (shared && !std::exchange(warned_, true)) {
      context_.log.warning(fmt::format(
          "identity 'token-file': other users can read '{}': chmod 600 makes it yours alone",
          path_));
    }
  }

  [[nodiscard]] AccessToken parse(std::string_view text) const {
    try {
      AccessToken token = make_token(text, 0);
      token.expires_on = token.claims().expires_on;
      if (token.expires_on == 0) {
        token.expires_on = context_.unix_time() + k_unknown_life;
      }
      return token;
    } catch (const NoToken&) {
      throw Error(ErrorKind::refused,
                  text.empty()
                      ? fmt::format("identity 'token-file': '{}' is empty", path_)
                      : fmt::format("identity 'token-file': '{}' does not hold a token", path_),
                  "the file holds one access token and nothing else");
    }
  }

  IdentityContext context_;
  std::string path_;
  bool warned_ = false;
};

} // namespace

std::unique_ptr<TokenCredential> make_token_file(const IdentitySetting& setting,
                                                 const IdentityContext& context) {
  if (setting.value.empty()) {
    throw Error(ErrorKind::usage, "identity 'token-file' needs a path", "write token-file=PATH");
  }
  return std::make_unique<TokenFile>(context, setting.value);
}

} // namespace kvrun::azure
