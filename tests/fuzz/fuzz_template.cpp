// SPDX-License-Identifier: MIT
#include "config/template.hpp"
#include "tests/fuzz/input.hpp"

#include <string>
#include <variant>

namespace kvrun::fuzz {

void run(std::string_view text) {
  for (const config::Written written : {config::Written::as_it_is, config::Written::otherwise}) {
    Problems problems;
    const config::Template parsed = config::parse_template(text, {"fuzz", 3, 5}, problems, written);
    for (const config::SecretReference* reference : parsed.references()) {
      require(config::is_secret_name(reference->name));
    }
    if (text.find("{{") == std::string_view::npos) { // all of it is text
      require(problems.empty() && parsed.references().empty());
      std::string same;
      for (const config::TemplatePart& part : parsed.parts) {
        same += std::get<std::string>(part.content);
      }
      require(same == text);
    }
  }
  using enum config::Filter;
  for (const config::Filter filter : {uri, json, shell, base64, trim}) {
    const SecretString filtered = config::apply_filters(text, {filter});
    require(filter == trim || filtered.size() >= text.size());
  }
}

} // namespace kvrun::fuzz
