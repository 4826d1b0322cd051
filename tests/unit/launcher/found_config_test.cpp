// SPDX-License-Identifier: MIT
// rules T9, design.md §3
#include "launcher/found_config.hpp"
#include "tests/unit/launcher/call.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace kvrun::launcher {
namespace {

constexpr uid_t k_someone = 12345;

// A working directory of the test's own.
class FoundConfigFile : public testing::Test {
protected:
  FoundConfigFile() { std::filesystem::current_path(call_.folder.path()); }
  void TearDown() override { std::filesystem::current_path(before_); }

  static std::string refusal() {
    try {
      static_cast<void>(find_config());
      ADD_FAILURE() << "it was believed";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::usage);
      return error.message() + " (" + error.hint() + ")";
    }
    return {};
  }
  void write(std::string_view text = "", mode_t mode = 0600) const {
    call_.folder.write(k_config_name, text, mode);
  }
  Call call_;

private:
  std::filesystem::path before_ = std::filesystem::current_path();
};

TEST_F(FoundConfigFile, IsTheOneInTheWorkingDirectory) {
  EXPECT_FALSE(find_config().has_value());
  write();
  const auto found = find_config();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->file, "kvrun.yaml");
  EXPECT_TRUE(found->of_caller_or_root);
}

TEST_F(FoundConfigFile, IsNeverAParents) {
  write();
  std::filesystem::create_directory("below");
  std::filesystem::current_path("below");
  EXPECT_FALSE(find_config().has_value());
  EXPECT_EQ(parents_config(), std::filesystem::canonical("../kvrun.yaml").string());
}

TEST_F(FoundConfigFile, IsNotBelievedWhereEveryoneCanWriteIt) {
  write("", 0666);
  const std::string text = refusal();
  expect_holds(text, "everyone can write it");
  expect_holds(text, "kvrun -c kvrun.yaml -- COMMAND");
  write("", 0664);
  EXPECT_TRUE(find_config().has_value());
}

TEST_F(FoundConfigFile, IsARegularFile) {
  ASSERT_EQ(::mkfifo(k_config_name, 0600), 0);
  const std::string text = refusal();
  expect_holds(text, "not a regular file");
  expect_holds(text, "kvrun -c kvrun.yaml -- COMMAND");
  std::filesystem::remove(k_config_name);
  std::filesystem::create_directory(k_config_name);
  expect_holds(refusal(), "not a regular file ()"); // which '-c' does not take either
}

TEST_F(FoundConfigFile, IsJudgedByItsTargetWhereItIsALink) {
  call_.folder.write("target.yaml", "", 0666);
  std::filesystem::create_symlink("target.yaml", k_config_name);
  expect_holds(refusal(), "everyone can write it");
  ::chmod("target.yaml", 0600);
  EXPECT_TRUE(find_config().has_value());
  std::filesystem::remove("target.yaml");
  expect_holds(refusal(), "cannot be read");
}

TEST_F(FoundConfigFile, IsItsOwnersOrTheDirectorys) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can give a file away";
  }
  write();
  ASSERT_EQ(::chown(k_config_name, k_someone, static_cast<gid_t>(-1)), 0);
  expect_holds(refusal(), "neither to you, nor to root, nor to the directory's owner");
  // CI runs as root over the runner's checkout.
  ASSERT_EQ(::chown(".", k_someone, static_cast<gid_t>(-1)), 0);
  const auto found = find_config();
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->of_caller_or_root);
}

TEST_F(FoundConfigFile, IsBelievedAsItIsWhereItIsNamed) {
  call_.words = {"-c", "kvrun.yaml"};
  write("vault: kv1\n", 0666);
  if (::geteuid() == 0) {
    ASSERT_EQ(::chown(k_config_name, k_someone, static_cast<gid_t>(-1)), 0);
  }
  EXPECT_TRUE(call_.problems().empty());
}

// ---- what one that nobody named may say

TEST_F(FoundConfigFile, MaySetNoLoaderName) {
  write("vault: kv1\nenv: { LD_PRELOAD: a, OK: b }\nfiles: { BASH_ENV: c }\n");
  const Texts problems = call_.problems();
  ASSERT_EQ(problems.size(), 2U);
  expect_holds(problems[0], "kvrun.yaml:2:8: 'LD_PRELOAD'");
  expect_holds(problems[0], "kvrun -c kvrun.yaml");
}

TEST_F(FoundConfigFile, MaySetNoLoaderNameThroughABundleEither) {
  for (const char* bundle : {"rename: { x: LD_PRELOAD }",
                             "only: [ LD_PRELOAD ]",
                             "prefix: LD_, only: [ PRELOAD ]",
                             "only: [ PATH ]"}) {
    write(fmt::format("vault: kv1\nbundles: [ {{ ref: app, {} }} ]\n", bundle));
    Call call;
    expect_holds(call.problem(), "kvrun.yaml:2:12: '");
  }
}

TEST_F(FoundConfigFile, MaySetALoaderNameWhereItIsNamed) {
  write("vault: kv1\nenv: { LD_PRELOAD: a }\n");
  call_.words = {"-c", "kvrun.yaml"};
  EXPECT_TRUE(call_.problems().empty());
}

TEST_F(FoundConfigFile, MayChooseAnIdentityWhereItIsTheCallers) {
  write("identity: azure-cli\n");
  EXPECT_TRUE(call_.problems().empty());
}

TEST_F(FoundConfigFile, OfAStrangerMayNotChooseEveryIdentity) {
  if (::geteuid() != 0) {
    GTEST_SKIP() << "only root can give a file away";
  }
  for (const char* identity :
       {"azure-cli", "azure-developer-cli", "token-file=t", "client-certificate=c", "vm"}) {
    write(std::string("identity: ") + identity + "\n");
    ASSERT_EQ(::chown(k_config_name, k_someone, static_cast<gid_t>(-1)), 0);
    ASSERT_EQ(::chown(".", k_someone, static_cast<gid_t>(-1)), 0);
    Call call;
    EXPECT_EQ(call.problems().size(), std::string(identity) == "vm" ? 0U : 1U) << identity;
    ASSERT_EQ(::chown(k_config_name, 0, static_cast<gid_t>(-1)), 0);
  }
}

} // namespace
} // namespace kvrun::launcher
