// SPDX-License-Identifier: MIT
#include "base/place.hpp"

#include <gtest/gtest.h>

namespace kvrun {
namespace {

TEST(Place, IsWrittenAsEditorsReadIt) {
  EXPECT_EQ((Place{"kvrun.yaml", 7, 12}).text(), "kvrun.yaml:7:12");
  EXPECT_EQ((Place{"vars.env", 3, 0}).text(), "vars.env:3");
  EXPECT_EQ((Place{"-e", 0, 0}).text(), "-e");
  EXPECT_EQ(Place{}.text(), "");
}

TEST(Problems, AreToldWithTheirPlaceAllInOneRun) {
  Problems problems;
  problems.add({"kvrun.yaml", 7, 12}, "unknown key 'enw'", "did you mean 'env'?");
  problems.add(Place{}, "nothing to provide");
  problems.add(Error(ErrorKind::refused, "no such secret"));
  try {
    problems.raise();
    FAIL() << "it raised nothing";
  } catch (const Errors& errors) {
    ASSERT_EQ(errors.all().size(), 3U);
    EXPECT_EQ(errors.all()[0].message(), "kvrun.yaml:7:12: unknown key 'enw'");
    EXPECT_EQ(errors.all()[0].hint(), "did you mean 'env'?");
    EXPECT_EQ(errors.all()[0].kind(), ErrorKind::usage);
    EXPECT_EQ(errors.all()[1].message(), "nothing to provide");
    EXPECT_EQ(errors.all()[2].kind(), ErrorKind::refused);
  }
}

TEST(Problems, WithAnOptionAreAWrongCommandLine) {
  Problems problems;
  const Place option = Place::of_option("--vault");
  problems.add(option, "no vault");
  problems.add(error_at(option, Error(ErrorKind::refused, "no access", "ask for it")));
  ASSERT_EQ(problems.all().size(), 2U);
  EXPECT_EQ(problems.all()[0].message(), "--vault: no vault");
  EXPECT_EQ(problems.all()[0].kind(), ErrorKind::command_line);
  EXPECT_EQ(problems.all()[1].message(), "--vault: no access");
  EXPECT_EQ(problems.all()[1].hint(), "ask for it");
  EXPECT_EQ(problems.all()[1].kind(), ErrorKind::refused);
}

TEST(Problems, RaiseNothingWhenThereAreNone) {
  const Problems problems;
  EXPECT_TRUE(problems.empty());
  EXPECT_NO_THROW(problems.raise());
}

} // namespace
} // namespace kvrun
