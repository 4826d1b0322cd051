// SPDX-License-Identifier: MIT
// The completions, asked in their own shells.
#include "azure/identity/credential.hpp"
#include "base/text.hpp"
#include "launcher/option_table.hpp"
#include "launcher/subcommand/completion_script.hpp"
#include "tests/unit/launcher/call.hpp"
#include "tests/unit/launcher/shell.hpp"

#include <stdlib.h>

#include <algorithm>
#include <filesystem>

namespace kvrun::launcher {
namespace {

constexpr std::string_view k_config = "profiles:\n  dev: { vault: contoso-dev }\n"
                                      "  prod:\n    vault: contoso-prod\n"
                                      "  $(touch bad): {}\n"
                                      "env: { A: a }\n";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) {
    if (!line.empty()) {
      lines.emplace_back(line.substr(0, line.find('\t'))); // fish describes each
    }
  }
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

// What an interactive zsh reads first: it answers ./line, and ends.
constexpr std::string_view k_zshrc = R"zsh(
fpath=($PWD $fpath)
autoload -Uz compinit
compinit -u -D
[[ -f script ]] && source ./script
# What the completion adds goes to ./offered too. With -O, -A or -D it adds nothing.
compadd() {
  builtin compadd "$@"
  local -i status_of_it=$?
  local -a matches
  if [[ " ${@[1,(i)(-|--)]} " != *' -'[OAD]' '* ]]; then
    builtin compadd -A matches "$@"
    print -rl -- $matches >> offered
  fi
  return status_of_it
}
zle-line-init() {
  BUFFER=$(<line) CURSOR=$#BUFFER
  zle complete-word
  exit
}
zle -N zle-line-init
bindkey -e
)zsh";

// Completion needs zsh's line editor, which needs a terminal.
constexpr std::string_view k_zsh = R"zsh(
: > offered
zmodload zsh/zpty
zpty asked 'zsh -i -o NO_GLOBAL_RCS'
while zpty -r asked ignored; do :; done
cat offered
)zsh";

// bash is asked as its line editor asks: words end at '=' and ':' too.
constexpr std::string_view k_bash = R"bash(
source ./script
COMP_LINE=$(< line) COMP_WORDS=()
rest=$COMP_LINE
while [[ -n $rest ]]; do
  case $rest in
  ' ') word='' ;;
  ' '*) rest=${rest# } && continue ;;
  [=:]*) word=${rest%%[^=:]*} ;;
  *) word=${rest%%[=:\ ]*} ;;
  esac
  COMP_WORDS+=("$word")
  [[ -n $word ]] || break
  rest=${rest#"$word"}
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_kvrun 2>&1
printf '%s\n' "${COMPREPLY[@]}"
)bash";

// A shell that has loaded the completion, in a directory with a config.
class Shell {
public:
  explicit Shell(std::string name) : name_(std::move(name)) {
    folder.write("script", completion_script(name_));
    folder.write("kvrun.yaml", k_config);
    folder.write("other.yaml", "profiles:\n  stage: {}\n");
    folder.write(".zshrc", k_zshrc);
  }

  // What it offers for the last of the words.
  [[nodiscard]] std::vector<std::string> offers(const std::string& words) const {
    folder.write("line", "kvrun " + words);
    folder.write("ask",
                 name_ == "fish" ? "source script; complete -C 'kvrun " + words + "'"
                                 : std::string(name_ == "zsh" ? k_zsh : k_bash));
    return lines_of(output_of("cd " + folder.path() + " && env -u KVRUN_CONFIG -u ZDOTDIR HOME=" +
                              folder.path() + " " + name_ + " ./ask"));
  }

  azure::TemporaryFolder folder;

private:
  std::string name_;
};

using Words = std::vector<std::string>;

Words sorted(Words words) {
  std::sort(words.begin(), words.end());
  return words;
}
template <typename Range> Words words_of(const Range& range) {
  Words words;
  for (const auto& one : range) {
    words.emplace_back(one);
  }
  return sorted(words);
}
bool holds(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Completion : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override {
    if (::system(("command -v " + GetParam() + " > /dev/null").c_str()) !=
        0) { // NOLINT(cert-env33-c): a test
      GTEST_SKIP() << GetParam() << " is not installed";
    }
  }
};

TEST_P(Completion, OffersTheSubcommands) {
  const Shell shell(GetParam());
  for (const VerbSpec& verb : k_verbs) {
    const std::string begun(verb.name.substr(0, 3));
    EXPECT_TRUE(holds(shell.offers(begun), std::string(verb.name))) << begun;
  }
}

TEST_P(Completion, OffersEveryOptionOfASubcommandAndNoOther) {
  const Shell shell(GetParam());
  for (const VerbSpec& verb : k_verbs) {
    Words expected;
    for (const OptionSpec& option : k_options) {
      if ((option.verbs & verb_bit(verb.verb)) != 0) {
        expected.push_back("--" + std::string(option.name));
      }
    }
    Words offered = shell.offers(std::string(verb.name) + " --");
    std::erase_if(offered, [](const std::string& word) { return !word.starts_with("--"); });
    EXPECT_EQ(offered, sorted(expected)) << verb.name;
  }
}

TEST_P(Completion, OffersTheFormatsOfASubcommand) {
  const Shell shell(GetParam());
  EXPECT_EQ(shell.offers("export --format "), words_of(k_export_formats));
  EXPECT_EQ(shell.offers("list -v --format "), words_of(k_report_formats));
}

TEST_P(Completion, OffersTheKindsOfIdentity) {
  const Shell shell(GetParam());
  EXPECT_EQ(shell.offers("--identity "), words_of(azure::identity_kinds()));
  EXPECT_EQ(shell.offers("check --identity azure-d"), Words{"azure-developer-cli"});
}

TEST_P(Completion, OffersTheProfilesOfTheConfig) {
  const Shell shell(GetParam());
  EXPECT_EQ(shell.offers("-p "), (Words{"dev", "prod"}));
  EXPECT_EQ(shell.offers("check --profile p"), Words{"prod"});
  EXPECT_EQ(shell.offers("-c other.yaml -p "), Words{"stage"});
  EXPECT_EQ(shell.offers("-c none.yaml -p "), Words{});
}

TEST_P(Completion, OffersShellsAndFiles) {
  const Shell shell(GetParam());
  EXPECT_EQ(shell.offers("completion "), words_of(k_shells));
  EXPECT_EQ(shell.offers("render oth"), Words{"other.yaml"});
  EXPECT_TRUE(holds(shell.offers("-c kv"), "kvrun.yaml"));
}

TEST_P(Completion, OffersCommandsAfterTheOptions) {
  const Shell shell(GetParam());
  EXPECT_TRUE(holds(shell.offers("-v -- pr"), "printf"));
  EXPECT_TRUE(holds(shell.offers("check -- pr"), "printf"));
  EXPECT_TRUE(holds(shell.offers("pr"), "printf"));
}

TEST_P(Completion, GoesOnAfterAValueThatHoldsAnEqualsSignOrAColon) {
  const Shell shell(GetParam());
  EXPECT_TRUE(holds(shell.offers("-e A=db-password chec"), "check"));
  EXPECT_TRUE(holds(shell.offers("-e A=kv://kv1/x -- pr"), "printf"));
  EXPECT_TRUE(holds(shell.offers("--vault https://kv1.vault.azure.net/ rea"), "read"));
  EXPECT_TRUE(holds(shell.offers("--connect-to :443:127.0.0.1:8443 rea"), "read"));
  EXPECT_EQ(shell.offers("--config=other.yaml -p "), Words{"stage"});
  const Words formats = shell.offers("export --format=js");
  ASSERT_EQ(formats.size(), 1U);
  EXPECT_TRUE(formats[0].ends_with("json")) << formats[0];
}

TEST_P(Completion, OffersAFileAndNoCommandAfterTheDashesOfASubcommand) {
  const Shell shell(GetParam());
  EXPECT_EQ(shell.offers("render -- oth"), Words{"other.yaml"});
  EXPECT_FALSE(holds(shell.offers("read -- pr"), "printf"));
}

INSTANTIATE_TEST_SUITE_P(, Completion, testing::Values("bash", "fish", "zsh"));

TEST(CompletionOfZsh, IsFoundWhereZshKeepsItsFunctions) {
  if (::system("command -v zsh > /dev/null") != 0) { // NOLINT(cert-env33-c): a test
    GTEST_SKIP() << "zsh is not installed";
  }
  const Shell shell("zsh");
  std::filesystem::rename(shell.folder.path() + "/script", shell.folder.path() + "/_kvrun");
  EXPECT_EQ(shell.offers("che"), Words{"check"});
  EXPECT_EQ(shell.offers("-p p"), Words{"prod"});
}

} // namespace
} // namespace kvrun::launcher
