// SPDX-License-Identifier: MIT
// What users read must say what the program knows: the option table, the verbs, the messages.
#include "launcher/option_table.hpp"
#include "launcher/subcommand/completion_script.hpp"
#include "tests/unit/launcher/call.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
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
  const std::regex option("[^a-z-]--([a-z][a-z-]+)");
  for (auto at = std::sregex_iterator(page.begin(), page.end(), option);
       at != std::sregex_iterator();
       ++at) {
    const std::string name = (*at)[1];
    EXPECT_TRUE(find_option(name) != nullptr || name == "env-file") << name;
  }
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

// The text of a source with adjacent literals put together.
std::string joined(std::string source) {
  static const std::regex between("\"\\s*\\n\\s*\"");
  return std::regex_replace(source, between, "");
}

std::vector<std::filesystem::path> sources_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(k_source / folder)) {
    if (entry.path().extension() == ".cpp") {
      files.push_back(entry.path());
    }
  }
  return files;
}

// The longest stretch of a message without a placeholder.
std::string longest_part(const std::string& message, const std::regex& placeholder) {
  std::string longest;
  for (auto part = std::sregex_token_iterator(message.begin(), message.end(), placeholder, -1);
       part != std::sregex_token_iterator();
       ++part) {
    longest = part->length() > static_cast<std::ptrdiff_t>(longest.size()) ? part->str() : longest;
  }
  return longest;
}

const std::regex k_braces("\\{[^}]*\\}");
const std::regex k_dots("\xE2\x80\xA6"); // …

TEST(Troubleshooting, HasEachErrorOfTheProgram) {
  const std::string page = content_of(k_source / "docs/troubleshooting.md");
  const std::regex error(
      "(?:Kind|ErrorKind)::[a-z_]+,\\s*(?:fmt::format\\(\\s*)?\"((?:[^\"\\\\]|\\\\.)*)\"");
  std::size_t found = 0;
  for (const char* folder : {"launcher", "azure"}) {
    for (const std::filesystem::path& file : sources_in(folder)) {
      const std::string source = joined(content_of(file));
      for (auto at = std::sregex_iterator(source.begin(), source.end(), error);
           at != std::sregex_iterator();
           ++at) {
        const std::string part = longest_part((*at)[1], k_braces);
        ++found;
        EXPECT_NE(page.find(part), std::string::npos) << file.filename() << ": " << (*at)[1];
      }
    }
  }
  EXPECT_GT(found, 80U); // else the pattern finds none
}

TEST(Troubleshooting, HasNoMessageThatTheProgramDoesNotHave) {
  std::string source;
  for (const char* folder : {"launcher", "azure", "base"}) {
    for (const std::filesystem::path& file : sources_in(folder)) {
      source += joined(content_of(file));
    }
  }
  // 403 and its kin are put together from what the service says.
  const std::set<std::string> of_the_service{"404 SecretNotFound", "429 Throttled"};
  const std::string page = content_of(k_source / "docs/troubleshooting.md");
  const std::regex cell("\\n\\| ((?:`[^`]+`(?:, )?)+) \\|");
  const std::regex message("`([^`]+)`");
  std::size_t found = 0;
  const std::string tables = page.substr(0, page.find("## No message"));
  for (auto row = std::sregex_iterator(tables.begin(), tables.end(), cell);
       row != std::sregex_iterator();
       ++row) {
    const std::string cells = (*row)[1];
    for (auto at = std::sregex_iterator(cells.begin(), cells.end(), message);
         at != std::sregex_iterator();
         ++at) {
      const std::string text = (*at)[1];
      ++found;
      if (of_the_service.count(text) == 0) {
        const std::string part =
            std::regex_replace(longest_part(text, k_dots), std::regex("^40[13] "), "");
        EXPECT_NE(source.find(part), std::string::npos) << text;
      }
    }
  }
  EXPECT_GT(found, 100U);
}

} // namespace
} // namespace kvrun::launcher
