// SPDX-License-Identifier: MIT
#include "emulator/environment.hpp"
#include "emulator/host_setup.hpp"

#include <gtest/gtest.h>

namespace kvrun::emulator {
namespace {

Environment environment_of(std::vector<std::string> entries) {
  std::vector<char*> pointers;
  pointers.reserve(entries.size() + 1);
  for (std::string& entry : entries) {
    pointers.push_back(entry.data());
  }
  pointers.push_back(nullptr);
  return Environment(pointers.data());
}

TEST(EmulatorEnvironment, SetsOverWhatIsInherited) {
  Environment environment = environment_of({"A=1", "B=2", "odd"});
  environment.set("A", "new");
  EXPECT_EQ(environment.get("A"), "new");
  EXPECT_EQ(environment.get("B"), "2");
  EXPECT_EQ(environment.entries(), (std::vector<std::string>{"B=2", "odd", "A=new"}));
}

TEST(EmulatorEnvironment, LosesTheIdentitiesOfOtherHosts) {
  Environment environment = environment_of({"IDENTITY_ENDPOINT=http://127.0.0.1:1",
                                            "AZURE_CLIENT_SECRET=x",
                                            "KVRUN_IDENTITY=vm",
                                            "IDENTITY=kept",
                                            "PATH=/bin"});
  remove_identities(environment);
  EXPECT_EQ(environment.entries(), (std::vector<std::string>{"IDENTITY=kept", "PATH=/bin"}));
}

TEST(EmulatorEnvironment, KeepsTheCallersProxyFromTheEmulator) {
  Environment environment = environment_of({"https_proxy=http://proxy:8080", "NO_PROXY=.internal"});
  bypass_proxy(environment);
  EXPECT_EQ(environment.get("https_proxy"), "http://proxy:8080");
  for (const char* name : {"no_proxy", "NO_PROXY"}) {
    const std::string bypass = environment.get(name);
    EXPECT_TRUE(bypass.starts_with(".internal,localhost,127.0.0.1,.vault.azure.net,")) << bypass;
  }
}

TEST(EmulatorEnvironment, LeavesNoProxyAloneWhereThereIsNoProxy) {
  Environment environment = environment_of({"NO_PROXY=.internal"});
  bypass_proxy(environment);
  EXPECT_TRUE(environment.changes().empty());
}

TEST(EmulatorEnvironment, OnlyQuotesWhatAShellWouldChange) {
  EXPECT_EQ(shell_word(":443:127.0.0.1:4711"), ":443:127.0.0.1:4711");
  EXPECT_EQ(shell_word(""), "''");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("a~b&c"), "'a~b&c'");
}

} // namespace
} // namespace kvrun::emulator
