// SPDX-License-Identifier: MIT
#include "config/loader_names.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace kvrun::config {
namespace {

TEST(LoaderNames, HoldWhatChangesHowProgramsLoadOrFindThings) {
  for (const std::string_view name : {"LD_PRELOAD",
                                      "LD_LIBRARY_PATH",
                                      "LD_AUDIT",
                                      "PATH",
                                      "BASH_ENV",
                                      "ENV",
                                      "IFS",
                                      "NODE_OPTIONS",
                                      "PYTHONPATH",
                                      "PERL5OPT",
                                      "RUBYOPT",
                                      "JAVA_TOOL_OPTIONS",
                                      "GLIBC_TUNABLES",
                                      "GIT_SSH_COMMAND",
                                      "GIT_CONFIG_KEY_0",
                                      "DOTNET_STARTUP_HOOKS",
                                      "EDITOR"}) {
    EXPECT_TRUE(is_loader_name(name)) << name;
  }
}

TEST(LoaderNames, LeaveOrdinaryVariablesAlone) {
  for (const std::string_view name : {"",
                                      "DB_PASSWORD",
                                      "PATHS",
                                      "XPATH",
                                      "OLD_PRELOAD",
                                      "path",
                                      "ENVIRONMENT",
                                      "PYTHONUNBUFFERED",
                                      "NODE_ENV",
                                      "DOTNET_ENVIRONMENT",
                                      "GIT_TOKEN",
                                      "NPM_TOKEN",
                                      "SSL_CERT_FILE",
                                      "GOOGLE_APPLICATION_CREDENTIALS"}) {
    EXPECT_FALSE(is_loader_name(name)) << name;
  }
}

TEST(LoaderNames, AreEachThereOnceWithAWildcardOnlyAtTheEnd) {
  std::set<std::string_view> seen;
  for (const std::string_view name : loader_names()) {
    EXPECT_TRUE(seen.insert(name).second) << name;
    const std::size_t star = name.find('*');
    EXPECT_TRUE(star == std::string_view::npos || star + 1 == name.size()) << name;
    EXPECT_NE(star, 0U) << name;
    EXPECT_TRUE(is_loader_name(name)) << name;
  }
}

} // namespace
} // namespace kvrun::config
