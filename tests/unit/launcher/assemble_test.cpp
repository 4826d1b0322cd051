// SPDX-License-Identifier: MIT
// What the command is given of what was bound: rules A31, A40.
#include "launcher/assemble.hpp"
#include "tests/unit/launcher/call.hpp"

#include <sys/stat.h>

#include <fstream>
#include <iterator>

namespace kvrun::launcher {
namespace {

Assembled assembled(Call& call) {
  std::vector<Error> errors;
  Assembled made = assemble(call.plan().inherited, call.bind().variables, nullptr, errors);
  EXPECT_TRUE(errors.empty());
  return made;
}

// The content and the mode of the file that a variable names.
std::pair<std::string, unsigned> file_of(const Assembled& made, const char* name) {
  const std::string path(made.environment.get(name).value_or(""));
  std::ifstream in(path, std::ios::binary);
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << name;
  return {{std::istreambuf_iterator<char>(in), {}}, status.st_mode & 07777U};
}

TEST(Assembled, LeavesWhatIsAbsentAsInherited) {
  Call call;
  call.config(
          "vault: kv1\nenv: { A: { ref: a, required: false }, B: { ref: b, required: false } }\n"
          "files: { F: { ref: f, required: false } }\n")
      .with({"A=inherited", "F=inherited too"});
  EXPECT_EQ(texts_of(assembled(call).environment),
            (Texts{"PATH=/usr/bin:/bin", "A=inherited", "F=inherited too"}));
}

TEST(Assembled, HasAFileOfEachKindOfEntry) {
  using File = std::pair<std::string, unsigned>;
  Call call;
  call.config("vault: kv1\nfiles:\n"
              "  REFERENCE: a\n"
              "  DECODED: { ref: hex, decode: hex, mode: '0444' }\n"
              "  TEMPLATE: { template: 'x {{ a }}' }\n"
              "  LITERAL: { value: text, mode: '0444' }\n"
              "  DEFAULT: { ref: nowhere, default: d }\n")
      .holds("a", "s3cret")
      .holds("hex", "6100");
  const Assembled made = assembled(call);
  EXPECT_EQ(file_of(made, "REFERENCE"), File("s3cret", 0400));
  EXPECT_EQ(file_of(made, "DECODED"), File(std::string("a\0", 2), 0444));
  EXPECT_EQ(file_of(made, "TEMPLATE"), File("x s3cret", 0400));
  EXPECT_EQ(file_of(made, "LITERAL"), File("text", 0444));
  EXPECT_EQ(file_of(made, "DEFAULT"), File("d", 0400));
}

TEST(Assembled, HasTwoFilesForTwoEntriesOfOneSecret) {
  Call call;
  call.config("vault: kv1\nfiles: { F: a, G: a }\n").holds("a", "s3cret");
  const Assembled made = assembled(call);
  EXPECT_NE(made.environment.get("F"), made.environment.get("G"));
}

} // namespace
} // namespace kvrun::launcher
