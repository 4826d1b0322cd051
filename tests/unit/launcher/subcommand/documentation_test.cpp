// SPDX-License-Identifier: MIT
// What users read must say what the program knows: the option table, the verbs, the messages.
#include "base/text.hpp"
#include "launcher/option_table.hpp"
#include "launcher/subcommand/completion_script.hpp"
#include "tests/unit/launcher/call.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <set>

namespace kvrun::launcher {
namespace {

const std::filesystem::path k_source = KVRUN_SOURCE_DIR;

std::string content_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ManualPage, HasEveryOptionWithItsArgument) {
  const std::string page = content_of(k_source / "docs/kvrun.1.md");
  for (const OptionSpec& option : k_options) {
    std::string entry =
        option.letter == '\0' ? std::string("\n`") : fmt::format("\n`-{}`, `", option.letter);
    entry += fmt::format("--{}`", option.name);
    entry +=
        option.argument.empty() ? std::string("\n: ") : fmt::format(" *{}*\n: ", option.argument);
    if (option.argument == "NAME,...") {
      entry = fmt::format("\n`--{}` *NAME[,NAME...]*\n: ", option.name);
    }
    expect_holds(page, entry);
  }
}

TEST(ManualPage, HasEverySubcommandAndFormat) {
  const std::string page = content_of(k_source / "docs/kvrun.1.md");
  for (const VerbSpec& verb : k_verbs) {
    expect_holds(page, fmt::format("\n    kvrun {}", verb.name));
    expect_holds(page, fmt::format("\n**{}**", verb.name));
  }
  for (const std::string_view format : k_export_formats) {
    expect_holds(page, fmt::format("| `{}` |", format));
  }
  for (const std::string_view kind : azure::identity_kinds()) {
    expect_holds(page, fmt::format("`{}", kind));
  }
}

TEST(ManualPage, NamesNoOptionThatIsNone) {
  const std::string page = content_of(k_source / "docs/kvrun.1.md");
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz-";
  std::size_t found = 0;
  for (std::size_t at = page.find("`--"); at != std::string::npos; at = page.find("`--", at + 1)) {
    const std::size_t begin = at + 3;
    const std::string name = page.substr(begin, page.find_first_not_of(letters, begin) - begin);
    if (!name.empty()) { // else it is `--` itself
      EXPECT_NE(find_option(name), nullptr) << name;
      ++found;
    }
  }
  EXPECT_GT(found, k_options.size());
}

TEST(Help, HasEveryOptionAndSubcommand) {
  const std::string help = help_text();
  for (const OptionSpec& option : k_options) {
    expect_holds(help, fmt::format("--{}", option.name));
    expect_holds(help, option.help);
  }
  for (const VerbSpec& verb : k_verbs) {
    expect_holds(help, fmt::format("kvrun {} ", verb.name));
    expect_holds(help, verb.help);
  }
}

TEST(Completions, HaveEveryOptionAndSubcommand) {
  for (const std::string_view shell : k_shells) {
    const std::string script = completion_script(shell);
    for (const OptionSpec& option : k_options) {
      expect_holds(script, fmt::format("{}{}", shell == "fish" ? "-l " : "--", option.name));
    }
    for (const VerbSpec& verb : k_verbs) {
      expect_holds(script, verb.name);
    }
  }
}

std::vector<std::string> contents_of(std::initializer_list<const char*> folders) {
  std::vector<std::string> contents;
  for (const char* folder : folders) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(k_source / folder)) {
      if (entry.path().extension() == ".cpp") {
        contents.push_back(content_of(entry.path()));
      }
    }
  }
  return contents;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
  return std::min(text.find_first_not_of(" \n", at), text.size());
}

// The literal that begins there, with those that follow it put together; "" when none does.
std::string literal_at(std::string_view source, std::size_t at) {
  std::string literal;
  for (; at < source.size() && source[at] == '"'; at = skip_blanks(source, at)) {
    for (++at; at < source.size() && source[at] != '"'; ++at) {
      at += source[at] == '\\' ? 1 : 0;
      literal += source[at];
    }
    ++at;
  }
  return literal;
}

// Every literal of a source.
std::string literals_of(std::string_view source) {
  std::string all;
  for (std::size_t at = source.find('"'); at != std::string_view::npos; at = source.find('"', at)) {
    const std::string literal = literal_at(source, at);
    all += literal + '\n';
    do { // behind it
      at = source.find('"', at + 1);
      while (at != std::string_view::npos && source[at - 1] == '\\' && source[at - 2] != '\\') {
        at = source.find('"', at + 1);
      }
      at = at == std::string_view::npos ? source.size() : skip_blanks(source, at + 1);
    } while (at < source.size() && source[at] == '"');
  }
  return all;
}

// rules A6, T8: no other variable of its own changes what kvrun does.
TEST(ManualPage, HasEachVariableOfKvrunsOwn) {
  std::set<std::string> read;
  for (const std::string& source : contents_of({"launcher", "config", "azure", "base"})) {
    const std::string literals = literals_of(source);
    for (const std::string_view literal : split(literals, '\n')) {
      if (literal.starts_with("KVRUN_")) {
        read.emplace(literal);
      }
    }
  }
  EXPECT_EQ(read,
            (std::set<std::string>{"KVRUN_CA_FILE",
                                   "KVRUN_CONFIG",
                                   "KVRUN_CONNECT_TO",
                                   "KVRUN_IDENTITY",
                                   "KVRUN_PROFILE",
                                   "KVRUN_RESOLVE",
                                   "KVRUN_TIMEOUT",
                                   "KVRUN_TRUST_HOST",
                                   "KVRUN_VAULT"}));
  const std::string page = content_of(k_source / "docs/kvrun.1.md");
  for (const std::string& name : read) {
    expect_holds(page, fmt::format("`{}`", name));
  }
}

// The messages of a source's errors: what stands after their kind.
std::vector<std::string> messages_of(std::string_view source) {
  constexpr std::string_view kind = "Kind::";
  constexpr std::string_view format = "fmt::format(";
  std::vector<std::string> messages;
  for (std::size_t at = source.find(kind); at != std::string_view::npos;
       at = source.find(kind, at + 1)) {
    std::size_t after = source.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", at + kind.size());
    if (after == std::string_view::npos || source[after] != ',') {
      continue;
    }
    after = skip_blanks(source, after + 1);
    if (source.substr(after).starts_with(format)) {
      after = skip_blanks(source, after + format.size());
    }
    if (const std::string message = literal_at(source, after); !message.empty()) {
      messages.push_back(message);
    }
  }
  return messages;
}

// The longest stretch between placeholders.
std::string longest_part(std::string text, std::string_view open, std::string_view close) {
  std::string longest;
  for (bool more = true; more;) {
    const std::size_t end = text.find(open);
    more = end != std::string::npos;
    longest = std::min(end, text.size()) > longest.size() ? text.substr(0, end) : longest;
    const std::size_t behind = more ? text.find(close, end) : std::string::npos;
    more = behind != std::string::npos;
    text = more ? text.substr(behind + close.size()) : std::string();
  }
  return longest;
}

// The messages in the first column of the page's tables.
std::vector<std::string> documented_in(const std::string& page) {
  std::vector<std::string> messages;
  const std::string_view tables = std::string_view(page).substr(0, page.find("## No message"));
  for (const std::string_view line : split(tables, '\n')) {
    if (line.starts_with("| `")) {
      const auto pieces = split(line.substr(0, line.find("` | ")), '`');
      for (std::size_t i = 1; i < pieces.size(); i += 2) {
        messages.emplace_back(pieces[i]);
      }
    }
  }
  return messages;
}

TEST(Troubleshooting, HasEachErrorOfTheProgram) {
  const std::string page = content_of(k_source / "docs/troubleshooting.md");
  std::size_t found = 0;
  for (const std::string& source : contents_of({"launcher", "azure"})) {
    for (const std::string& message : messages_of(source)) {
      ++found;
      EXPECT_TRUE(page.find(longest_part(message, "{", "}")) != std::string::npos) << message;
    }
  }
  EXPECT_GT(found, 80U); // else they are not found any more
}

TEST(Troubleshooting, HasNoMessageThatTheProgramDoesNotHave) {
  std::string literals;
  for (const std::string& source : contents_of({"launcher", "azure", "base"})) {
    literals += literals_of(source);
  }
  // Put together from what the service says: "403 ForbiddenByRbac".
  const std::set<std::string> of_the_service{
      "401 Unauthorized", "404 SecretNotFound", "429 Throttled"};
  const std::vector<std::string> documented =
      documented_in(content_of(k_source / "docs/troubleshooting.md"));
  EXPECT_GT(documented.size(), 100U);
  for (const std::string& message : documented) {
    const bool status = message.starts_with("401 ") || message.starts_with("403 ");
    const std::string part = longest_part(status ? message.substr(4) : message, "…", "…");
    EXPECT_TRUE(of_the_service.count(message) > 0 || literals.find(part) != std::string::npos)
        << message;
  }
}

} // namespace
} // namespace kvrun::launcher
