// SPDX-License-Identifier: MIT
#include "base/error.hpp"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace kvrun {
namespace {

int status_of(const std::vector<ErrorKind>& kinds) {
  std::vector<Error> errors;
  errors.reserve(kinds.size());
  for (const ErrorKind kind : kinds) {
    errors.emplace_back(kind, "x");
  }
  return exit_status(errors);
}

TEST(ExitStatus, TellsWhatHelps) {
  EXPECT_EQ(exit_status(ErrorKind::command_line), 125);
  EXPECT_EQ(exit_status(ErrorKind::usage), 125);
  EXPECT_EQ(exit_status(ErrorKind::not_runnable), 126);
  EXPECT_EQ(exit_status(ErrorKind::not_found), 127);
  EXPECT_EQ(exit_status(ErrorKind::refused), 123);
  EXPECT_EQ(exit_status(ErrorKind::unavailable), 124);
}

TEST(ExitStatus, OfSeveralIsTheOneThatWaitingDoesNotHelp) {
  EXPECT_EQ(status_of({}), 0);
  EXPECT_EQ(status_of({ErrorKind::unavailable, ErrorKind::unavailable}), 124);
  EXPECT_EQ(status_of({ErrorKind::unavailable, ErrorKind::refused}), 123);
  EXPECT_EQ(status_of({ErrorKind::refused, ErrorKind::unavailable, ErrorKind::not_found}), 127);
  EXPECT_EQ(status_of({ErrorKind::refused, ErrorKind::not_runnable}), 126);
  EXPECT_EQ(status_of({ErrorKind::not_found, ErrorKind::refused, ErrorKind::usage}), 125);
}

TEST(Error, SaysWhatWasBeingAttempted) {
  const Error error(ErrorKind::refused, "403 Forbidden", "ask for the role");
  const Error whole = error.within("prod/db-password").within("DB_PASSWORD");
  EXPECT_EQ(whole.message(), "DB_PASSWORD: prod/db-password: 403 Forbidden");
  EXPECT_STREQ(whole.what(), whole.message().c_str());
  EXPECT_EQ(whole.hint(), "ask for the role");
  EXPECT_EQ(whole.kind(), ErrorKind::refused);
}

TEST(Errors, AreCaughtAsAnException) {
  try {
    throw Errors({Error(ErrorKind::usage, "first"), Error(ErrorKind::usage, "second")});
  } catch (const std::exception& error) {
    EXPECT_STREQ(error.what(), "first");
  }
}

} // namespace
} // namespace kvrun
